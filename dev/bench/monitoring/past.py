"""Five years of a network of sites, made in the database: cases, approvals and deliveries."""

from dataclasses import dataclass

from odoo.tools import SQL

OPS = "healthcare_ops_automation.group_ops_"
YEARS = 5
STEPS = 4  # of a case
RECORDS = 1_000_000_000  # ids of records that are not there begin here
TABLES = (
    "ops_event",
    "ops_case",
    "ops_case_step",
    "ops_approval_request",
    "ops_approval_request_stage",
    "ops_approval_assignment",
    "ops_delivery",
    "ops_delivery_attempt",
)


@dataclass(frozen=True)
class Past:
    """What was made. ``processes``: [(id, milestone ids, type ids, type codes)]"""

    company: int
    manager: int
    sites: list
    processes: list
    event_base: int


def make(env, cases: int, approvals: int, deliveries: int, places: int) -> Past:
    """Fill the tables. Triggers sleep meanwhile, and the database has no foreign keys there any
    more: what is made is whole."""
    company = env["res.company"].create({"name": "Bench Network"})
    sites = (
        env["ops.site"]
        .with_company(company)
        .create(
            [
                {"name": f"Bench {n}", "code": f"BENCH-{n}", "company_id": company.id}
                for n in range(places)
            ]
        )
    )
    manager = env["res.users"].create(
        {
            "name": "Bench manager",
            "login": "bench_manager",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, env.ref(f"{OPS}manager").ids)],
            "tz": "Europe/Berlin",
        }
    )
    endpoints = env["ops.endpoint"].create(
        [{"name": f"Bench {n}", "url": "https://bench.example.com"} for n in range(20)]
    )
    endpoints.write({"state": "disabled"})
    processes = _processes(env)
    env.flush_all()
    [(base,)] = env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM ops_event"))
    past = Past(company.id, manager.id, sites.ids, processes, base)
    _let_sleep(env)
    env.cr.execute("SELECT setseed(0.42)")
    _cases(env, past, cases)
    _approvals(env, past, approvals)
    _deliveries(env, past, deliveries, endpoints.ids)
    for table in TABLES:
        env.cr.execute(
            SQL(
                "SELECT setval(%s, (SELECT max(id) + 1 FROM %s))",
                f"{table}_id_seq",
                SQL.identifier(table),
            )
        )
    for table in TABLES:
        env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))
    env.invalidate_all(flush=False)
    return past


def _let_sleep(env):
    for table in TABLES:
        env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        keys = env.execute_query(
            SQL(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
                table,
            )
        )
        for (key,) in keys:
            env.cr.execute(
                SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(key))
            )


def _processes(env):
    """Processes with at least two milestones, each milestone with one of its event types."""
    rows = env.execute_query(
        SQL(
            """SELECT p.id, array_agg(m.id ORDER BY m.sequence),
                      array_agg(t.id ORDER BY m.sequence),
                      array_agg(t.code ORDER BY m.sequence)
                 FROM ops_process p
                 JOIN ops_milestone m ON m.process_id = p.id
                 JOIN LATERAL (SELECT id, code FROM ops_event_type t
                                WHERE t.process_code = p.code AND t.milestone_code = m.code
                                ORDER BY id LIMIT 1) t ON TRUE
                GROUP BY p.id HAVING count(*) >= 2 ORDER BY p.id"""
        )
    )
    return [tuple(row) for row in rows]


