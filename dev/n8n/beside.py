"""n8n beside a running Odoo: equipped, connected, and stopped again."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dev import databases, postgres, stamps, ui

from . import connect, equip, install
from .instance import Client, Instance


def ensure_database(name: str) -> None:
    """A database for n8n, which makes its own tables."""
    if not databases.exists(name):
        postgres.psql(f"CREATE DATABASE {databases.quoted(name)}")
        databases.mark(name, "n8n")
    elif databases.state(name) != "n8n":
        raise ui.Failure(
            f"the database {name} exists and was not made by this clone", "rename or drop it"
        )


@contextmanager
def running(
    instance: Instance,
    run: Callable,
    addresses: Callable[[connect.Connection], dict[str, str]],
) -> Iterator[tuple[Client, connect.Connection]]:
    """n8n for the length of a ``with`` block, with everything the suite's workflows need.

    :param run: commits ``work(env)`` in Odoo's database and returns its result
    :param addresses: the rows of n8n's table of addresses, by name
    """
    ensure_database(instance.database)
    with ui.Step(f"n8n {install.version()} on {instance.url}") as step:
        instance.start()
        step.outcome = "answers"
    try:
        client = Client(instance)
        client.sign_in()
        connection = run(lambda env: connect.connect(env, instance.url))
        with ui.Step("workflows and credentials") as step:
            _equip(instance, client, connection, step)
            equip.make_tables(client, addresses(connection))
            step.far = "publishing"
            equip.publish(client)
            equip.wait_for_webhook(instance)
        yield client, connection
    finally:
        instance.stop()


def _equip(instance: Instance, client: Client, connection: connect.Connection, step) -> None:
    """Import what has changed since the last time; each import starts a command of n8n."""
    noted = instance.folder / "equipped"
    oid = postgres.psql(
        f"SELECT oid FROM pg_database WHERE datname = {databases.literal(instance.database)}"
    )
    secrets = {"credentials": _digest(*connection.secrets().values(), oid)}
    wanted = {**secrets, "workflows": _digest(equip.fingerprint(), install.key(), oid)}
    known = _read(noted)
    if known.get("credentials") != wanted["credentials"]:
        step.far = "importing the credentials"
        equip.import_credentials(instance, connection.secrets())
    if known.get("workflows") != wanted["workflows"]:
        step.far = "importing the workflows"
        equip.import_workflows(instance)
    noted.write_text("".join(f"{name} {value}\n" for name, value in wanted.items()))


def _digest(*parts: str) -> str:
    """Says whether secrets changed without telling anything about them."""
    return hashlib.sha256(stamps.fingerprint(*parts).encode()).hexdigest()


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    return dict(line.split() for line in file.read_text().splitlines())
