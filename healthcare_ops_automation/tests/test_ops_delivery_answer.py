import json
import time

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..core.contract import DECLARED
from ..core.pool import Finished
from ..core.sender import Outcome
from .common import TYPE
from .log_claims import claim_log
from .receiver import receiver
from .test_ops_callback import CallbackCase


@tagged("post_install", "-at_install")
class TestOpsDeliveryAnswer(CallbackCase):
    """A receiver that took an event and does not answer in time is noticed."""

    def setUp(self):
        super().setUp()
        self.type.answer_within = 15
        self.deliveries = self.env["ops.delivery"]
        self.env["ops.endpoint"].search([("id", "!=", self.endpoint.id)]).state = "disabled"
        self.event.delivery_ids.filtered(lambda d: d.endpoint_id != self.endpoint).sudo().unlink()
        # What is due in the demo network is not this test's.
        self.deliveries.search([("answer_due_at", "!=", False)]).answer_checked = True
        self.delivery = self.event.delivery_ids

    def _deliver(self):
        with receiver() as server, self._without_commits():
            self.endpoint.url = server.url
            self.env.flush_all()
            self.deliveries._cron_deliver("critical")
        self.env.invalidate_all()

    def _answer(self, message_id="msg-1", event=None, **changes):
        raw = self._body(**{"inreplyto": (event or self.event).uuid, **changes})
        public = self.env(user=self.env.ref("base.public_user").id, su=False)
        headers = self._headers(raw, message_id)
        result = public["ops.callback"]._receive(self.endpoint.token, headers, raw)
        self.env.invalidate_all()
        return result

    def _watch(self):
        self.env.flush_all()
        with self._without_commits():
            self.deliveries._cron_watch_answers()
        self.env.invalidate_all()

    def _time_passes(self, minutes, deliveries=None):
        """The answers become due so much earlier."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_delivery SET answer_due_at = answer_due_at - %s * interval '1 minute'"
            " WHERE id = ANY(%s)",
            [minutes, (deliveries or self.delivery).ids],
        )
        self.env.invalidate_all()

    def _told(self):
        return self.env["ops.exception"].search(
            [("cause_key", "=like", f"answer_overdue:{self.endpoint.id}:%")], order="id"
        )

    def _events(self, count, site=None):
        calendar = self.site.resource_calendar_id.id
        sites = self.env["ops.site"].create(
            [
                {
                    "name": f"Site {self.env['ops.site'].search_count([])} {n}",
                    "code": f"A{self.env['ops.site'].search_count([])}-{n}",
                    "resource_calendar_id": calendar,
                }
                for n in range(count)
            ]
        )
        events = self._emit(sites)
        self._commit()
        return events

    # -- when an answer is expected -------------------------------------------------------

    def test_time_runs_from_the_delivery(self):
        self._deliver()
        self.assertEqual(self.delivery.state, "delivered")
        wait = self.delivery.answer_due_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 15 * 60, delta=60)
        self.assertEqual(self.delivery.answer_state, "expected")
        self.assertIn("Expected until", self.delivery.answer_text)
        self._watch()
        self.assertFalse(self._told())

    def test_none_is_expected_of_who_only_listens_or_cannot_answer_or_is_not_asked(self):
        for values in ({"answers_expected": False}, {"user_id": False}):
            self.endpoint.write({"answers_expected": True, "user_id": self.integration.id})
            self.endpoint.write(values)
            events = self._events(1)
            self._deliver()
            self.assertEqual(events.delivery_ids.state, "delivered")
            self.assertFalse(events.delivery_ids.answer_due_at, values)
            self.assertFalse(events.delivery_ids.answer_state)
        self.endpoint.write({"answers_expected": True, "user_id": self.integration.id})
        self.type.answer_within = 0
        events = self._events(1)
        self._deliver()
        self.assertFalse(events.delivery_ids.answer_due_at)

    def test_settling_asks_no_more_queries_for_it(self):
        counts = []
        for minutes in (0, 15):
            self.type.answer_within = minutes
            self._events(20)
            self.env.flush_all()
            with self._without_commits():
                claims = self.deliveries._claim("critical", 100)
            finished = self._finished(claims)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.deliveries._settle(finished, (5,))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    @staticmethod
    def _finished(claims):
        return [
            Finished(claim, Outcome("delivered", time.time(), 1, status=200)) for claim in claims
        ]

    # -- missing answers ------------------------------------------------------------------

    def test_missing_answer_raises_an_exception_that_closes_itself_when_it_comes(self):
        owner = self._create_user("user")
        self.endpoint.owner_id = owner
        self._deliver()
        self._time_passes(16)
        self.assertEqual(self.delivery.answer_state, "overdue")
        self.assertIn("Overdue since", self.delivery.answer_text)
        self._watch()
        told = self._told()
        self.assertEqual(told.category_id.code, "answer_overdue")
        for words in ("Receiver", "A thing happened", "15 minutes", self.event.record_name):
            self.assertIn(words, told.reason)
        self.assertEqual((told.event_id, told.user_id), (self.event, owner))
        self.assertEqual((told.company_id, told.site_id), (self.company, self.site))
        self._watch()
        self.assertEqual(told.occurrence_count, 1)
        self._answer()
        self.assertEqual(self.delivery.answer_state, "late")
        self.assertIn("after it was due", self.delivery.answer_text)
        self.assertEqual(self.endpoint.late_answer_count, 1)
        self._watch()
        self.assertEqual(told.state, "resolved")
        self.assertTrue(self.delivery.answer_checked)

    def test_several_are_told_together_and_counted(self):
        events = self._events(3)
        self.event.delivery_ids.sudo().unlink()
        self._deliver()
        self._time_passes(16, events[:2].delivery_ids)
        self._watch()
        told = self._told()
        self.assertIn("took 2 events", told.reason)
        self._time_passes(16, events[2].delivery_ids)
        self._watch()
        self.assertEqual(self._told(), told)
        self.assertEqual(told.occurrence_count, 3)
        self.assertIn("took 3 events", told.reason)
        for n, event in enumerate(events[:2]):
            self._answer(f"m{n}", event)
        self._watch()
        self.assertNotEqual(told.state, "resolved")
        self._answer("m3", events[2])
        self._watch()
        self.assertEqual(told.state, "resolved")

    def test_each_company_has_its_own(self):
        foreign = self._emit(self.foreign_site)
        self._commit()
        self._deliver()
        self._time_passes(16, self.delivery | foreign.delivery_ids)
        self._watch()
        self.assertEqual(self._told().company_id, self.company | self.other_company)
        manager = self._create_user("manager")
        seen = self._told().with_user(manager).search([("id", "in", self._told().ids)])
        self.assertEqual(seen.company_id, self.company)

    def test_answer_in_time_is_no_alarm(self):
        self._deliver()
        self._answer()
        self.assertEqual(self.delivery.answer_state, "answered")
        self._time_passes(0)
        self.env.cr.execute(
            "UPDATE ops_delivery SET answer_due_at = now() AT TIME ZONE 'UTC' WHERE id = %s",
            self.delivery.ids,
        )
        self._watch()
        self.assertFalse(self._told())
        self.assertTrue(self.delivery.answer_checked)

    def test_answer_before_the_sender_has_settled_counts(self):
        with self._without_commits():
            [claim] = self.deliveries._claim("critical", 1)
        self.env.invalidate_all()
        self.assertEqual(self.delivery.state, "sending")
        self._answer()
        self.deliveries._settle(self._finished([claim]), (5,))
        self.env.invalidate_all()
        self.assertEqual(self.delivery.state, "delivered")
        self.assertEqual(self.delivery.answer_state, "answered")
        self._time_passes(16)
        self._watch()
        self.assertFalse(self._told())

    def test_telling_of_a_failure_is_no_answer(self):
        self._deliver()
        data = {"automation": "A", "message": "m", "occurred_at": "2026-11-22T10:00:00Z"}
        self._answer(type="automation.failed", data=data)
        self.assertEqual(self.delivery.answer_state, "expected")
        self._time_passes(16)
        self._watch()
        self.assertTrue(self._told())

    def test_answer_lost_on_the_way_back_and_sent_again_is_one(self):
        self._deliver()
        first = self._answer()
        self.assertEqual(self._answer(), first)
        self.assertEqual(self.delivery.answer_state, "answered")

    def test_replay_expects_the_answer_anew(self):
        self._deliver()
        self._time_passes(16)
        self._watch()
        told = self._told()
        self.delivery._forget_answer()
        self.assertFalse(self.delivery.answer_due_at or self.delivery.answer_reported)
        self._watch()
        self.assertEqual(told.state, "resolved")

    def test_what_a_person_has_dealt_with_is_not_told_again(self):
        self._deliver()
        self._time_passes(16)
        self._watch()
        self._told().write({"state": "resolved", "resolution": "Ordered by phone."})
        self._watch()
        self.assertEqual(len(self._told()), 1)
        self.assertEqual(self.delivery.answer_state, "dropped")
        self.assertIn("Not awaited", self.delivery.answer_text)
        self.assertEqual(self.endpoint.overdue_answer_count, 0)
        dropped = self.deliveries.search([("answer_state", "=", "dropped")])
        self.assertIn(self.delivery, dropped)
        later = self._events(1)
        self._deliver()
        self._time_passes(16, later.delivery_ids)
        self._watch()
        self.assertIn("took the event", self._told()[-1].reason)

    def test_endpoint_that_is_to_listen_only_is_not_waited_for_any_more(self):
        self._deliver()
        self._time_passes(16)
        self._watch()
        told = self._told()
        self.endpoint.answers_expected = False
        self._watch()
        self.assertEqual(told.state, "resolved")

    # -- what people see ------------------------------------------------------------------

    def test_lists_filter_by_answer(self):
        events = self._events(3)
        late, overdue, expected = events.delivery_ids
        self._deliver()
        self._time_passes(16, late | overdue)
        self._answer("late", late.event_id)
        self._answer("in time")
        mine = [("endpoint_id", "=", self.endpoint.id)]

        def found(*states):
            return self.deliveries.search([*mine, ("answer_state", "in", states)])

        self.assertEqual(found("late"), late)
        self.assertEqual(found("overdue"), overdue)
        self.assertEqual(found("expected"), expected)
        self.assertEqual(found("answered"), self.delivery)
        self.assertEqual(found("late", "overdue"), late | overdue)
        for delivery in (late, overdue, expected, self.delivery):
            self.assertEqual(found(delivery.answer_state) & delivery, delivery)
        self.assertEqual(self.endpoint.overdue_answer_count, 1)
        action = self.endpoint.action_open_overdue_answers()
        self.assertIn("search_default_answer_overdue", action["context"])

    def test_watching_reads_what_is_watched_for_only(self):
        """The plan goes by the partial index, however many are settled."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN (FORMAT JSON) SELECT d.id FROM ops_delivery d"
            " WHERE d.answer_checked IS NOT TRUE"
            " AND d.answer_due_at <= now() AT TIME ZONE 'UTC'"
        )
        self.assertIn("answer_watched", json.dumps(self.env.cr.fetchall()))

    def test_declared_type_brings_its_time_and_an_administrator_may_change_it(self):
        declared = DECLARED.events.get("supply.item.below_critical")
        if declared:  # the supply pack is installed beside it
            self.assertEqual(declared.answer_minutes, 15)
        self.assertEqual(DECLARED.events[TYPE].answer_minutes, 0)
        admin = self._create_user("admin")
        self.type.with_user(admin).answer_within = 30
        entry = self.env["ops.audit.entry"].search([], order="id desc", limit=1)
        self.assertIn("answer_within", str(entry.read()))
        with self.assertRaises(AccessError):
            self.type.with_user(self._create_user("manager")).answer_within = 5
        with (
            claim_log("odoo.sql_db", "ERROR", "answer_not_negative"),
            self.assertRaises(psycopg2.errors.CheckViolation),
        ):
            self.type.answer_within = -1
            self.env.flush_all()
