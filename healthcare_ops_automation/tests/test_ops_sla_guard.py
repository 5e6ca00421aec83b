import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .service_levels import WAIT, SlaCase, utc


@tagged("post_install", "-at_install")
class TestOpsSlaGuard(SlaCase):
    """Service levels never stand in the way of a document, and forget nothing."""

    def _told(self):
        return self.env["ops.exception"].search([("category_id.code", "=", "service_level")])

    # -- what bypassed the rules -------------------------------------------------------------

    def test_what_sql_did_is_made_good_by_the_sweep(self):
        self._policy()
        one, two, three = self._raise(), self._raise(), self._raise()
        four = self._raise(**WAIT)
        self.env.flush_all()
        for record, change in (
            (one, "state = 'resolved', is_open = false"),
            (two, "state = 'waiting'"),
            (four, "state = 'in_work'"),
        ):
            self.env.cr.execute(
                SQL("UPDATE ops_exception SET %s WHERE id = %s", SQL(change), record.id)
            )
        self.env.cr.execute(SQL("DELETE FROM ops_exception WHERE id = %s", three.id))
        clocks = {record.id: self._clock(record) for record in (one, two, three, four)}
        self.env.invalidate_all()
        self._sweep(2026, 3, 2, 8)
        states = [clocks[record.id].state for record in (one, two, three, four)]
        self.assertEqual(states, ["met", "paused", "cancelled", "running"])
        # A record that is gone cannot be told about: the event is about its clock.
        event = self.events.search(
            [("res_model", "=", "ops.sla.clock"), ("res_id", "=", clocks[three.id].id)]
        )
        self.assertEqual(event.type_code, "sla.clock.stopped")
        self.assertFalse(self._told())

    def test_the_sweep_starts_what_is_missing_and_only_that(self):
        policy = self._policy(targets=({"domain": "[('severity', '!=', 'low')]"},))
        with patch.object(type(policy), "_follow_guarded", lambda *args, **kw: None):
            found, low = self._raise(), self._raise(severity="low")
            closed = self._raise()
            self._close(closed)
        self._sweep(2026, 3, 2, 8)
        self.assertEqual(self._clock(found).started_at, utc(2026, 3, 2, 8))
        self.assertFalse(self._clock(low) + self._clock(closed))
        before = self.clocks.search_count([])
        self._sweep(2026, 3, 2, 9)
        self.assertEqual(self.clocks.search_count([]), before)

    # -- errors ------------------------------------------------------------------------------

    def test_an_error_inside_lets_the_document_through_and_the_sweep_mends_it(self):
        policy = self._policy()
        with patch.object(type(self.clocks), "_insert", side_effect=ZeroDivisionError):
            exception = self._raise()
        self.assertTrue(exception.exists())
        self.assertFalse(self._clock(exception))
        self.assertTrue(self._sweep_is_woken())
        self._sweep(2026, 3, 2, 8)
        self.assertTrue(self._clock(exception, policy))
        self.assertFalse(self._told())

    def test_an_error_in_sql_does_not_spoil_the_document_s_transaction(self):
        self._policy()

        def break_it(clocks, rows):
            clocks.env.cr.execute("SELECT 1/0")

        with patch.object(type(self.clocks), "_insert", break_it):
            with self.assertLogs("odoo.sql_db", "ERROR"):
                exception = self._raise()
        self.assertEqual(exception.state, "new")

    def test_an_error_that_stays_becomes_one_exception_that_counts(self):
        self._policy()
        insert = type(self.clocks)._insert

        def fail_for_some(clocks, rows):
            if any(row.res_id != good.id for row in rows):
                raise ZeroDivisionError("no such luck")
            return insert(clocks, rows)

        good = self._raise()
        self._clock(good).browse().env.cr.execute("DELETE FROM ops_sla_clock")
        self.env.invalidate_all()
        with patch.object(type(self.clocks), "_insert", fail_for_some):
            self._raise(), self._raise()
            self._sweep(2026, 3, 2, 8)
        told = self._told()
        self.assertEqual((len(told), told.occurrence_count), (1, 2))
        self.assertIn("no such luck", told.reason)
        self.assertTrue(self._clock(good), "one bad record holds up no other")

    def test_a_record_without_place_is_told_of_and_others_start(self):
        partners = self.env["res.partner"]
        policy = self._policy(
            model_id=self.env["ir.model"]._get_id("res.partner"),
            domain="[('ref', '=', 'T-SLA')]",
            stop_domain="[('active', '=', False)]",
            pause_domain=False,
        )
        shared = partners.create({"name": "Shared", "ref": "T-SLA", "company_id": False})
        ours = partners.create({"name": "Ours", "ref": "T-SLA", "company_id": self.company.id})
        self.assertTrue(self._clock(ours, policy))
        self._sweep(2026, 3, 2, 8)
        self.assertFalse(self._clock(shared))
        self.assertIn("belongs to no company", self._told().reason)

    def test_a_filter_that_broke_since_is_told_of(self):
        policy = self._policy()
        version = policy.version_ids
        snapshot = json.loads(version.snapshot) | {"start": "[('gone_field', '=', 1)]"}
        self.env.cr.execute(
            SQL("UPDATE ops_sla_policy_version SET snapshot = %s", json.dumps(snapshot))
        )
        version.invalidate_recordset()
        self.env.registry.clear_cache()
        self._raise()
        self._sweep(2026, 3, 2, 8)
        self.assertIn("gone_field", self._told().reason)
        self.assertEqual(self._told().res_model, "ops.sla.policy")

    def test_what_follows_from_a_clock_may_fail_and_is_tried_again(self):
        self._policy()
        model = type(self.clocks)
        with patch.object(model, "_on_transition", side_effect=ZeroDivisionError):
            exception = self._raise()
        clock = self._clock(exception)
        self.assertEqual((clock.state, clock.untold), ("running", "started"))
        heard = []
        with patch.object(model, "_on_transition", lambda self, kind: heard.append(kind)):
            self._sweep(2026, 3, 2, 8)
            self._sweep(2026, 3, 2, 9)
        self.assertEqual((heard, clock.untold), (["started"], False))
        self.assertEqual(self._events_of(exception), ["started"])

    def test_what_fails_for_good_is_told_to_a_person_and_not_tried_for_ever(self):
        self._policy()
        with patch.object(
            type(self.clocks), "_on_transition", side_effect=ZeroDivisionError("hook broke")
        ):
            clock = self._clock(self._raise())
            self._sweep(2026, 3, 2, 8)
        self.assertFalse(clock.untold)
        self.assertIn("hook broke", self._told().reason)

    def _sweep_is_woken(self):
        cron = self.env.ref("healthcare_ops_automation.cron_sla_sweep")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    # -- idempotent ----------------------------------------------------------------------------

    def test_following_twice_changes_nothing(self):
        policy = self._policy()
        exceptions = self._raise() + self._raise(**WAIT)
        before = self.clocks.search_read([], order="id")
        policy._follow(exceptions)
        self.assertEqual(self.clocks.search_read([], order="id"), before)
        self.assertEqual(self._events_of(exceptions[0]), ["started"])

    def test_a_server_killed_between_check_and_commit_has_told_nothing_and_does_it_again(self):
        self._policy()
        with self.at(2026, 3, 2, 8):
            exception = self._raise()
        clock = self._clock(exception)
        heard = []
        with patch.object(
            type(self.clocks), "_on_transition", lambda self, kind: heard.append(kind)
        ):
            with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
                self._tick(2026, 3, 3, 9)
                raise KeyboardInterrupt  # nothing was committed
            self.assertFalse(clock.breached_at)
            self.assertEqual(self._events_of(exception), ["started"])
            self._tick(2026, 3, 3, 9, 1)
            self._tick(2026, 3, 3, 9, 2)
        self.assertEqual(heard, ["breached", "breached"])
        self.assertEqual(self._events_of(exception), ["started", "breached"])

    # -- cost ------------------------------------------------------------------------------------

    def _fill(self, count, due, clock):
        """Running clocks like this one, in SQL: of records of their own."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """WITH made AS (
                       INSERT INTO ops_exception (name, category_id, severity, state, is_open,
                              company_id, site_id, reason, occurrence_count, first_seen, last_seen)
                       SELECT 'x', category_id, severity, 'new', true, company_id, site_id,
                              reason, 1, first_seen, last_seen
                         FROM ops_exception, generate_series(1, %(count)s) WHERE id = %(source)s
                       RETURNING id)
                   INSERT INTO ops_sla_clock (policy_id, version_id, target_id, res_model, res_id,
                          res_name, company_id, site_id, hours_kind, calendar_id, hours_version,
                          state, cycle, started_at, counted_at, at_risk_at, due_at,
                          budget_seconds, warn_seconds, used_seconds)
                   SELECT policy_id, version_id, target_id, res_model, made.id, res_name,
                          company_id, site_id, hours_kind, calendar_id, hours_version, state, 1,
                          started_at, counted_at, %(due)s, %(due)s, budget_seconds,
                          warn_seconds, 0
                     FROM ops_sla_clock, made WHERE ops_sla_clock.id = %(clock)s""",
                count=count,
                source=clock.res_id,
                clock=clock.id,
                due=due,
            )
        )
        self.env.invalidate_all()

    def test_a_batch_that_is_breached_costs_the_queries_of_one(self):
        with self.at(2026, 3, 2, 8):
            self._policy(targets=({"budget_hours": 80},))
            clock = self._clock(self._raise())
        self._fill(5_000, utc(2026, 3, 20), clock)
        counts = []
        for number in (1, 100):
            self._fill(number, utc(2026, 3, 3, 9) - timedelta(minutes=1), clock)
            with self.at(2026, 3, 3, 9):
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertEqual(self.clocks._tick_breached(), number)
                self.env.cr.flush()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 4)
        self.assertLess(counts[1], 40)
        self.assertEqual(self.clocks.search_count([("breached_at", "!=", False)]), 101)

    def test_creating_a_hundred_records_costs_few_queries_more_than_one(self):
        self._policy(
            model_id=self.env["ir.model"]._get_id("res.partner"),
            domain="[('ref', '=', 'T-SLA')]",
            stop_domain="[('active', '=', False)]",
            pause_domain=False,
        )
        partners = self.env["res.partner"].with_context(tracking_disable=True)
        rule = self.env["base.automation"].search([("model_name", "=", "res.partner")])[-1:]
        policy = rule.ops_sla_policy_id
        counts = []
        for number in (1, 100):
            with patch.object(type(policy), "_follow_guarded", lambda *args, **kw: None):
                made = partners.create(
                    [
                        {"name": f"P{n}", "ref": "T-SLA", "company_id": self.company.id}
                        for n in range(number)
                    ]
                )
            self.env.flush_all()
            self.env.cr.flush()
            before = self.env.cr.sql_log_count
            policy._follow_guarded(made)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(self.clocks.search([("policy_id", "=", policy.id)])), 101)
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_moments_are_those_of_now_not_of_the_transaction_s_begin(self):
        self._policy()
        clock = self._clock(self._raise())
        self.assertLess(abs(fields.Datetime.now() - clock.started_at), timedelta(minutes=5))