def _cases(env, past, count):
    """Cases over the years, most of them closed after hours or days; their steps and events."""
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE bench_process (number int, process_id int, milestones int[],
                                                types int[], codes varchar[]);
               CREATE TEMP TABLE bench_case ON COMMIT DROP AS
               SELECT n, n %% %(processes)s AS number,
                      (%(sites)s::int[])[1 + floor(random() * %(places)s)::int] AS site_id,
                      now() AT TIME ZONE 'UTC'
                          - %(years)s * interval '365 days' * (1 - n / %(count)s::float8)
                          AS opened_at,
                      (3600 - ln(1 - random()) * 5 * 86400)::bigint AS seconds
                 FROM generate_series(1, %(count)s) n""",
            processes=len(past.processes),
            sites=past.sites,
            places=len(past.sites),
            years=YEARS,
            count=count,
        )
    )
    for number, (process_id, milestones, types, codes) in enumerate(past.processes):
        env.cr.execute(
            SQL(
                "INSERT INTO bench_process VALUES (%s, %s, %s, %s, %s)",
                number,
                process_id,
                milestones,
                types,
                codes,
            )
        )
    env.cr.execute(
        SQL(
            """INSERT INTO ops_case (id, process_id, record_key, res_model, res_id, record_name,
                      round,
                      company_id, site_id, state, opened_at, closed_at, last_milestone_id, last_at,
                      end_milestone_id, step_count, rework_count, reopened_count, touch,
                      wall_seconds, working_seconds)
               SELECT (SELECT COALESCE(max(id), 0) FROM ops_case) + n, process_id,
                      'res.partner,' || %(records)s + n, 'res.partner', %(records)s + n,
                      'Record ' || n, 1, %(company)s, site_id,
                      CASE WHEN is_closed THEN 'closed' ELSE 'open' END,
                      opened_at, CASE WHEN is_closed THEN ends_at END,
                      CASE WHEN is_closed THEN milestones[array_length(milestones, 1)]
                           ELSE milestones[1] END,
                      CASE WHEN is_closed THEN ends_at ELSE opened_at END,
                      CASE WHEN is_closed THEN milestones[array_length(milestones, 1)] END,
                      %(steps)s, (n %% 11 = 0)::int, (n %% 29 = 0)::int,
                      (ARRAY['automation', 'mixed', 'person'])[1 + n %% 3],
                      CASE WHEN is_closed THEN seconds ELSE 0 END,
                      CASE WHEN is_closed THEN seconds / 4 ELSE 0 END
                 FROM (SELECT *, opened_at + seconds * interval '1 second' AS ends_at,
                              opened_at + seconds * interval '1 second' < now() AT TIME ZONE 'UTC'
                                  AS is_closed
                         FROM bench_case JOIN bench_process USING (number)) AS made""",
            records=RECORDS,
            company=past.company,
            steps=STEPS,
        )
    )
    # Steps of a case, spread evenly over its time: the first and the last milestone, and between.
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE bench_step ON COMMIT DROP AS
               SELECT c.n, k, c.number, c.site_id, process_id,
                      %(base)s + (c.n - 1) * %(steps)s + k AS event_id,
                      CASE k WHEN 1 THEN 1 WHEN %(steps)s THEN array_length(milestones, 1)
                             ELSE least(k, array_length(milestones, 1) - 1) END AS place,
                      milestones, types, codes, seconds,
                      opened_at + seconds * (k - 1) / (%(steps)s - 1) * interval '1 second' AS at
                 FROM bench_case c JOIN bench_process USING (number),
                      generate_series(1, %(steps)s) k
                WHERE k = 1 OR opened_at + seconds * interval '1 second'
                               < now() AT TIME ZONE 'UTC'""",
            base=past.event_base,
            steps=STEPS,
        )
    )
    env.cr.execute(_events(env, past, SQL("bench_step"), projected=True))
    env.cr.execute(
        SQL(
            """INSERT INTO ops_case_step (event_id, case_id, process_id, milestone_id,
                      previous_milestone_id, company_id, site_id, at, automated, rework,
                      wall_seconds, working_seconds, wall_since_start, working_since_start)
               SELECT event_id, first.id - 1 + n, process_id, milestones[place],
                      CASE WHEN k > 1 THEN milestones[CASE k WHEN 2 THEN 1
                          ELSE least(k - 1, array_length(milestones, 1) - 1) END] END,
                      %(company)s, site_id, at, n %% 3 = 0, n %% 11 = 0 AND k = 3,
                      CASE WHEN k > 1 THEN seconds / (%(steps)s - 1) ELSE 0 END,
                      CASE WHEN k > 1 THEN seconds / (%(steps)s - 1) / 4 ELSE 0 END,
                      seconds * (k - 1) / (%(steps)s - 1),
                      seconds * (k - 1) / (%(steps)s - 1) / 4
                 FROM bench_step,
                      (SELECT min(id) AS id FROM ops_case WHERE company_id = %(company)s) first
                ORDER BY at""",
            company=past.company,
            steps=STEPS,
        )
    )


