from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.parameters import STORM_EVENTS
from .common import TYPE, OpsCase


@tagged("post_install", "-at_install")
class TestEventRate(OpsCase):
    def setUp(self):
        super().setUp()
        self._limit(3)

    def _limit(self, number):
        self.env["ir.config_parameter"].set_param(STORM_EVENTS.key, str(number))

    def _happen(self, times, record=None):
        events = self.events
        for number in range(times):
            events += self._emit(record, number=number)
            self._commit()
        return events

    def _later(self, seconds):
        """Let time pass: what was recorded is older by so much."""
        self.env.cr.execute(
            SQL("UPDATE ops_event SET emitted_at = emitted_at - %s * interval '1 s'", seconds)
        )
        self.events.invalidate_model()

    def test_what_goes_beyond_the_rate_of_a_record_is_kept_and_not_sent(self):
        self._create_endpoint()
        events = self._happen(5)
        self.assertEqual(events.mapped("state"), ["sealed"] * 3 + ["invalid"] * 2)
        self.assertEqual(len(events.delivery_ids), 3)
        stopped = events[-1]
        self.assertIn("More than 3 events", stopped.invalid_reason)
        self.assertEqual((stopped.invalid_kind, stopped.sequence), ("loop", 0))
        self.assertFalse(stopped.body)

    def test_by_default_the_121st_within_a_minute_is_stopped(self):
        self.env["ir.config_parameter"].search([("key", "=", STORM_EVENTS.key)]).unlink()
        events = self._happen(1)
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_event (uuid, type_id, type_code, type_version, res_model,
                                          res_id, record_key, company_id, severity, lane,
                                          occurred_at, emitted_at, state, origin, depth)
                   SELECT 'evt_storm_' || n, type_id, type_code, type_version, res_model, res_id,
                          record_key, company_id, severity, lane, occurred_at, emitted_at,
                          'sealed', 'live', 0
                     FROM ops_event, generate_series(1, 118) AS n WHERE id = %s""",
                events.id,
            )
        )
        last = self._happen(2)
        self.assertEqual(last.mapped("state"), ["sealed", "invalid"])

    def test_other_records_and_other_types_are_not_affected(self):
        self._happen(4)
        other_type = self.type.copy({"code": "test.thing.undone"})
        with patch.dict("odoo.addons.healthcare_ops_automation.core.contract.DECLARED.events"):
            from ..core.contract import DECLARED

            DECLARED.events[other_type.code] = DECLARED.events[TYPE]
            other = self.events.emit(other_type.code, self.site, {"number": 1})
            self._commit()
        self.assertEqual(other.state, "sealed")
        self.assertEqual(self._happen(1, self.other_site).state, "sealed")

    def test_after_a_quiet_minute_events_go_on(self):
        self.assertEqual(self._happen(4)[-1].state, "invalid")
        self._later(59)
        self.assertEqual(self._happen(1).state, "invalid")
        self._later(61)
        self.assertEqual(self._happen(1).state, "sealed")

    def test_storm_is_told_as_one_exception(self):
        events = self._happen(6)
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda cron, *a, **k: 0):
            self.events.sudo()._cron_raise_invalid()
        exception = events.exception_ids
        self.assertEqual(exception.category_id.code, "event_loop")
        self.assertEqual(exception.occurrence_count, 3)

    def test_stopped_event_wakes_who_tells_of_it(self):
        cron = self.env.ref("healthcare_ops_automation.cron_raise_invalid")
        triggers = self.env["ir.cron.trigger"]
        self._happen(3)
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._happen(1)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_event_that_was_sealed_at_a_savepoint_takes_its_delivery_back(self):
        self._create_endpoint()
        self._happen(2)
        event = self._emit(number=1)
        self.env.cr.flush()
        self.assertEqual(len(event.delivery_ids), 1)
        self._limit(2)
        self._emit(number=2)
        self._commit()
        self.assertEqual(event.state, "invalid")
        self.assertFalse(event.delivery_ids)

    def test_imported_history_is_exempt_and_does_not_count(self):
        rows = [
            {"record": self.site, "data": {"number": n}, "occurred_at": self.site.create_date}
            for n in range(9)
        ]
        self.events._import_settled(TYPE, rows)
        imported = self.events.search([("type_code", "=", TYPE)])
        self.assertEqual(set(imported.mapped("state")), {"sealed"})
        self.assertEqual(set(self._happen(3).mapped("state")), {"sealed"})

    def test_no_limit_when_settings_say_so(self):
        self.env["res.config.settings"].create({"ops_storm_events": 0}).execute()
        self.assertEqual(set(self._happen(9).mapped("state")), {"sealed"})

    def test_many_events_of_one_transaction_count_one_by_one(self):
        events = self.events
        for number in range(5):
            events += self._emit(number=number, dedup_key=f"k{number}")
        self._commit()
        self.assertEqual(events.mapped("state"), ["sealed"] * 3 + ["invalid"] * 2)

    def _assert_queries(self, expected):
        self.site.mapped("display_name")  # the business transaction has read its record
        self.site.sudo()._ops_place()
        self.env.flush_all()
        with self.assertQueryCount(expected):
            self._emit()
            self.env.cr.flush()

    def test_counting_costs_no_query(self):
        self._create_endpoint()
        self._happen(1)
        self._assert_queries(6)

    def test_stopped_event_costs_no_more_than_a_sent_one(self):
        self._create_endpoint()
        self._happen(4)
        self._assert_queries(5)  # no deliveries are inserted

    def test_counting_uses_the_index_and_ends_at_the_limit(self):
        event = self._happen(1)
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_event (uuid, type_code, type_version, res_model, res_id,
                                          record_key, company_id, severity, lane, occurred_at,
                                          emitted_at, state, origin, depth)
                   SELECT 'evt_bulk_' || n, type_code, type_version, res_model, res_id,
                          record_key, company_id, severity, lane, occurred_at,
                          emitted_at - n * interval '1 ms', 'sealed', 'live', 0
                     FROM ops_event, generate_series(1, 20000) AS n WHERE id = %s""",
                event.id,
            )
        )
        self.env.cr.execute("ANALYZE ops_event")
        last = self._emit(number=2)
        plan = "\n".join(
            line
            for (line,) in self.env.execute_query(
                SQL(
                    "EXPLAIN (ANALYZE, BUFFERS) SELECT %s FROM ops_event event WHERE id = %s",
                    self.events._is_storm(120),
                    last.id,
                )
            )
        )
        self.assertIn("ops_event_record_idx", plan)
        self.assertRegex(plan, r"Limit .*rows=120")
