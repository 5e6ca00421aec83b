"""Real n8n beside the running Odoo: ``make n8n``.

Starts n8n, the suppliers' stand-in and, unless ``make run`` serves already, Odoo; publishes the
workflows of ``n8n/workflows``, connects both sides, plays the supply story across them once, and
goes on serving until Ctrl-C. Everything listens on loopback only.
"""

import argparse
import os
import signal
import sys
from contextlib import ExitStack, contextmanager

from dev import environment, paths, run, server, stamps, target, ui

from . import connect
from .beside import running
from .instance import Instance
from .processes import PID_FILE, database_name
from .stand_in import StoryReceiver, Suppliers

N8N_PORT = 5678
SUPPLIERS_PORT = 8078
FOLDER = paths.LOCAL / "n8n-home"
LOG = paths.LOGS / "n8n.log"


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(
        prog="make n8n ARGS=...",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--no-story", action="store_true", help="only serve")
    parser.add_argument("--once", action="store_true", help="end after the story")
    arguments = parser.parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Also where SIGINT was ignored before, as in the background of a script.
        signal.signal(number, signal.default_int_handler)
    # Odoo is imported late: without it `--help` and a clear failure still work.
    from dev.story.timeline import StoryFailed

    try:
        serve(arguments)
    except StoryFailed as failure:
        ui.complain(str(failure), f"see {paths.shown(LOG)} and the executions in n8n")
        return 1
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        ui.say("\nstopped")
    return 0


def serve(arguments) -> None:
    """Everything up, the story, and then until Ctrl-C."""
    from dev.story.database import Database

    port = _port("N8N_PORT", N8N_PORT)
    suppliers_port = _port("SUPPLIERS_PORT", SUPPLIERS_PORT)
    with ExitStack() as stack:
        odoo = stack.enter_context(_odoo())
        db = Database(odoo.db, odoo.odoo_config)
        suppliers = stack.enter_context(Suppliers(suppliers_port))
        instance = Instance(FOLDER, database_name(), port, LOG)
        stack.callback(stamps.forget, PID_FILE)
        LOG.unlink(missing_ok=True)

        def addresses(connection):
            pids = (os.getpid(), instance.process.pid, suppliers.pid)
            stamps.write(PID_FILE, " ".join(map(str, pids)))
            return {
                "odoo_callback": odoo.url + connection.callback_path,
                "suppliers": suppliers.url,
            }

        client, _connection = stack.enter_context(running(instance, db.run, addresses))
        stack.callback(db.run, connect.disconnect)
        if not arguments.no_story:
            play(db, odoo, StoryReceiver(client, suppliers))
        ui.say(_where(instance, client, suppliers, odoo))
        if not arguments.once:
            ui.say("serving until Ctrl-C")
            code = instance.process.wait()
            raise ui.Failure(f"n8n ended by itself ({code})", f"see {paths.shown(LOG)}")


def play(db, odoo, receiver) -> None:
    """Both acts of the supply story, with n8n in the receiver's place."""
    from dev.story import stock
    from dev.story.__main__ import show_links
    from dev.story.act import STOREKEEPER, Act

    first, second = db.run(lambda env: stock.story_items(env).ids, STOREKEEPER)
    acts = (
        (first, True, "Act 1: a preferred vendor delivers"),
        (second, False, "Act 2: no preferred vendor can"),
    )
    links = [
        Act(db, receiver, item, preferred_can=preferred_can, endpoint_name=connect.NAME).play(title)
        for item, preferred_can, title in acts
    ]
    show_links(odoo, links)


@contextmanager
def _odoo():
    """The server of ``make run`` or, when there is none, one like it for as long as n8n runs."""
    name = run.database_name()
    if url := target.running_url(name):
        ui.say(f"  Odoo: {url}, as make run serves it")
        yield target.Target(url, name, str(run.odoo_cli.CONFIG))
        return
    port = _free("PORT", run.port_number())
    env = environment.child_environment()
    with stamps.locked():
        run.bring_up_to_date(name, env)
    run._set_base_url(name, port)
    with server.running(name, env, "server", port) as started:
        stamps.write(run.PID_FILE, f"{started.process.pid} {port} {name}")
        try:
            ui.say(f"  Odoo: {started.url}, started here")
            yield target.Target(started.url, name, str(run.odoo_cli.CONFIG))
        finally:
            stamps.forget(run.PID_FILE)


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ui.Failure(f"{variable}={text} is no port", "name a number from 1 to 65535")
    return _free(variable, int(text))


def _free(variable: str, port: int) -> int:
    if not server.port_is_free(port):
        raise ui.Failure(
            f"port {port} is in use",
            f"make stop ends what this clone started; or choose another: {variable}={port + 1}",
        )
    return port


def _where(instance, client, suppliers, odoo) -> str:
    rows = [
        ("n8n", instance.url, f"{client.email}, password {client.password}"),
        ("Odoo", odoo.url, "logins: README; Healthcare Operations, Endpoints, n8n"),
        ("suppliers", suppliers.url, "POST /_control to make it fail: dev/n8n/suppliers.py"),
        ("log", paths.shown(instance.log), f"n8n's database: {instance.database}"),
    ]
    return (
        "\n" + "\n".join(f"  {label:<10} {where:<28} {more}" for label, where, more in rows) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