def _events(env, past, source, projected):
    """SQL: events of the steps of a table like ``bench_step``."""
    column = "projected" in env["ops.event"]._fields
    return SQL(
        """INSERT INTO ops_event (id, uuid, type_id, type_code, type_version, res_model, res_id,
                  record_key, record_name, company_id, site_id, severity, lane, state, origin,
                  depth, occurred_at, emitted_at, sealed_at, sequence %(names)s)
           SELECT event_id, 'evt_' || lpad(to_hex(event_id), 32, '0'), types[place],
                  codes[place], 1,
                  'res.partner', %(records)s + n, 'res.partner,' || %(records)s + n, 'Record ' || n,
                  %(company)s, site_id, 'info', 'standard', 'sealed', 'imported', 0, at, at, at,
                  event_id %(values)s
             FROM %(source)s ORDER BY at""",
        names=SQL(", projected") if column else SQL(),
        values=SQL(", %s::boolean", projected or None) if column else SQL(),
        records=RECORDS,
        company=past.company,
        source=source,
    )


def _approvals(env, past, count):
    """Requests over the years with a stage and a seat each; one in fifty still waits."""
    closed = "closed_at" in env["ops.approval.assignment"]._fields
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE bench_request ON COMMIT DROP AS
               SELECT n, (%(sites)s::int[])[1 + n %% %(places)s] AS site_id,
                      n > %(count)s * 0.98 AS waits,
                      now() AT TIME ZONE 'UTC'
                          - %(years)s * interval '365 days' * (1 - n / %(count)s::float8)
                          - interval '1 hour' AS at,
                      (600 - ln(1 - random()) * 86400)::bigint AS seconds,
                      (SELECT COALESCE(max(id), 0) FROM ops_approval_request) + n AS request_id,
                      (SELECT COALESCE(max(id), 0) FROM ops_approval_request_stage) + n AS stage_id
                 FROM generate_series(1, %(count)s) n;
               INSERT INTO ops_approval_request (id, name, res_model, res_id, res_name, company_id,
                      site_id, state, version, revision, requester_id, submitted_at, decided_at,
                      due_at, round_number)
               SELECT request_id, 'BENCH' || n, 'res.partner', %(records)s + n, 'Document ' || n,
                      %(company)s, site_id,
                      CASE WHEN waits THEN 'pending' WHEN n %% 9 = 0 THEN 'rejected'
                           ELSE 'approved' END,
                      1, 0, %(user)s, at,
                      CASE WHEN NOT waits THEN at + seconds * interval '1 second' END,
                      at + interval '2 days', 1
                 FROM bench_request ORDER BY at;
               INSERT INTO ops_approval_request_stage (id, request_id, version, name, mode, state)
               SELECT stage_id, request_id, 1, 'Head', 'any',
                      CASE WHEN waits THEN 'open' ELSE 'done' END FROM bench_request;
               INSERT INTO ops_approval_assignment (request_id, request_stage_id, user_id,
                      company_id, site_id, state, opened_at, due_at %(names)s)
               SELECT request_id, stage_id, %(user)s, %(company)s, site_id,
                      CASE WHEN waits THEN 'open' ELSE 'done' END, at, at + interval '2 days'
                      %(values)s
                 FROM bench_request ORDER BY at""",
            sites=past.sites,
            places=len(past.sites),
            count=count,
            years=YEARS,
            records=RECORDS,
            company=past.company,
            user=past.manager,
            names=SQL(", closed_at") if closed else SQL(),
            values=SQL(", CASE WHEN NOT waits THEN at + seconds * interval '1 second' END")
            if closed
            else SQL(),
        )
    )


def _deliveries(env, past, count, endpoints):
    """Deliveries of the first events of the newest cases, and their attempts; a few wait, a few
    were given up. What settled was counted."""
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE bench_delivery ON COMMIT DROP AS
               SELECT *, (SELECT COALESCE(max(id), 0) FROM ops_delivery) + r AS delivery_id,
                      (%(endpoints)s::int[])[1 + r %% %(many)s] AS endpoint_id,
                      CASE WHEN r %% 1000 = 0 THEN 'dead' WHEN r %% 500 = 1 THEN 'waiting'
                           ELSE 'delivered' END AS status,
                      (20 - ln(1 - random()) * 200)::int AS duration
                 FROM (SELECT event_id, site_id, at, n, row_number() OVER (ORDER BY event_id) AS r
                         FROM bench_step LIMIT %(count)s) AS chosen;
               INSERT INTO ops_delivery (id, event_id, endpoint_id, company_id, site_id, lane,
                      record_key, sequence, state, created_at, attempt_count, uncounted,
                      next_attempt_at, delivered_at, reported)
               SELECT delivery_id, event_id, endpoint_id, %(company)s, site_id,
                      (ARRAY['standard', 'critical', 'bulk'])[1 + r %% 3],
                      'res.partner,' || %(records)s + n, event_id, status, at,
                      CASE status WHEN 'waiting' THEN 0 ELSE 1 END, 0,
                      CASE WHEN status = 'waiting' THEN at END,
                      CASE WHEN status = 'delivered' THEN at + interval '1 second' END, TRUE
                 FROM bench_delivery;
               INSERT INTO ops_delivery_attempt (delivery_id, endpoint_id, company_id, site_id,
                      number, started_at, duration_ms, outcome)
               SELECT delivery_id, endpoint_id, %(company)s, site_id, k, at, duration,
                      CASE WHEN status = 'dead' OR k < 1 + (r %% 20 = 0)::int THEN 'retry'
                           ELSE 'delivered' END
                 FROM bench_delivery, generate_series(1, 1 + (r %% 20 = 0)::int) k
                WHERE status <> 'waiting';
               INSERT INTO ops_metric_counter (name, labels, value)
               SELECT 'deliveries', jsonb_build_object('endpoint', endpoint_id, 'outcome', status),
                      count(*)
                 FROM bench_delivery WHERE status <> 'waiting' GROUP BY endpoint_id, status
                UNION ALL
               SELECT 'attempt_bucket',
                      jsonb_build_object('endpoint', endpoint_id, 'bucket', duration / 100 %% 11),
                      count(*)
                 FROM bench_delivery GROUP BY endpoint_id, duration / 100 %% 11
                UNION ALL
               SELECT 'attempt_ms', jsonb_build_object('endpoint', endpoint_id), sum(duration)
                 FROM bench_delivery GROUP BY endpoint_id""",
            endpoints=endpoints,
            many=len(endpoints),
            count=count,
            company=past.company,
            records=RECORDS,
        )
    )


