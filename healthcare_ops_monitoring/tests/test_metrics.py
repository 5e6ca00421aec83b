from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..core.exposition import HISTOGRAM, Family, exposition
from ..hooks import uninstall_hook
from ..models.metric.ops_metric_counter import BUCKETS_MS
from ..models.metric.ops_metrics_deliveries import LANES
from .cases import CasesMixin
from .exposition import parse

PREFIX = "healthcare_ops_"


@tagged("post_install", "-at_install")
class TestMetrics(CasesMixin, TransactionCase):
    """What a scraper reads: well-formed, counted when things settle, and nobody's name in it."""

    def test_the_text_is_well_formed(self):
        self.make_delivery(endpoint=self.make_endpoint(name='Say "hi"\\\nplease'))
        self._settle(self._delivery(), "delivered")
        samples = self.scrape()
        self.assertEqual(samples[f"{PREFIX}build_info"][0][1], 1)

    def test_a_label_is_escaped(self):
        family = Family("a", "gauge", "Two\nlines \\").add(1, name='x"\\\ny')
        [(labels, value)] = parse(exposition([family]))["a"]
        self.assertEqual((labels, value), ({"name": 'x"\\\ny'}, 1))

    def test_a_histogram_is_cumulative(self):
        family = Family("a_seconds", HISTOGRAM, "Time")
        family.add_histogram([0.1, 1], [2, 1, 3], 17.5, endpoint="x")
        samples = parse(exposition([family]))
        buckets = {labels["le"]: value for labels, value in samples["a_seconds_bucket"]}
        self.assertEqual(buckets, {"0.1": 2, "1": 3, "+Inf": 6})
        self.assertEqual(samples["a_seconds_count"], [({"endpoint": "x"}, 6)])
        self.assertEqual(samples["a_seconds_sum"], [({"endpoint": "x"}, 17.5)])

    def test_deliveries_are_counted_when_they_settle_whoever_settles_them(self):
        endpoint = self.make_endpoint(name="Counted receiver")
        one, two, three = (self._delivery(endpoint) for _n in range(3))
        self.assertEqual(self._settled("Counted receiver"), {})
        self._settle(one, "delivered")
        self._settle(two, "dead")
        three.state = "skipped"
        self.assertEqual(
            self._settled("Counted receiver"), {"delivered": 1, "dead": 1, "skipped": 1}
        )
        one.answer_checked = True  # written again, settled once
        self._settle(two, "waiting")
        self._settle(two, "delivered")
        self.assertEqual(
            self._settled("Counted receiver"), {"delivered": 2, "dead": 1, "skipped": 1}
        )

    def test_pruning_and_folding_turn_no_counter_back(self):
        endpoint = self.make_endpoint(name="Pruned receiver")
        delivery = self._delivery(endpoint)
        self._attempt(delivery, 1, 70, "retry", days=4000)
        self._attempt(delivery, 2, 2000, "delivered", days=4000)
        self._settle(delivery, "delivered")
        call = self._call(endpoint)
        before = self._counters()
        self.assertTrue(before)
        self.env["ops.delivery.attempt"]._gc_attempts()
        self.assertFalse(delivery.attempt_ids)
        delivery.unlink()
        call.unlink()
        self.assertEqual(self._counters(), before)
        self.env["ops.metric.counter"]._cron_fold()
        self.assertEqual(self._counters(), before)
        rows = self.env.execute_query(
            SQL("SELECT count(*), count(DISTINCT (name, labels)) FROM ops_metric_counter")
        )
        self.assertEqual(rows[0][0], rows[0][1])

    def test_attempts_fall_into_the_bucket_of_their_duration(self):
        endpoint = self.make_endpoint(name="Slow receiver")
        delivery = self._delivery(endpoint)
        for number, duration in enumerate((1, 50, 51, 1000, 61000), start=1):
            self._attempt(delivery, number, duration, "retry")
        samples = self.scrape()
        name = f"{PREFIX}delivery_attempt_duration_seconds"
        mine = {
            labels["le"]: value
            for labels, value in samples[f"{name}_bucket"]
            if labels["endpoint"] == "Slow receiver"
        }
        self.assertEqual(len(mine), len(BUCKETS_MS) + 1)
        self.assertEqual(
            [mine[bound] for bound in ("0.05", "0.1", "0.5", "1", "60", "+Inf")], [2, 3, 3, 4, 4, 5]
        )
        [total] = [
            value
            for labels, value in samples[f"{name}_sum"]
            if labels["endpoint"] == "Slow receiver"
        ]
        self.assertAlmostEqual(total, 62.102)

    def test_callbacks_are_counted_with_those_that_share_a_row(self):
        before = self._values("callbacks_total", "outcome")
        call = self._call(self.make_endpoint(), count=3)
        self.env.flush_all()
        call.call_count = 10
        self.env.flush_all()
        after = self._values("callbacks_total", "outcome")
        self.assertEqual(after["refused"] - before["refused"], 10)
        self.assertEqual(after["accepted"], before["accepted"])

    def test_open_cases_are_counted_by_process(self):
        case = self.make_case()
        self.make_case(60)
        self.env.flush_all()
        code = self.process.code
        self.assertEqual(self._values("cases_open", "process")[code], 1)
        case.unlink()
        self.assertEqual(self._values("cases_open", "process")[code], 0)

    def test_an_event_is_counted_once_however_often_it_is_followed(self):
        event_type = self.make_type("t.metric.told", "t_metric", "told")
        projector = self.env["ops.projector"]
        while projector._project_batch():
            pass
        [(_labels, lag)] = self.scrape()[f"{PREFIX}process_log_lag_seconds"]
        self.assertEqual(lag, 0)
        event = self.make_event(event_type)
        event.sealed_at = fields.Datetime.now() - timedelta(seconds=90)
        samples = self.scrape()
        self.assertEqual(samples[f"{PREFIX}process_log_waiting"], [({}, 1)])
        [(_labels, lag)] = samples[f"{PREFIX}process_log_lag_seconds"]
        self.assertAlmostEqual(lag, 90, delta=60)
        self.assertNotIn("t.metric.told", self._values("events_total", "type"))
        projector._project_batch()
        self.assertEqual(self._values("events_total", "type")["t.metric.told"], 1)
        self.env.cr.execute(SQL("UPDATE ops_event SET projected = FALSE WHERE id = %s", event.id))
        projector._project_batch()
        self.assertEqual(self._values("events_total", "type")["t.metric.told"], 1)
        self.assertEqual(self.scrape()[f"{PREFIX}process_log_waiting"], [({}, 0)])

    def test_health_tells_when_the_process_log_is_behind(self):
        while self.env["ops.projector"]._project_batch():
            pass
        self.assertEqual(self.check("process_log").status, "ok")
        event = self.make_event(self.make_type("t.metric.late"))
        event.sealed_at = fields.Datetime.now() - timedelta(minutes=20)
        self.env.flush_all()
        self.assertEqual(self.check("process_log").status, "degraded")
        self.env.ref("healthcare_ops_monitoring.cron_project").active = False
        self.assertEqual(self.check("process_log").status, "failing")

    def test_gauges_are_what_an_independent_count_finds(self):
        other = self.env["res.company"].create({"name": "Metrics Overseas"})
        for company in (self.env.company, other):
            self.make_delivery("critical", age=500, company=company)
            self.make_delivery("bulk", state="dead", company=company)
        self.env["ops.exception"]._raise_exception(
            "control_failed",
            "For a test",
            record=self.env.company.partner_id,
            place=(other, self.env["ops.site"]),
            severity="critical",
        )
        self.env.flush_all()
        deliveries = self.env["ops.delivery"].search([])
        waiting = deliveries.filtered(lambda each: each.state == "waiting")
        depth = {
            (labels["lane"], labels["state"]): value
            for labels, value in self.scrape()[f"{PREFIX}queue_depth"]
        }
        self.assertEqual(
            {lane: depth[lane, "waiting"] for lane in LANES},
            {lane: waiting.mapped("lane").count(lane) for lane in LANES},
        )
        ages = self._values("queue_oldest_age_seconds", "lane")
        self.assertAlmostEqual(ages["critical"], 500, delta=60)
        [(_labels, dead)] = self.scrape()[f"{PREFIX}dead_letters"]
        self.assertEqual(dead, len(deliveries.filtered(lambda each: each.state == "dead")))
        opened = self.env["ops.exception"].search([]).filtered("is_open")
        self.assertEqual(
            self._values("exceptions_open", "severity"),
            {
                severity: opened.mapped("severity").count(severity)
                for severity in ("low", "medium", "high", "critical")
            },
        )
        self.assertEqual(
            sum(self._values("exceptions_overdue", "severity").values()),
            len(opened.filtered("is_overdue")),
        )
        pending = self.env["ops.approval.request"].search([("state", "=", "pending")])
        self.assertEqual(sum(self._values("approvals_waiting", "age").values()), len(pending))

    def test_labels_are_few_and_name_no_record_and_no_person(self):
        allowed = {
            "endpoint",
            "outcome",
            "le",
            "lane",
            "state",
            "severity",
            "process",
            "cron",
            "age",
            "version",
            "odoo",
            "type",
        }
        text = self.env["ops.metrics"]._scrape()
        samples = parse(text)
        labels = {name for each in samples.values() for found, _value in each for name in found}
        self.assertLessEqual(labels, allowed)
        for login in self.env["res.users"].search([]).mapped("login"):
            if len(login) > 4 and "@" in login:
                self.assertNotIn(login, text)
        for endpoint in self.env["ops.endpoint"].with_context(active_test=False).search([]):
            for secret in (endpoint.token, endpoint.secret_in, endpoint.secret_out, endpoint.url):
                self.assertNotIn(secret or "no secret", text)

    def test_beyond_a_hundred_endpoints_the_rest_is_one(self):
        self.env.cr.execute("DELETE FROM ops_metric_counter")
        self.env.cr.execute(
            """INSERT INTO ops_metric_counter (name, labels, value)
               SELECT 'deliveries', jsonb_build_object('endpoint', n, 'outcome', 'delivered'), 1
                 FROM generate_series(1000001, 1000150) n"""
        )
        samples = self.scrape()[f"{PREFIX}deliveries_total"]
        # None of them has a name any more, so they are all the rest.
        self.assertEqual(samples, [({"endpoint": "other", "outcome": "delivered"}, 150)])

    def test_lag_of_scheduled_actions_and_firing_alerts_are_told(self):
        cron = self.env.ref("healthcare_ops_monitoring.cron_watch_alerts")
        cron.nextcall = fields.Datetime.now() - timedelta(seconds=300)
        self.env.flush_all()
        self.assertAlmostEqual(
            self._values("cron_lag_seconds", "cron")["cron_watch_alerts"], 300, delta=60
        )
        cron.active = False
        self.env.flush_all()
        self.assertNotIn("cron_watch_alerts", self._values("cron_lag_seconds", "cron"))
        self.assertEqual(self._values("cron_active", "cron")["cron_watch_alerts"], 0)

    def test_it_says_that_it_is_of_the_whole_installation(self):
        for line in self.env["ops.metrics"]._scrape().splitlines():
            if line.startswith("# HELP"):
                self.assertIn("whole installation", line)

    def test_uninstalling_drops_the_triggers_and_their_functions(self):
        found = SQL(
            """SELECT tgname FROM pg_trigger WHERE tgname LIKE %s
               UNION SELECT proname FROM pg_proc WHERE proname LIKE %s""",
            "ops_%_metric_%",
            "ops_metric_%",
        )
        self.assertEqual(len(self.env.execute_query(found)), 7)
        uninstall_hook(self.env)
        self.assertEqual(self.env.execute_query(found), [])

    # -- means ------------------------------------------------------------------------------

    def scrape(self):
        self.env.flush_all()
        return parse(self.env["ops.metrics"]._scrape())

    def _values(self, name, label):
        return {labels[label]: value for labels, value in self.scrape().get(PREFIX + name, [])}

    def _settled(self, endpoint):
        return {
            labels["outcome"]: value
            for labels, value in self.scrape().get(f"{PREFIX}deliveries_total", [])
            if labels["endpoint"] == endpoint
        }

    def _counters(self):
        """All samples that must never go back."""
        return {
            (name, tuple(sorted(labels.items()))): value
            for name, samples in self.scrape().items()
            for labels, value in samples
            if name.endswith(("_total", "_bucket", "_sum", "_count"))
        }

    def _delivery(self, endpoint=None):
        return self.make_delivery(endpoint=endpoint)

    def _settle(self, delivery, state):
        """As the dispatcher does, past the ORM."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ops_delivery SET state = %s WHERE id = %s", state, delivery.id)
        )
        delivery.invalidate_recordset()

    def _attempt(self, delivery, number, duration, outcome, days=0):
        return self.env["ops.delivery.attempt"].create(
            {
                "delivery_id": delivery.id,
                "number": number,
                "started_at": fields.Datetime.now() - timedelta(days=days),
                "duration_ms": duration,
                "outcome": outcome,
            }
        )

    def _call(self, endpoint, count=1):
        now = fields.Datetime.now()
        return self.env["ops.callback.call"].create(
            {
                "endpoint_id": endpoint.id,
                "called_at": now,
                "last_at": now,
                "status": 401,
                "outcome": "refused",
                "call_count": count,
            }
        )
