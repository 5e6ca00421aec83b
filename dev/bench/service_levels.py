"""What a run over the service levels' clocks costs when few of very many change."""

import time

from odoo.tools import SQL

from dev import postgres, ui

from .report import Row

SECONDS_AT_MOST = 10.0
NEW_CLOCKS = "ops_exception", "ops_sla_clock"


def run(scene, report) -> None:
    """Seconds from the start of the scheduled action until all changes are committed."""
    clocks, changing = scene.scale.clocks, scene.scale.changing_clocks
    with (
        scene.database("service_levels") as db,
        ui.Step(f"{changing:,} of {clocks:,} running clocks change state") as step,
    ):
        step.far = "filling in clocks"
        policy_id = db.run(_policy)
        _fill(db, policy_id, clocks - changing, "1 day", "2 days")
        _fill(db, policy_id, changing // 2, "-1 minute", "1 day")
        _fill(db, policy_id, changing - changing // 2, "-2 minutes", "-1 minute")
        for table in NEW_CLOCKS:
            postgres.psql(f"VACUUM (ANALYZE) {table}", db.name)
        step.far = "the scheduled action"
        with db.transaction() as env:
            statements = env.cr.sql_log_count
            started = time.perf_counter()
            env["ops.sla.clock"]._cron_tick()
            seconds = time.perf_counter() - started
            statements = env.cr.sql_log_count - statements
        changed = db.run(lambda env: _changed(env, policy_id))
    if changed != (changing // 2, changing - changing // 2, changing):
        raise ui.Failure(
            "{} clocks are at risk, {} breached, {} events tell of them".format(*changed),
            "the clocks filled in are not due, or not told of",
        )
    report.add(
        Row(
            "service_levels",
            f"{changing:,} of {clocks:,} running clocks change state",
            seconds,
            "s",
            "half become at risk, half are breached; with their events, until all is committed",
            f"≤ {SECONDS_AT_MOST:g} s",
            seconds <= SECONDS_AT_MOST,
        ),
        Row(
            "service_levels",
            "Statements of that run",
            statements,
            "statements",
            f"{statements / changing:.3f} for each clock that changes",
        ),
    )


def _policy(env):
    """A policy whose clocks count a site's working hours, with one clock to be copied."""
    policy = env["ops.sla.policy"].create(
        {
            "name": "Load",
            "company_id": False,
            "model_id": env["ir.model"]._get_id("ops.exception"),
            "domain": "[('cause_key', '=', 'load')]",
            "stop_domain": "[('is_open', '=', False)]",
            "target_ids": [(0, 0, {"name": "All", "budget_hours": 8})],
        }
    )
    site = env["ops.site"].search([], limit=1)
    env["ops.exception"]._raise_exception("event_contract", "Load", site, cause_key="load")
    return policy.id


def _fill(db, policy_id, count, at_risk, due):
    """Running clocks of as many exceptions; the moments are told from now."""
    with db.transaction() as env:
        env.cr.execute(
            SQL(
                """WITH source AS (
                       SELECT c.*, e.category_id FROM ops_sla_clock c
                         JOIN ops_exception e ON e.id = c.res_id
                        WHERE c.policy_id = %(policy)s ORDER BY c.id LIMIT 1),
                   made AS (
                       INSERT INTO ops_exception (name, category_id, severity, state, is_open,
                              company_id, site_id, reason, occurrence_count, first_seen, last_seen)
                       SELECT 'Load', category_id, 'medium', 'new', true, company_id, site_id,
                              'Load', 1, started_at, started_at
                         FROM source, generate_series(1, %(count)s)
                       RETURNING id)
                   INSERT INTO ops_sla_clock (policy_id, version_id, target_id, res_model, res_id,
                          res_name, company_id, site_id, hours_kind, calendar_id, hours_version,
                          state, cycle, started_at, counted_at, at_risk_at, due_at,
                          budget_seconds, warn_seconds, used_seconds)
                   SELECT policy_id, version_id, target_id, res_model, made.id, res_name,
                          company_id, site_id, hours_kind, calendar_id, hours_version, 'running',
                          1, started_at, counted_at,
                          now() AT TIME ZONE 'UTC' + %(at_risk)s::interval,
                          now() AT TIME ZONE 'UTC' + %(due)s::interval,
                          budget_seconds, warn_seconds, 0
                     FROM source, made""",
                policy=policy_id,
                count=count,
                at_risk=at_risk,
                due=due,
            )
        )


def _changed(env, policy_id):
    ours = [("policy_id", "=", policy_id), ("is_at_risk", "=", True)]
    clocks = env["ops.sla.clock"]
    breached = clocks.search_count([*ours, ("breached_at", "!=", False)])
    told = env["ops.event"].search_count(
        [
            ("type_code", "in", ["sla.clock.at_risk", "sla.clock.breached"]),
            ("state", "=", "sealed"),
            ("res_id", "in", clocks.search(ours).mapped("res_id")),
        ]
    )
    return clocks.search_count(ours) - breached, breached, told
