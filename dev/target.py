"""Which server and database a program talks to: a named one, the running one, or its own."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

from dev import environment, odoo_cli, run, server, stamps, ui


@dataclass(frozen=True)
class Target:
    """A server that answers at ``url``, its database and its configuration file.

    ``lasting`` says whether it is still there afterwards.
    """

    url: str
    db: str
    odoo_config: str
    lasting: bool = True


def add_arguments(parser):
    """Add ``--url``, ``--db`` and ``--odoo-config``: all three, or none of them."""
    parser.add_argument("--url", help="of a running server, such as http://127.0.0.1:8069")
    parser.add_argument("--db", metavar="NAME", help="its database")
    parser.add_argument("--odoo-config", metavar="PATH", help="its configuration file")


@contextmanager
def serving(arguments, log_name):
    """Yield a :class:`Target`; a server that was started here ends with the block.

    Without arguments it is the server of ``make run`` if that is up on the same database,
    else one on a free port. Its log is ``.local/log/<log_name>.log``.
    """
    given = (arguments.url, arguments.db, arguments.odoo_config)
    if all(given):
        yield Target(arguments.url.rstrip("/"), *given[1:])
        return
    if any(given):
        raise ui.Failure(
            "--url, --db and --odoo-config belong together", "name all three, or none of them"
        )
    config = str(odoo_cli.CONFIG)
    name = run.database_name()
    url = running_url(name)
    if url:
        yield Target(url, name, config)
        return
    env = environment.child_environment()
    with stamps.locked():
        run.bring_up_to_date(name, env)
    with server.running(name, env, log_name) as started:
        yield Target(started.url, name, config, lasting=False)


def running_url(name):
    """Return the address of this clone's running server on database ``name``, or None."""
    noted = stamps.read(run.PID_FILE)
    if not noted:
        return None
    pid, port, database = noted.split()
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return None
    url = f"http://127.0.0.1:{port}"
    return url if database == name and server.answers(url) else None
