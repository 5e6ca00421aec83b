import json
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.causation import Cause, caused_by
from .common import TYPE, OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsEventEmit(OpsCase):
    def test_one_event_for_each_record_in_order(self):
        sites = self.other_site | self.site
        events = self._emit(sites)
        self.assertEqual(events.mapped("res_id"), sites.ids)
        self.assertEqual(events.mapped("site_id"), sites)
        self.assertEqual(events.company_id, self.company)
        self.assertEqual(set(events.mapped("state")), {"open"})
        self.assertEqual(events[0].record_name, "[T-HILL] Hill Clinic")
        self.assertTrue(all(uuid.startswith("evt_") for uuid in events.mapped("uuid")))

    def test_data_may_be_made_for_each_record(self):
        events = self.events.emit(
            TYPE, self.site | self.other_site, lambda site: {"number": site.id}
        )
        self._commit()
        for event in events:
            self.assertIn(f'"number":{event.res_id}', event.body)

    def test_data_that_breaks_the_contract_is_refused_naming_each_field(self):
        with self.assertRaises(ValidationError) as caught:
            self.events.emit(TYPE, self.site, {"number": "many", "extra": 1})
        self.assertIn("number:", str(caught.exception))
        self.assertIn("extra:", str(caught.exception))
        self.assertFalse(self.events.search([("type_code", "=", TYPE)]))

    def test_unknown_type_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "test.never.declared"):
            self.events.emit("test.never.declared", self.site)

    def test_record_without_a_company_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "belongs to no company"):
            self._emit(self.env["res.lang"].search([], limit=1))

    def test_nothing_is_written_for_no_record(self):
        self.assertFalse(self._emit(self.env["ops.site"]))

    def test_record_named_twice_is_one_event(self):
        self.assertEqual(len(self._emit(self.site.browse([self.site.id] * 2))), 1)

    def test_switched_off_type_writes_nothing(self):
        self.type.active = False
        self.assertFalse(self._emit())

    def _report(self):
        """What the scheduled action does soon after the commit."""
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda cron, *a, **k: 0):
            self.events.sudo()._cron_raise_invalid()

    # -- guarded --------------------------------------------------------------------------

    def test_guarded_emission_lets_the_document_through(self):
        event = self.events._emit_guarded(TYPE, self.site, {"number": "many"})
        self._commit()
        self.assertEqual(event.state, "invalid")
        self.assertIn("number:", event.invalid_reason)
        self.assertFalse(event.body)
        self._report()
        exception = event.exception_ids
        self.assertEqual(exception.category_id.code, "event_contract")
        self.assertEqual(exception.site_id, self.site)

    def test_guarded_emission_survives_data_that_cannot_be_put_together(self):
        event = self.events._emit_guarded(TYPE, self.site, lambda site: {"number": 1 / 0})
        self.assertIn("ZeroDivisionError", event.invalid_reason)

    def test_repeated_broken_contracts_count_on_one_exception(self):
        for site in (self.site, self.other_site):
            self.events._emit_guarded(TYPE, site, {})
        self._report()
        self._report()
        exception = self.env["ops.exception"].search([("category_id.code", "=", "event_contract")])
        self.assertEqual(exception.occurrence_count, 2)

    def test_guarded_emission_survives_a_record_without_a_place(self):
        event = self.events._emit_guarded(
            TYPE, self.env["res.lang"].search([], limit=1), {"number": 1}
        )
        self.assertEqual((event.state, event.company_id), ("invalid", self.env.company))
        self.assertIn("belongs to no company", event.invalid_reason)

    def test_guarded_emission_of_an_unknown_type_is_logged_and_lets_the_document_through(self):
        with claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "unknown type"):
            self.assertFalse(self.events._emit_guarded("test.never.declared", self.site))

    def test_known_dedup_key_keeps_its_event_whatever_comes_later(self):
        self._create_endpoint()
        event = self._emit(dedup_key="order-1")
        self._commit()
        again = self.events._emit_guarded(TYPE, self.site, {}, dedup_key="order-1")
        self._commit()
        self.assertEqual(again, event)
        self.assertEqual(event.state, "sealed")
        self.assertTrue(event.delivery_ids)

    def test_invalid_event_is_not_delivered(self):
        self._create_endpoint()
        event = self.events._emit_guarded(TYPE, self.site, {})
        self._commit()
        self.assertFalse(event.delivery_ids)

    def test_event_that_turns_invalid_takes_its_deliveries_back(self):
        self._create_endpoint()
        event = self._emit()
        self.env.cr.flush()  # a savepoint seals, too
        self.assertEqual(len(event.delivery_ids), 1)
        self.events._emit_guarded(TYPE, self.site, {})
        self._commit()
        self.assertEqual(event.state, "invalid")
        self.assertFalse(event.delivery_ids)
        self.assertFalse(event.body)

    # -- once -----------------------------------------------------------------------------

    def test_repeat_in_one_transaction_updates_the_event(self):
        first = self._emit(number=1)
        second = self._emit(number=2)
        self._commit()
        self.assertEqual(first, second)
        self.assertIn('"number":2', first.body)

    def test_next_transaction_writes_another_event(self):
        first = self._emit()
        self._commit()
        self.assertNotEqual(self._emit(), first)

    def test_known_dedup_key_returns_the_existing_event(self):
        first = self._emit(dedup_key="order-1")
        self._commit()
        again = self._emit(self.site | self.other_site, number=2, dedup_key="order-1")
        self._commit()
        self.assertEqual(again[0], first)
        self.assertEqual(again[1].site_id, self.other_site)
        self.assertIn('"number":1', first.body)

    def test_different_dedup_keys_are_different_events(self):
        self.assertNotEqual(self._emit(dedup_key="a"), self._emit(dedup_key="b"))

    def test_rolled_back_savepoint_leaves_no_event(self):
        kept = self._emit()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._emit(self.other_site)
            raise ZeroDivisionError
        self._commit()
        self.assertEqual(self.events.search([("type_code", "=", TYPE)]), kept)
        self.assertEqual(kept.state, "sealed")

    def test_event_of_a_rolled_back_savepoint_is_sealed_when_emitted_again(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint(flush=False):
            self._emit()
            raise ZeroDivisionError
        event = self._emit(number=5)
        self._commit()
        self.assertEqual(event.state, "sealed")

    # -- chains ---------------------------------------------------------------------------

    def test_event_starts_a_chain_of_its_own(self):
        event = self._emit()
        self.assertEqual(event.correlation_id, event.uuid)
        self.assertEqual((event.causation_id, event.depth), (False, 0))

    def test_event_within_a_cause_belongs_to_its_chain(self):
        with caused_by(self.env.cr, Cause("evt_cause", "chain-1", 3)):
            event = self._emit()
        self.assertEqual(
            (event.correlation_id, event.causation_id, event.depth), ("chain-1", "evt_cause", 3)
        )
        self.assertFalse(self._emit(self.other_site).causation_id)

    def test_chain_that_goes_in_circles_is_stopped_and_told(self):
        self._create_endpoint()
        for depth, state in ((10, "sealed"), (11, "invalid")):
            with caused_by(self.env.cr, Cause("evt_cause", "chain-1", depth)):
                event = self._emit()
            self._commit()
            self.assertEqual(event.state, state)
        self.assertFalse(event.delivery_ids)
        self._report()
        self.assertEqual(event.exception_ids.category_id.code, "event_loop")
        self.assertIn("chain-1", event.exception_ids.reason)

    def test_context_of_the_client_is_not_trusted(self):
        context = {"causation_id": "evt_forged", "correlation_id": "forged", "depth": 9}
        event = self.events.with_context(**context).emit(TYPE, self.site, {"number": 1})
        self.assertEqual((event.correlation_id, event.depth), (event.uuid, 0))

    def test_neither_language_nor_filters_of_the_actor_change_the_content(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.site.with_context(lang="de_DE").name = "Hafenklinik"
        contents = []
        for context in ({}, {"lang": "de_DE"}, {"active_test": False}):
            events = self.events.with_context(**context)
            record = self.site.with_context(**context)
            event = events.emit(TYPE, record, lambda site: {"number": 1, "note": site.name})
            self._commit()
            contents.append((event.record_name, json.loads(event.body)["data"]["note"]))
        self.assertEqual(set(contents), {("[T-HARBOUR] Harbour Clinic", "Harbour Clinic")})

    # -- history --------------------------------------------------------------------------

    def test_imported_history_is_sealed_with_its_own_time_and_never_delivered(self):
        self._create_endpoint()
        rows = [
            {"record": self.site, "data": {"number": n}, "occurred_at": datetime(2026, 1, n, 8)}
            for n in (2, 1)
        ]
        self.assertEqual(self.events._import_settled(TYPE, rows), 2)
        self._commit()
        events = self.events.search([("type_code", "=", TYPE)], order="sequence")
        self.assertEqual(set(events.mapped("state")), {"sealed"})
        self.assertEqual(set(events.mapped("origin")), {"imported"})
        self.assertEqual([event.occurred_at.day for event in events], [1, 2])
        self.assertFalse(events.delivery_ids)

    def test_person_whose_work_caused_the_event_is_its_actor(self):
        user = self._create_user("requester")
        event = self.events.with_user(user).emit(TYPE, self.site.with_user(user), {"number": 1})
        self.assertEqual(event.actor_id, user)


@tagged("post_install", "-at_install")
class TestOpsEventQueries(OpsCase):
    def _assert_emission_costs_at_most_six(self, records):
        self._create_endpoint()
        records.mapped("display_name")  # the business transaction has read its records
        records.sudo()._ops_place()
        self._emit(self.foreign_site)  # warms what is cached for every transaction
        self._commit()
        self.env.flush_all()
        with self.assertQueryCount(6):
            self._emit(records)
            self.env.cr.flush()

    def test_one_record_costs_at_most_six_queries(self):
        self._assert_emission_costs_at_most_six(self.site)

    def test_a_hundred_records_cost_at_most_six_queries(self):
        sites = self.env["ops.site"].create(
            [
                {
                    "name": f"Site {n}",
                    "code": f"Q{n}",
                    "resource_calendar_id": self.site.resource_calendar_id.id,
                }
                for n in range(100)
            ]
        )
        self._assert_emission_costs_at_most_six(sites)
