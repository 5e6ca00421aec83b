"""``make run``: the suite with the demo network, served on this machine; ``make shell``."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from dev import databases, environment, logcheck, odoo_cli, paths, postgres, server, stamps, ui

DEMO = "healthcare_ops_demo"
PID_FILE = "server.pid"


def database_name() -> str:
    name = os.environ.get("DB") or "healthcare_ops"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", name):
        raise ui.Failure(
            f"DB={name} is no database name Odoo accepts",
            "use letters, digits, '_', '.' and '-', beginning with a letter or digit",
        )
    return name


def port_number() -> int:
    text = os.environ.get("PORT") or "8069"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ui.Failure(f"PORT={text} is no port", "name a number from 1 to 65535")
    return int(text)


def main(_arguments: list[str]) -> int:
    """Set up, bring the database up to date, serve until Ctrl-C."""
    start = time.monotonic()
    name, port = database_name(), port_number()
    _require_port(port)
    env = environment.prepare()
    with stamps.locked():
        bring_up_to_date(name, env)
    _require_port(port)
    _set_base_url(name, port)
    odoo = server.Server(name, port, paths.LOGS / "server.log", env)
    stamps.write(PID_FILE, f"{odoo.process.pid} {port} {name}")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with ui.Step("starting Odoo") as step:
            odoo.wait_until_it_answers()
            step.outcome = "answers"
        ui.say(_welcome(odoo, time.monotonic() - start))
        _follow(odoo)
    except KeyboardInterrupt:
        ui.say("\nstopping Odoo ...")
        return 0
    finally:
        odoo.stop()
        stamps.forget(PID_FILE)
        if not postgres.named_by_user():
            ui.say("PostgreSQL keeps running for the next start; make stop ends it.")
    if odoo.process.returncode > 0:
        raise ui.Failure("the server ended by itself", f"see {paths.shown(odoo.log)}")
    return 0


def bring_up_to_date(name: str, env: dict[str, str]) -> None:
    """Make the database if it is absent or half made; upgrade it if the modules changed."""
    key = stamps.modules_fingerprint()
    state = databases.state(name) if databases.exists(name) else "absent"
    if state is None:
        raise ui.Failure(
            f"the database {name} exists and was not made by this clone",
            "choose another name: make run DB=another_name",
        )
    if state in ("absent", "unfinished"):
        ui.say(f"database {name}: building it, once")
        databases.copy(databases.deps_template(env), name)
        modules = [DEMO] if DEMO in paths.modules() else list(paths.modules())
        log = odoo_cli.install("the suite and the demo network", name, modules, env)
        _require_installed(name, modules, log)
        odoo_cli.script("the web client's assets", name, databases.PREGENERATE, env, "run-assets")
    elif state != f"ready {key}":
        ui.say(f"database {name}: the modules changed, upgrading it")
        databases.mark(name, "upgrading")
        odoo_cli.upgrade("upgrade of the suite", name, list(paths.modules()), env)
        missing = [module for module in paths.modules() if not _installed(name, module)]
        if missing:
            log = odoo_cli.install("modules new in the suite", name, missing, env)
            _require_installed(name, missing, log)
    else:
        return
    databases.mark(name, f"ready {key}")


def _installed(name: str, module: str) -> bool:
    found = postgres.psql(
        "SELECT 1 FROM ir_module_module WHERE state = 'installed'"
        f" AND name = {databases.literal(module)}",
        name,
    )
    return bool(found)


def _require_installed(name: str, modules: list[str], log: Path) -> None:
    """Odoo ends with success even when it left a module out."""
    for module in modules:
        if not _installed(name, module):
            reasons = logcheck.check_log(log) or ["the log tells no reason"]
            raise ui.Failure(f"{module} was not installed: {reasons[0]}", f"see {log}")


def _set_base_url(name: str, port: int) -> None:
    """Links and callback addresses name what is served, whichever port that is."""
    address = databases.literal(f"http://127.0.0.1:{port}")
    postgres.psql(
        f"UPDATE ir_config_parameter SET value = {address} WHERE key = 'web.base.url'", name
    )


def _require_port(port: int) -> None:
    if server.port_is_free(port):
        return
    running = stamps.read(PID_FILE)
    if running and running.split()[1] == str(port):
        raise ui.Failure(
            f"this clone already serves on http://127.0.0.1:{port}",
            "use that one, or make stop and start again",
        )
    raise ui.Failure(
        f"port {port} is in use by another program",
        f"stop that program, or choose another port: make run PORT={port + 1}",
    )


def logins() -> list[dict[str, str]]:
    """The demo network's logins, one a role: role, login, password, name."""
    file = paths.ROOT / "addons" / DEMO / "logins.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _welcome(odoo: server.Server, seconds: float) -> str:
    rows = [("role", "login", "password", "name")]
    rows += [tuple(str(row[key]) for key in rows[0]) for row in logins()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    table = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(
        ["", f"serving on {odoo.url}  (database {odoo.database}, {ui.duration(seconds)})", ""]
        + [line.rstrip() for line in table]
        + ["", f"log: {paths.shown(odoo.log)}; stop with Ctrl-C"]
    )


def _follow(odoo: server.Server) -> None:
    """Wait for the end of the server, showing warnings and errors as they are logged."""
    follower = threading.Thread(target=_show_warnings, args=(odoo,), daemon=True)
    follower.start()
    odoo.process.wait()


def _show_warnings(odoo: server.Server) -> None:
    with odoo.log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(0, os.SEEK_END)
        while odoo.process.poll() is None:
            line = lines.readline()
            if not line:
                time.sleep(0.5)
            elif (match := logcheck.LINE.match(line)) and match["level"] in logcheck.BAD:
                ui.say(line.rstrip())


def shell(_arguments: list[str]) -> int:
    """An interactive Odoo shell on the database of ``make run``."""
    name = database_name()
    env = environment.prepare()
    if not databases.exists(name):
        raise ui.Failure(f"there is no database {name} yet", "make run builds it")
    arguments = odoo_cli.command("shell", "-c", odoo_cli.CONFIG, "-d", name, "--no-http")
    return subprocess.call(arguments, env=env, cwd=paths.ROOT)


def verify(arguments: list[str]) -> int:
    """Verify the trail of the database of ``make run``; 1 when it was tampered with."""
    name = database_name()
    env = environment.prepare()
    if not databases.exists(name):
        raise ui.Failure(f"there is no database {name} yet", "make run builds it")
    addons = ",".join(str(path) for path in paths.ADDONS)
    options = ["-c", odoo_cli.CONFIG, "-d", name, *arguments]
    command = odoo_cli.command(f"--addons-path={addons}", "verify_trail", *options)
    return subprocess.call(command, env=env, cwd=paths.ROOT)
