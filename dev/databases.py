"""Databases: the layered templates, copies of them, and the marks that tell which are ours.

Two templates make rebuilding quick: ``deps`` holds the modules of Odoo the suite depends on and
survives changes to the suite; ``suite`` is a copy of it with the suite installed on top.
"""

import datetime
import os
import shutil
import time
from pathlib import Path

from dev import logcheck, odoo_cli, odoo_source, paths, postgres, stamps, ui
from dev.environment import REQUIREMENTS

MARK = "healthcare-operations-suite"  # begins the comment of every database made here
TEMPLATE_VARIABLE = "OPS_SUITE_TEMPLATE"

PREGENERATE = """
env['ir.qweb']._pregenerate_assets_bundles()
cr.commit()
"""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def exists(name: str) -> bool:
    return bool(postgres.psql(f"SELECT 1 FROM pg_database WHERE datname = {literal(name)}"))


def mark(name: str, state: str) -> None:
    """Say in the database's comment that it is this clone's, and in which state."""
    comment = literal(f"{MARK} {paths.clone_id()} {state}")
    postgres.psql(f"COMMENT ON DATABASE {quoted(name)} IS {comment}")


def state(name: str) -> str | None:
    """The state in this clone's mark, None if the database is not this clone's."""
    comment = postgres.psql(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname = {literal(name)}"
    )
    start = f"{MARK} {paths.clone_id()} "
    return comment[len(start) :] if comment.startswith(start) else None


def drop(name: str) -> None:
    """Drop the database and its filestore, ending whatever of ours is still connected.

    Not WITH (FORCE): that is refused to ordinary roles at moments when autovacuum works there.
    A plain DROP sends autovacuum away by itself and gives ending sessions five seconds.
    """
    for tries_left in (2, 1, 0):
        postgres.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = {literal(name)} AND usename = current_user"
        )
        try:
            postgres.psql(f"DROP DATABASE IF EXISTS {quoted(name)}")
            break
        except ui.Failure:
            if not tries_left:
                raise
            time.sleep(1)
    shutil.rmtree(filestore(name), ignore_errors=True)


def filestore(name: str) -> Path:
    return paths.DATA / "filestore" / name


def copy(source: str, target: str) -> None:
    """A copy of database and filestore, marked unfinished, with identity keys of its own."""
    drop(target)
    postgres.psql(f"CREATE DATABASE {quoted(target)} TEMPLATE {quoted(source)}")
    mark(target, "unfinished")
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(target))
    postgres.psql(
        "UPDATE ir_config_parameter SET value = gen_random_uuid()"
        " WHERE key IN ('database.uuid', 'database.secret')",
        target,
    )


def outdated(kind: str) -> list[str]:
    """This clone's databases of a kind, and their copies, that no running test works in."""
    pattern = literal(f"ops_{paths.clone_id()}_{kind}_%")
    rows = postgres.psql(
        f"SELECT datname FROM pg_database d WHERE datname LIKE {pattern} AND NOT EXISTS ("
        " SELECT 1 FROM pg_stat_activity a"
        " WHERE left(a.datname, length(d.datname)) = d.datname)"
    )
    return rows.splitlines()


def template(kind: str, key: str, build) -> str:
    """The template of a kind for a key; ``build(name)`` makes it, older ones are dropped."""
    name = f"ops_{paths.clone_id()}_{kind}_{key[:8]}"
    if exists(name) and state(name) == "ready":
        return name
    for old in outdated(kind):
        drop(old)
    build(name)
    mark(name, "ready")
    return name


def base_template(env: dict[str, str]) -> str:
    """Odoo without any application: what a fresh database is."""

    def build(name: str) -> None:
        _install("Odoo without applications", name, ["base", "web"], env)

    return template("base", _odoo_key(), build)


def deps_template(env: dict[str, str]) -> str:
    """Odoo with the modules the suite depends on."""
    modules = paths.odoo_dependencies()

    def build(name: str) -> None:
        title = f"Odoo with {len(modules)} modules the suite needs"
        _install(title, name, modules, env)

    return template("deps", stamps.fingerprint(_odoo_key(), *modules), build)


def suite_template(env: dict[str, str]) -> str:
    """All modules of the suite, the demo network included, with a clean log.

    Inside of ``make test`` it is the one the run began with, whatever was edited since.
    """
    if named := os.environ.get(TEMPLATE_VARIABLE):
        return named
    # The demo network's history ends today, and tests may count from there.
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    key = stamps.fingerprint(_odoo_key(), stamps.modules_fingerprint(), today)

    def build(name: str) -> None:
        copy(deps_template(env), name)
        modules = list(paths.modules())
        log = odoo_cli.install(f"the suite ({len(modules)} modules)", name, modules, env)
        logcheck.require_clean(log, "installing the suite")
        # Every worker would compile the web client's assets again for each browser test.
        title = "the web client's assets"
        log = odoo_cli.script(title, name, PREGENERATE, env, "assets")
        logcheck.require_clean(log, title)

    return template("suite", key, build)


def _odoo_key() -> str:
    return stamps.fingerprint(odoo_source.identity(), *REQUIREMENTS)


def _install(title: str, name: str, modules: list[str], env: dict[str, str]) -> None:
    if not modules:
        raise ui.Failure("this clone holds no Odoo module", "check out the whole repository")
    drop(name)
    log = odoo_cli.install(title, name, modules, env)
    logcheck.require_clean(log, f"installing {', '.join(modules)}")
