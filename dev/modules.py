"""``python3 -m dev modules``: can each module be installed alone, upgraded, and removed?

Every step works on a fresh copy of a template, and its log must be clean. The last line counts.
"""

from collections.abc import Callable

from dev import databases, environment, logcheck, odoo_cli, paths, postgres, stamps, ui

# Only what the suite itself makes is called so: ops_event, res_users_ops_site_rel, ops_site_id.
OURS = "~ '(^|_)ops_'"


def main(_arguments: list[str]) -> int:
    env = environment.prepare()
    with stamps.locked():
        base = databases.base_template(env)
        suite = databases.suite_template(env)
    checks = _Checks()
    for name in paths.modules():
        checks.run(f"install {name} alone", lambda name=name: _install(base, name, env))
    scratch = f"ops_{paths.clone_id()}_scratch"
    databases.copy(suite, scratch)
    checks.run("upgrade of everything (-u all)", lambda: _upgrade(scratch, env))
    for name in reversed(paths.modules()):
        checks.run(f"uninstall {name}", lambda name=name: _uninstall(scratch, name, env))
    checks.run("nothing is left", lambda: _require_nothing_left(scratch))
    databases.drop(scratch)
    ui.say(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


class _Checks:
    """Goes on after a failed check and counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, title: str, check: Callable[[], None]) -> None:
        try:
            check()
        except ui.Failure as failure:
            self.failed += 1
            ui.say(f"FAILED: {title}: {failure.problem}\n  {failure.remedy}")
        else:
            self.passed += 1


def _install(base: str, name: str, env: dict[str, str]) -> None:
    database = f"ops_{paths.clone_id()}_alone"
    databases.copy(base, database)
    try:
        log = odoo_cli.install(f"{name} alone on a fresh database", database, [name], env)
        logcheck.require_clean(log, f"installing {name}")
        _require_state(database, name, "installed")
    finally:
        databases.drop(database)


def _upgrade(database: str, env: dict[str, str]) -> None:
    log = odoo_cli.upgrade("upgrade of everything", database, ["all"], env)
    logcheck.require_clean(log, "upgrading everything")
    for name in paths.modules():
        _require_state(database, name, "installed")
    rows = postgres.psql(
        "SELECT code FROM ops_process WHERE rebuild_asked_at IS NOT NULL", database
    )
    if rows:
        raise ui.Failure(
            f"the upgrade has the cases of these processes worked out anew: {rows.split()}",
            "see who changes roles of milestones while modules are loaded",
        )


def _uninstall(database: str, name: str, env: dict[str, str]) -> None:
    command = odoo_cli.command("module", "uninstall", "-c", odoo_cli.CONFIG, "-d", database, name)
    log = odoo_cli.run(f"uninstalling {name}", command, f"uninstall-{name}", env)
    logcheck.require_clean(log, f"uninstalling {name}")
    _require_state(database, name, "uninstalled")
    rows = postgres.psql(
        f"SELECT model || ' ' || name FROM ir_model_data WHERE module = {databases.literal(name)}",
        database,
    )
    _require_none(f"{name} leaves external ids behind", rows)


def _require_nothing_left(database: str) -> None:
    """Tables, functions, triggers, sequences, types of the suite, and models in the registry."""
    public = "= 'public'::regnamespace"
    for what, sql in {
        "relations": f"SELECT relname FROM pg_class WHERE relname {OURS} AND relnamespace {public}",
        "functions": f"SELECT proname FROM pg_proc WHERE proname {OURS} AND pronamespace {public}",
        "triggers": f"SELECT tgname FROM pg_trigger WHERE tgname {OURS}",
        "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
        f" WHERE column_name {OURS} AND table_schema = 'public'",
        "models": "SELECT model FROM ir_model WHERE model LIKE 'ops.%'",
        "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE 'healthcare_ops%'",
        "scheduled actions": "SELECT cron_name FROM ir_cron JOIN ir_act_server ON"
        " ir_act_server.id = ir_actions_server_id WHERE code LIKE '%ops.%'",
    }.items():
        _require_none(f"the suite leaves {what} behind", postgres.psql(sql, database))


def _require_none(problem: str, rows: str) -> None:
    if rows:
        found = rows.splitlines()
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        raise ui.Failure(
            f"{problem}: {', '.join(found[:10])}{more}", "remove them in the uninstall_hook"
        )


def _require_state(database: str, name: str, wanted: str) -> None:
    state = postgres.psql(
        f"SELECT state FROM ir_module_module WHERE name = {databases.literal(name)}", database
    )
    if state != wanted:
        raise ui.Failure(f"{name} is {state or 'unknown'}, not {wanted}", "see the log of the step")
