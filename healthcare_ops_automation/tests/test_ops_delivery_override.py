import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .overriding import OverrideCase


@tagged("post_install", "-at_install")
class TestOpsDeliveryOverride(OverrideCase):
    def test_replayed_delivery_arrives_under_the_same_id_with_a_fresh_budget(self):
        delivery = self._dead()
        attempts = delivery.attempt_count
        self._decide(delivery)
        self.assertEqual(delivery.state, "waiting")
        self.assertEqual((delivery.attempt_count, delivery.uncounted), (attempts, attempts))
        [claim] = self.deliveries._claim("critical", 9)
        self.assertEqual(claim.outgoing.message_id, delivery.event_id.uuid)
        self.assertEqual((claim.outgoing.attempt, claim.counted), (attempts + 1, 1))

    def test_who_decided_what_and_why_is_kept(self):
        deliveries = self._dead(2)
        endpoint, exception = deliveries.endpoint_id, deliveries.exception_id
        self._decide(deliveries, reason="  Workflow is active again ")
        self.assertEqual(deliveries.mapped("replay_count"), [1, 1])
        self.assertEqual(deliveries.override_user_id, self.manager)
        self.assertEqual(set(deliveries.mapped("override_reason")), {"Workflow is active again"})
        self.assertTrue(all(deliveries.mapped("replayed_at")))
        [entry] = self._audited("delivery.replayed")
        self.assertEqual(
            (entry.actor_id, entry.res_model, entry.res_id, entry.company_id),
            (self.manager.id, "ops.endpoint", endpoint.id, self.company.id),
        )
        details = json.loads(entry.details)
        self.assertEqual(details["count"], 2)
        self.assertEqual(set(details["delivery_ids"]), set(deliveries.ids))
        self.assertEqual(details["reason"], "Workflow is active again")
        for record in (endpoint, exception):
            note = record.message_ids.filtered(lambda each: "replayed" in each.body)
            self.assertIn("Workflow is active again", note.body, record)
            self.assertEqual(note.author_id, self.manager.partner_id)

    def test_reason_is_required(self):
        dialog = self._dialog(self._dead())
        for reason in (False, "  "):
            dialog.reason = reason
            with self.assertRaisesRegex(UserError, "Reason"):
                dialog.action_confirm()

    def test_each_refusal_says_why(self):
        def state_of(state):
            return lambda each: each.sudo().write({"state": state})

        cases = (
            (state_of("sending"), "being sent right now"),
            (state_of("waiting"), "waiting to be sent already"),
            (state_of("parked"), "waiting to be sent already"),
            (state_of("retrying"), "waiting to be sent already"),
            (lambda each: each.endpoint_id.write({"state": "disabled"}), "is disabled"),
            (lambda each: each.endpoint_id.write({"active": False}), "is disabled"),
            (lambda each: each.endpoint_id.write({"url": False}), "has no URL"),
            (lambda each: each.event_id.sudo().write({"body": False}), "content of its event"),
        )
        for spoil, words in cases:
            delivery = self._dead()
            spoil(delivery)
            before = delivery.state
            self.env.flush_all()
            dialog = self._dialog(delivery)
            self.assertEqual((dialog.ready_count, dialog.refused_count), (0, 1), words)
            self.assertIn(words, dialog.refusals)
            dialog.reason = "Try"
            with self.assertRaisesRegex(UserError, words):
                dialog.action_confirm()
            delivery.invalidate_recordset()
            self.assertEqual((delivery.state, delivery.replay_count), (before, 0))
            delivery.endpoint_id.write({"state": "disabled"})
        self.assertFalse(self._audited("delivery.replayed"))

    def test_possible_ones_go_and_the_others_are_named(self):
        deliveries = self._dead(2)
        spoiled = deliveries[0]
        spoiled.event_id.sudo().body = False
        self.env.flush_all()
        told = self._decide(deliveries)
        self.assertEqual(told["type"], "warning")
        self.assertIn("1 event", told["message"])
        self.assertIn("content of its event", told["message"])
        self.assertEqual((spoiled.state, deliveries[1].state), ("dead", "waiting"))

    def test_many_refusals_are_counted(self):
        deliveries = self._dead(25)
        deliveries.event_id.sudo().body = False
        self.env.flush_all()
        dialog = self._dialog(deliveries)
        self.assertEqual(len(dialog.refusals.splitlines()), 21)
        self.assertIn("5 more", dialog.refusals)

    def test_pace_spreads_each_endpoint_over_time_in_the_order_of_events(self):
        slow = self._create_endpoint(name="Slow", company_id=self.company.id, replay_rate=30)
        other = self._create_endpoint(name="Other", company_id=self.company.id)
        events = self.events
        for number in range(3):
            events += self._emit(number=number)
            self._commit()
        deliveries = events.delivery_ids
        for _round in range(3):
            self._fail(deliveries)
        dialog = self._dialog(deliveries)
        self.assertEqual(dialog.per_minute, 30, "the slowest endpoint's own")
        dialog.reason = "Mended"
        dialog.action_confirm()
        self.env.invalidate_all()
        for endpoint in (slow, other):
            mine = deliveries.filtered(lambda each, at=endpoint: each.endpoint_id == at)
            mine = mine.sorted("sequence")
            first = mine[0].next_attempt_at
            waits = [each.next_attempt_at - first for each in mine]
            self.assertEqual(waits, [timedelta(seconds=2 * n) for n in range(3)])

    def test_pace_must_make_sense(self):
        dialog = self._dialog(self._dead())
        dialog.write({"reason": "Mended", "per_minute": -1})
        with self.assertRaisesRegex(UserError, "Pace"):
            dialog.action_confirm()

    def test_dialog_says_how_long_it_takes(self):
        dialog = self._dialog(self._dead(5))
        for pace, words in ((0, "As fast"), (60, "About a minute"), (1, "5 minutes")):
            dialog.per_minute = pace
            self.assertIn(words, dialog.duration)

    def test_held_endpoint_is_told_of_and_holds(self):
        delivery = self._dead()
        delivery.endpoint_id.action_pause()
        dialog = self._dialog(delivery)
        self.assertIn("paused", dialog.held)
        self._decide(delivery)
        self.assertEqual(self.deliveries._claim("critical", 9), [])
        self.assertEqual(delivery.state, "waiting")

    def test_replayed_event_goes_before_what_still_waits_of_its_record(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        first = self._dead(1, endpoint=endpoint)
        later = self._emit(number=2)
        self._commit()
        later = later.delivery_ids
        self._decide(first, per_minute=1)
        self._due()
        self.assertEqual(self._arrive(), [first.id, later.id])

    def test_delivered_and_skipped_ones_can_be_sent_once_more(self):
        self._create_endpoint(company_id=self.company.id)
        event = self._emit()
        self._commit()
        delivery = event.delivery_ids
        self._arrive()
        self.assertEqual(delivery.state, "delivered")
        self._decide(delivery)
        self.assertEqual((delivery.state, delivery.delivered_at), ("waiting", False))
        self._decide(delivery, "action_skip")
        self._decide(delivery)
        self.assertEqual(self._arrive(), [delivery.id])

    def test_skip_releases_the_next_of_its_record(self):
        self._create_endpoint(company_id=self.company.id)
        events = self.events
        for number in range(2):
            events += self._emit(number=number)
            self._commit()
        first, second = events.delivery_ids.sorted("sequence")
        self.env.flush_all()
        [claim] = self.deliveries._claim("critical", 9)
        self.assertEqual((claim.outgoing.delivery_id, second.state), (first.id, "parked"))
        with self.assertRaisesRegex(UserError, "being sent right now"):
            self._decide(first, "action_skip")
        first.sudo().state = "retrying"
        self.env.flush_all()
        self._decide(first, "action_skip", reason="Told by phone")
        self.assertEqual((first.state, second.state), ("skipped", "waiting"))
        self.assertEqual(
            (first.override_user_id, first.override_reason), (self.manager, "Told by phone")
        )
        [entry] = self._audited("delivery.skipped")
        self.assertEqual(json.loads(entry.details)["delivery_ids"], first.ids)

    def test_what_is_settled_cannot_be_skipped(self):
        delivery = self._dead()
        for state, words in (("delivered", "was delivered"), ("skipped", "skipped already")):
            delivery.sudo().state = state
            self.env.flush_all()
            with self.assertRaisesRegex(UserError, words):
                self._decide(delivery, "action_skip")

    def test_receiver_that_fails_again_makes_it_a_dead_letter_again(self):
        delivery = self._dead()
        exception = delivery.exception_id
        self._decide(delivery)
        self._report()
        self.assertTrue(exception.is_open, "on its way is not arrived")
        delivery.endpoint_id.action_activate()
        self._fail(delivery)
        self._report()
        self.assertEqual(delivery.state, "dead")
        self.assertEqual((delivery.exception_id, exception.occurrence_count), (exception, 2))
        self._decide(delivery)
        self.assertEqual(delivery.replay_count, 2)

    def test_replay_counts_attempts_anew_up_to_the_limit(self):
        endpoint = self._create_endpoint(company_id=self.company.id, max_attempts=2)
        delivery = self._dead(1, endpoint=endpoint)
        self._decide(delivery)
        trouble = {"status": 500, "error": "The receiver cannot take the event now (500)."}
        self._fail(delivery, verdict="retry", **trouble)
        self.assertEqual(delivery.state, "retrying")
        self._fail(delivery, verdict="retry", **trouble)
        self.assertEqual((delivery.state, delivery.failure_cause), ("dead", "server_error"))

    def test_late_answer_of_an_attempt_before_the_replay_changes_nothing(self):
        from ..core.pool import Finished
        from ..core.sender import Outcome

        self._create_endpoint(company_id=self.company.id)
        event = self._emit()
        self._commit()
        delivery = event.delivery_ids
        [late] = self.deliveries._claim("critical", 9)
        delivery.sudo().state = "dead"
        self.env.flush_all()
        self._decide(delivery)
        [claim] = self.deliveries._claim("critical", 9)
        outcome = Outcome("gone", 1_000_000_000.0, 5, status=410)
        self.deliveries._settle([Finished(late, outcome)], (1,))
        delivery.invalidate_recordset()
        self.assertEqual((delivery.state, claim.outgoing.attempt), ("sending", 2))

    def test_roles_decide_as_they_may(self):
        deliveries = self._dead(2)
        users = {
            role: self._create_user(role) for role in ("requester", "user", "approver", "auditor")
        }
        places = (deliveries, deliveries.exception_id, deliveries.endpoint_id)
        for role, user in users.items():
            for record in places:
                is_endpoint = record._name == "ops.endpoint"
                for action in ("replay", "skip"):
                    name = f"action_{action}{'_dead' if is_endpoint else ''}"
                    with self.assertRaises(AccessError, msg=(role, name)):
                        getattr(record.with_user(user), name)()
            dialogs = self.env["ops.delivery.override"].with_user(user)
            with self.assertRaises(AccessError, msg=role):
                dialogs.create({"decision": "replay", "delivery_ids": deliveries.ids})
        admin = self._create_user("admin")
        self._decide(deliveries[0], user=admin)
        self._decide(deliveries[1], "action_skip", user=admin)
        self.assertEqual(deliveries.mapped("state"), ["waiting", "skipped"])

    def test_nobody_reaches_deliveries_of_another_company(self):
        shared = self._create_endpoint()
        events = self._emit(self.site | self.foreign_site)
        self._commit()
        deliveries = events.delivery_ids
        self._fail(deliveries)
        self._report()
        own = deliveries.filtered(lambda each: each.company_id == self.company)
        foreign = deliveries - own
        self.assertNotEqual(own.exception_id, foreign.exception_id)
        with self.assertRaises(AccessError):
            self._dialog(foreign)
        dialogs = self.env["ops.delivery.override"].with_user(self.manager)
        chosen = [Command.set(deliveries.ids)]
        with self.assertRaises(AccessError):
            dialogs.create({"decision": "replay", "reason": "x", "delivery_ids": chosen})
        # Chosen while the company could still be entered.
        self.manager.company_ids |= self.other_company
        both = self.manager.company_ids.ids
        dialog = self._dialog(deliveries.with_context(allowed_company_ids=both))
        self.manager.company_ids -= self.other_company
        dialog = dialogs.browse(dialog.id)
        dialog.reason = "x"
        dialog.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((own.state, foreign.state), ("waiting", "dead"))
        self._fail(own)
        self._decide(shared, "action_replay_dead")
        self.assertEqual((own.state, foreign.state), ("waiting", "dead"))

    def test_site_manager_reaches_own_sites_only(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        deliveries = self._dead(1, self.site | self.other_site, endpoint)
        local = self._create_user("manager", "t_local", ops_site_ids=[Command.set(self.site.ids)])
        exception = deliveries.exception_id
        self.assertEqual(len(exception), 1)
        self.assertFalse(exception.site_id, "it tells of two sites")
        self.assertEqual(exception.with_user(local).dead_letter_count, 1)
        self._decide(exception, user=local)
        states = {each.site_id: each.state for each in deliveries}
        self.assertEqual(states, {self.site: "waiting", self.other_site: "dead"})
        with self.assertRaisesRegex(UserError, "no dead letters"):
            self._dialog(endpoint, "action_replay_dead", user=local)

    def test_endpoint_replays_all_dead_letters_or_those_of_one_cause(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        refused = self._dead(1, self.site, endpoint, status=404)
        failed = self._dead(1, self.other_site, endpoint, status=500)
        self._decide(endpoint, "action_replay_cause", "server_error")
        self.assertEqual((refused.state, failed.state), ("dead", "waiting"))
        self._decide(endpoint, "action_skip_cause", "not_found")
        self.assertEqual(refused.state, "skipped")
        with self.assertRaisesRegex(UserError, "no dead letters"):
            endpoint.with_user(self.manager).action_replay_dead()

    def test_ten_thousand_go_in_batches_with_few_queries(self):
        delivery = self._dead()
        endpoint = delivery.endpoint_id
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """WITH more AS (
                        INSERT INTO ops_event (uuid, type_id, type_code, type_version, res_model,
                               res_id, record_name, record_key, company_id, site_id, severity, lane,
                               occurred_at, emitted_at, sealed_at, sequence, state, origin, body,
                               depth)
                        SELECT 'evt_many_' || n, type_id, type_code, type_version, res_model,
                               res_id, record_name, record_key || n, company_id, site_id, severity,
                               lane, occurred_at, emitted_at, sealed_at, sequence + n, state,
                               origin, body, depth
                          FROM ops_event, generate_series(1, 10000) AS n WHERE id = %s
                     RETURNING id, record_key, sequence)
                   INSERT INTO ops_delivery (event_id, endpoint_id, company_id, site_id, lane,
                          record_key, sequence, state, created_at, attempt_count, uncounted,
                          failure_cause, reported, exception_id)
                   SELECT more.id, d.endpoint_id, d.company_id, d.site_id, d.lane,
                          more.record_key, more.sequence, 'dead', d.created_at, 3, 0,
                          d.failure_cause, TRUE, d.exception_id
                     FROM more, ops_delivery d WHERE d.id = %s""",
                delivery.event_id.id,
                delivery.id,
            )
        )
        self.env.invalidate_all()
        dialog = self._dialog(endpoint, "action_replay_dead")
        self.assertEqual(dialog.ready_count, 10001)
        dialog.write({"reason": "Mended", "per_minute": 600})
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        dialog.action_confirm()
        self.assertLess(self.env.cr.sql_log_count - before, 120)
        self.env.invalidate_all()
        mine = [("endpoint_id", "=", endpoint.id)]
        self.assertEqual(
            self.deliveries._read_group(mine, ["state"], ["__count"]), [("waiting", 10001)]
        )
        last = self.deliveries.search(mine, order="next_attempt_at desc", limit=1)
        ahead = last.next_attempt_at - last.replayed_at
        self.assertEqual(round(ahead.total_seconds()), 1000)
        [entry] = self._audited("delivery.replayed")
        details = json.loads(entry.details)
        self.assertEqual((details["count"], len(details["delivery_ids"])), (10001, 100))
        self._decide(self.deliveries.search(mine), "action_skip")
        self.assertEqual(
            self.deliveries._read_group(mine, ["state"], ["__count"]), [("skipped", 10001)]
        )
        self.assertFalse(delivery.exception_id.is_open)
