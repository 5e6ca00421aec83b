import random
from datetime import timedelta
from math import floor

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import READERS
from .kpis import KpiMixin

SEED = 20260323
CASES, APPROVALS, DELIVERIES, EXCEPTIONS, CALLS = 160, 60, 80, 60, 60


def percentile_cont(share, values):
    """The percentile as SQL defines it: interpolated between the two rows around it."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@tagged("post_install", "-at_install")
class TestKpiCorrect(KpiMixin, TransactionCase):
    """Figures agree with plain Python over the same rows, for each reader and place."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(SEED)
        cls.other = cls.env["res.company"].create({"name": "Kpi and Daughters"})
        cls.companies = cls.company | cls.other
        cls.sites = {
            company: [cls.make_site(cls, code, company) for code in ("A", "B")]
            for company in cls.companies
        }
        # The clock of the database, which stands still in a transaction.
        cls.env.cr.execute("SELECT now() AT TIME ZONE 'UTC'")
        cls.now = cls.env.cr.fetchone()[0]
        cls.rows = {}
        cls._make_cases()
        cls._make_steps()
        cls._make_approvals()
        cls._make_deliveries()
        cls._make_exceptions()
        cls._make_calls()
        cls.env.flush_all()
        cls.readers = cls._make_readers()

    # -- rows ---------------------------------------------------------------------------

    @classmethod
    def _place(cls):
        company = cls.dice.choice(cls.companies)
        site = cls.dice.choice([*cls.sites[company], cls.env["ops.site"]])
        return {"company_id": company.id, "site_id": site.id}

    @classmethod
    def _moment(cls, days=60):
        """Some time ago, whole seconds; some within the last 30 days, some before."""
        ago = cls.dice.randrange(60, days * 86400)
        return fields.Datetime.now() - timedelta(seconds=ago)

    @classmethod
    def _create(cls, model, rows):
        # The rows of the engine's own tables, past its doors: only what is counted matters here.
        ids = []
        for row in rows:
            columns = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            table = cls.env[model]._table
            cls.env.cr.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id",
                list(row.values()),
            )
            ids.append(cls.env.cr.fetchone()[0])
        cls.rows[model] = [{"id": row_id, **row} for row_id, row in zip(ids, rows, strict=True)]
        return cls.rows[model]

    @classmethod
    def _make_cases(cls):
        cls.approval = cls.env["ops.process"].search([("code", "=", "approval")])
        milestone = cls.approval.milestone_ids[:1]
        for number in range(CASES):
            approval = cls.dice.random() < 0.3
            place = cls._place()
            opened, closed = cls._moment(), cls.dice.random() < 0.7
            seconds = cls.dice.randrange(1, 40 * 86400)
            ended = min(opened + timedelta(seconds=seconds), fields.Datetime.now())
            case = cls.make_case(
                process_id=(cls.approval if approval else cls.process).id,
                last_milestone_id=(milestone if approval else cls.begun).id,
                end_milestone_id=False,
                state="closed" if closed else "open",
                opened_at=opened,
                closed_at=ended - timedelta(seconds=1) if closed else False,
                last_at=opened,
                working_seconds=cls.dice.randrange(1, 400_000) if closed else 0,
                rework_count=cls.dice.choice((0, 0, 1, 3)),
                reopened_count=cls.dice.choice((0, 0, 0, 1)),
                touch=cls.dice.choice(("automation", "mixed", "person")),
                round=number + 1,
                **place,
            )
            values = case.read(load=None)[0]
            cls.rows.setdefault("ops.case", []).append(
                {**values, "code": "approval" if approval else "other"}
            )

    @classmethod
    def _make_steps(cls):
        event_type = cls.make_type("t.kpi.correct")
        rows = []
        cls.excepted = set()
        for case in cls.rows["ops.case"][:60]:
            for number in range(cls.dice.randrange(1, 4)):
                event = cls.make_event(event_type)
                event.write({"company_id": case["company_id"], "site_id": case["site_id"]})
                if cls.dice.random() < 0.2:
                    cls.excepted.add(event.id)
                rows.append(
                    {
                        "event_id": event.id,
                        "case_id": case["id"],
                        "process_id": case["process_id"],
                        "milestone_id": case["last_milestone_id"],
                        "previous_milestone_id": case["last_milestone_id"] if number else None,
                        "company_id": case["company_id"],
                        "site_id": case["site_id"] or None,
                        "at": cls._moment(),
                        "working_seconds": cls.dice.randrange(0, 90_000),
                        "wall_seconds": 5,
                    }
                )
        cls.env.flush_all()
        cls._create("ops.case.step", rows)

    @classmethod
    def _make_approvals(cls):
        rows = []
        for number in range(APPROVALS):
            place = cls._place()
            state = cls.dice.choice(("pending", "pending", "approved", "approved", "rejected"))
            submitted = cls._moment()
            rows.append(
                {
                    "name": f"T/{number}",
                    "res_model": "t.kpi.none",
                    "res_id": number + 1,
                    "company_id": place["company_id"],
                    "site_id": place["site_id"] or None,
                    "state": state,
                    "version": 1,
                    "revision": 0,
                    "round_number": 1,
                    "requester_id": cls.manager.id,
                    "submitted_at": submitted,
                    "decided_at": None if state == "pending" else cls._moment(),
                    "due_at": cls.dice.choice((None, cls._moment(), cls.now + timedelta(days=1))),
                }
            )
        requests = cls._create("ops.approval.request", rows)
        stages = cls._create(
            "ops.approval.request.stage",
            [
                {
                    "request_id": request["id"],
                    "version": 1,
                    "name": "One",
                    "mode": "any",
                    "state": "open",
                }
                for request in requests
            ],
        )
        seats = []
        for request, stage in zip(requests, stages, strict=True):
            state = cls.dice.choice(("open", "approved", "rejected", "abstained", "ended"))
            opened = cls._moment(90)
            seats.append(
                {
                    "request_id": request["id"],
                    "request_stage_id": stage["id"],
                    "user_id": cls.manager.id,
                    "company_id": request["company_id"],
                    "site_id": request["site_id"],
                    "state": state,
                    "opened_at": opened,
                    "closed_at": None
                    if state == "open"
                    else min(opened + timedelta(seconds=cls.dice.randrange(1, 10**6)), cls.now),
                }
            )
        cls._create("ops.approval.assignment", seats)

    @classmethod
    def _make_deliveries(cls):
        endpoint = cls.make_endpoint()
        event_type = cls.make_type("t.kpi.delivered")
        rows, attempts = [], []
        for number in range(DELIVERIES):
            place = cls._place()
            rows.append(
                {
                    "event_id": cls.make_event(event_type).id,
                    "endpoint_id": endpoint.id,
                    "company_id": place["company_id"],
                    "site_id": place["site_id"] or None,
                    "lane": "standard",
                    "record_key": "t,1",
                    "sequence": number,
                    "state": cls.dice.choice(
                        ("delivered", "delivered", "dead", "waiting", "retrying", "skipped")
                    ),
                    "created_at": cls._moment(),
                    "attempt_count": cls.dice.choice((1, 1, 2, 5)),
                    "uncounted": 0,
                    "replay_count": 0,
                }
            )
        for delivery in cls._create("ops.delivery", rows):
            attempts += [
                {
                    "delivery_id": delivery["id"],
                    "endpoint_id": endpoint.id,
                    "company_id": delivery["company_id"],
                    "site_id": delivery["site_id"],
                    "number": number,
                    "started_at": cls._moment(),
                    "duration_ms": cls.dice.randrange(5, 9000),
                    "outcome": cls.dice.choice(("delivered", "delivered", "retry")),
                }
                for number in range(cls.dice.randrange(1, 3))
            ]
        cls._create("ops.delivery.attempt", attempts)

    @classmethod
    def _make_exceptions(cls):
        category = cls.env["ops.exception.category"].search(
            [("code", "in", ("automation_failed", "event_contract"))]
        )
        rows = []
        events = sorted(cls.excepted)
        for number in range(EXCEPTIONS):
            place = cls._place()
            if number < len(events):
                event = cls.env["ops.event"].browse(events[number])
                place = {"company_id": event.company_id.id, "site_id": event.site_id.id}
            is_open = cls.dice.random() < 0.5
            first = cls._moment()
            rows.append(
                {
                    "name": f"Exception {number}",
                    "category_id": cls.dice.choice(category).id,
                    "severity": "medium",
                    "state": "new" if is_open else "resolved",
                    "is_open": is_open,
                    "company_id": place["company_id"],
                    "site_id": place["site_id"] or None,
                    "user_id": cls.dice.choice((None, cls.manager.id)),
                    "event_id": events[number] if number < len(events) else None,
                    "reason": "Because",
                    "first_seen": first,
                    "last_seen": first,
                    "due_at": cls.dice.choice((None, cls._moment(), cls.now + timedelta(days=1))),
                    "closed_at": None
                    if is_open
                    else min(first + timedelta(seconds=cls.dice.randrange(1, 10**6)), cls.now),
                }
            )
        cls.automated = set(category.filtered(lambda each: each.code == "automation_failed").ids)
        cls.excepted &= set(events[:EXCEPTIONS])
        cls._create("ops.exception", rows)

    @classmethod
    def _make_calls(cls):
        """Calls of endpoints of a company, and of endpoints that all companies share."""
        cls.env["ops.callback.call"].search([]).unlink()
        endpoint, rows = cls.make_endpoint(), []
        for _number in range(CALLS):
            place, called = cls._place(), cls._moment()
            shared = cls.dice.random() < 0.2
            rows.append(
                {
                    "endpoint_id": endpoint.id,
                    "company_id": None if shared else place["company_id"],
                    "site_id": None if shared else place["site_id"] or None,
                    "called_at": called,
                    "last_at": called,
                    "status": cls.dice.choice((200, 401, 401, 422)),
                    "outcome": "refused",
                    "call_count": cls.dice.randrange(1, 30),
                }
            )
        cls._create("ops.callback.call", rows)

    @classmethod
    def _make_readers(cls):
        """Each role in both companies, and managers of one company and of one site."""
        readers = {role: cls._reader(role, role, cls.companies) for role in READERS}
        readers["one company"] = cls._reader("one", "manager", cls.other)
        readers["one site"] = cls._reader("site", "manager", cls.companies)
        readers["one site"].ops_site_ids = [Command.set(cls.sites[cls.company][0].ids)]
        return readers

    @classmethod
    def _reader(cls, login, role, companies):
        return new_test_user(
            cls.env,
            f"t_correct_{login}",
            groups=f"healthcare_ops_automation.group_ops_{role}",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )

    # -- the same in plain Python -------------------------------------------------------

    def _of(self, model, scope, reader, counted=None, period=None):
        """The rows that a reader sees in a scope."""
        allowed = set(reader.ops_site_ids.ids)

        def seen(row):
            site = row["site_id"] or None
            return (
                (not row["company_id"] or row["company_id"] in scope.companies)
                and (not scope.sites or site in scope.sites)
                and (not allowed or not site or site in allowed)
                and (not counted or counted(row))
                and (not period or self._is_within(row[period], scope.period))
            )

        return [row for row in self.rows[model] if seen(row)]

    @staticmethod
    def _is_within(moment, period):
        return bool(moment) and (not period.start or period.start <= moment) and moment < period.end

    def _age(self, name):
        return lambda row: (self.now - row[name]).total_seconds()

    @staticmethod
    def _between(start, end):
        return lambda row: (row[end] - row[start]).total_seconds()

    def _expected(self):
        """By code: model, what is counted, time of the period, percentile or hit, number."""
        closed = lambda row: row["state"] == "closed"  # noqa: E731
        opened = lambda row: row["state"] == "open"  # noqa: E731
        approval = lambda row: closed(row) and row["code"] == "approval"  # noqa: E731
        pending = lambda row: row["state"] == "pending"  # noqa: E731
        late = lambda row: row["due_at"] and row["due_at"] < self.now  # noqa: E731
        decided = lambda row: row["state"] in ("approved", "rejected")  # noqa: E731
        settled = lambda row: row["state"] in ("delivered", "dead")  # noqa: E731
        waiting = lambda row: row["state"] in ("waiting", "retrying")  # noqa: E731
        arrived = lambda row: row["outcome"] == "delivered"  # noqa: E731
        is_open = lambda row: row["is_open"]  # noqa: E731
        solved = lambda row: not row["is_open"]  # noqa: E731
        seat = lambda row: row["state"] in ("approved", "rejected", "abstained")  # noqa: E731
        later = lambda row: row["previous_milestone_id"]  # noqa: E731
        work = lambda row: row["working_seconds"]  # noqa: E731
        took = lambda row: row["duration_ms"]  # noqa: E731
        case, step, request = "ops.case", "ops.case.step", "ops.approval.request"
        delivery, attempt, exception = "ops.delivery", "ops.delivery.attempt", "ops.exception"
        waited = self._between("opened_at", "closed_at")
        solving = self._between("first_seen", "closed_at")
        return {
            "cycle_time_median": (case, closed, "closed_at", 0.5, work),
            "cycle_time_p90": (case, closed, "closed_at", 0.9, work),
            "open_case_age_median": (case, opened, None, 0.5, self._age("opened_at")),
            "open_case_age_p90": (case, opened, None, 0.9, self._age("opened_at")),
            "open_cases": (case, opened, None, None, None),
            "closed_cases": (case, closed, "closed_at", None, None),
            "rework_rate": (case, closed, "closed_at", lambda row: row["rework_count"], None),
            "reopened_rate": (case, closed, "closed_at", lambda row: row["reopened_count"], None),
            "touchless_share": (
                case, closed, "closed_at", lambda row: row["touch"] == "automation", None,
            ),
            "step_time_median": (step, later, "at", 0.5, work),
            "exception_rate": (
                step, None, "at", lambda row: row["event_id"] in self.excepted, None,
            ),
            "approval_turnaround_median": (case, approval, "closed_at", 0.5, work),
            "approval_turnaround_p90": (case, approval, "closed_at", 0.9, work),
            "approvals_waiting": (request, pending, None, None, None),
            "approvals_overdue": (
                request, lambda row: pending(row) and late(row), None, None, None,
            ),
            "approval_age_p90": (request, pending, None, 0.9, self._age("submitted_at")),
            "approval_rejected_share": (
                request, decided, "decided_at", lambda row: row["state"] == "rejected", None,
            ),
            "approver_wait_median": ("ops.approval.assignment", seat, "closed_at", 0.5, waited),
            "exceptions_open": (exception, is_open, None, None, None),
            "exceptions_overdue": (
                exception, lambda row: is_open(row) and late(row), None, None, None,
            ),
            "exceptions_unowned": (
                exception, lambda row: is_open(row) and not row["user_id"], None, None, None,
            ),
            "exception_age_p90": (exception, is_open, None, 0.9, self._age("first_seen")),
            "exception_resolution_median": (exception, solved, "closed_at", 0.5, solving),
            "automation_failures": (
                exception, lambda row: row["category_id"] in self.automated, "first_seen",
                None, None,
            ),
            "delivery_success_share": (
                delivery, settled, "created_at", lambda row: row["state"] == "delivered", None,
            ),
            "delivery_retry_share": (
                delivery, settled, "created_at", lambda row: row["attempt_count"] > 1, None,
            ),
            "delivery_latency_p50": (attempt, arrived, "started_at", 0.5, took),
            "delivery_latency_p95": (attempt, arrived, "started_at", 0.95, took),
            "deliveries_waiting": (delivery, waiting, None, None, None),
            "delivery_oldest_wait": (delivery, waiting, None, 1.0, self._age("created_at")),
            "authentication_failures": (
                "ops.callback.call", lambda row: row["status"] == 401, "called_at",
                "sum", lambda row: row["call_count"],
            ),
            "dead_letters": (
                delivery, lambda row: row["state"] == "dead", None, None, None,
            ),
        }  # fmt: skip

    def _check(self, code, expected, kpi, scope, reader):
        model, counted, period, how, number = expected
        rows = self._of(model, scope, reader, counted, period)
        measure = kpi._measure(scope)
        found = kpi.env[measure.model]
        self.assertEqual(measure.n, len(rows))
        self.assertEqual(found.search_count(measure.domain), len(rows))
        self.assertEqual(set(found.search(measure.domain).ids), {row["id"] for row in rows})
        if how == "sum":
            self.assertEqual(measure.value, sum(number(row) for row in rows))
        elif how is None:
            self.assertEqual(measure.value, len(rows))
        elif len(rows) < kpi.sudo().min_n:
            self.assertIsNone(measure.value, "too few say nothing")
        elif callable(how):
            hits = {row["id"] for row in rows if how(row)}
            self.assertEqual((measure.hits, measure.value), (len(hits), len(hits) / len(rows)))
            self.assertEqual(set(found.search(measure.hits_domain).ids), hits)
        else:
            wanted = percentile_cont(how, [number(row) for row in rows])
            self.assertAlmostEqual(measure.value, wanted, delta=0.5, msg=code)

    # -- promises -----------------------------------------------------------------------

    def test_figures_agree_with_plain_python_for_each_reader_and_place(self):
        expected = self._expected()
        site = self.sites[self.company][0]
        for name, reader in self.readers.items():
            env = self.env(user=reader, context={"allowed_company_ids": reader.company_ids.ids})
            asked = [{}, {"period": "all"}]
            if self.company in reader.company_ids:
                asked += [{"site": site.id, "period": "all"}, {"company": self.company.id}]
            for params in asked:
                for code, each in expected.items():
                    with self.subTest(kpi=code, reader=name, params=params):
                        kpi = env["ops.kpi"]._by_code(code)
                        self._check(code, each, kpi, self.scope(kpi, **params), reader)

    def test_the_period_before_is_as_long(self):
        reader = self.readers["manager"]
        env = self.env(user=reader, context={"allowed_company_ids": reader.company_ids.ids})
        for code in ("cycle_time_median", "delivery_success_share", "closed_cases"):
            with self.subTest(kpi=code):
                kpi = env["ops.kpi"]._by_code(code)
                before = self.scope(kpi).previous
                self._check(code, self._expected()[code], kpi, before, reader)