def fresh_events(env, past, records: int) -> int:
    """Events of new records that the projector has not seen, all of their steps.

    :return: how many
    """
    [(newest,)] = env.execute_query(SQL("SELECT max(id) FROM ops_event"))
    process_id, milestones, types, codes = past.processes[0]
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE bench_fresh ON COMMIT DROP AS
               SELECT %(records)s + n AS n, %(newest)s + (n - 1) * %(steps)s + k AS event_id,
                      (%(sites)s::int[])[1 + n %% %(places)s] AS site_id,
                      CASE k WHEN 1 THEN 1 WHEN %(steps)s THEN %(many)s
                             ELSE least(k, %(many)s - 1) END AS place,
                      %(types)s::int[] AS types, %(codes)s::varchar[] AS codes,
                      now() AT TIME ZONE 'UTC' - interval '2 days' + k * interval '3 hours' AS at
                 FROM generate_series(1, %(count)s) n, generate_series(1, %(steps)s) k""",
            records=10_000_000,
            newest=newest,
            steps=STEPS,
            sites=past.sites,
            places=len(past.sites),
            many=len(milestones),
            types=types,
            codes=codes,
            count=records,
        )
    )
    env.cr.execute(_events(env, past, SQL("bench_fresh"), projected=False))
    env.cr.execute("SELECT setval('ops_event_id_seq', (SELECT max(id) + 1 FROM ops_event))")
    return records * STEPS
