import hashlib
import json
from unittest.mock import patch

from odoo.tests import tagged

from ..core.contract import DECLARED
from .common import TYPE, OpsCase


@tagged("post_install", "-at_install")
class TestOpsEventSeal(OpsCase):
    def test_seal_freezes_the_body_and_takes_the_sequence(self):
        event = self._emit(number=7)
        self._commit()
        body = json.loads(event.body)
        self.assertEqual(event.state, "sealed")
        self.assertEqual(body["id"], event.uuid)
        self.assertEqual(body["data"], {"number": 7, "note": None})
        self.assertEqual(body["subject"], f"ops.site/{self.site.id}")
        self.assertEqual(body["site"], "T-HARBOUR")
        self.assertEqual(body["sequence"], str(event.sequence))
        self.assertEqual(event.body_sha256, hashlib.sha256(event.body.encode()).hexdigest())

    def test_sealing_twice_changes_nothing(self):
        self._create_endpoint()
        event = self._emit()
        self.events.sudo()._seal()
        before = (event.body, event.sequence, event.delivery_ids)
        self.events.sudo()._seal()
        event.invalidate_recordset()
        self.assertEqual((event.body, event.sequence, event.delivery_ids), before)

    def test_repeat_after_a_savepoint_opens_the_event_again(self):
        self._create_endpoint()
        event = self._emit(number=1)
        with self.env.cr.savepoint():  # entering it seals
            self.assertEqual(event.state, "sealed")
            self._emit(number=2)
            self.assertEqual(event.state, "open")
        self._commit()
        self.assertEqual(event.state, "sealed")
        self.assertIn('"number":2', event.body)
        self.assertEqual(len(event.delivery_ids), 1)

    def test_event_that_happened_again_comes_after_what_happened_meanwhile(self):
        down, up = self.type, self.type.copy({"code": "test.thing.undone"})
        DECLARED.events[up.code] = DECLARED.events[down.code]
        self.addCleanup(DECLARED.events.pop, up.code)
        first = self._emit()
        self.env.cr.flush()
        undone = self.events.emit(up.code, self.site, {"number": 1})
        self.env.cr.flush()
        self.assertEqual(self._emit(), first)
        self._commit()
        self.assertGreater(first.sequence, undone.sequence)

    def test_event_emitted_by_a_later_hook_is_sealed_too(self):
        event = self.events

        def later():
            nonlocal event
            event = self._emit(self.other_site)

        self._emit()
        self.env.cr.precommit.add(later)
        self._commit()
        self.assertEqual(event.state, "sealed")

    def test_one_delivery_for_each_subscribed_endpoint(self):
        wanted = self._create_endpoint(name="wanted")
        for values in (
            {"event_patterns": "supply.*"},
            {"min_severity": "critical"},
            {"company_id": self.other_company.id},
            {"site_ids": [(6, 0, self.other_site.ids)]},
            {"state": "disabled"},
            {"url": False},
            {"active": False},
        ):
            self._create_endpoint(**values)
        held = self._create_endpoint(name="held", state="paused", site_ids=[(6, 0, self.site.ids)])
        event = self._emit()
        self._commit()
        self.assertEqual(event.delivery_ids.endpoint_id, wanted | held)
        self.assertEqual(set(event.delivery_ids.mapped("state")), {"waiting"})
        self.assertEqual(set(event.delivery_ids.mapped("lane")), {"critical"})

    def test_subscribing_never_sends_the_past(self):
        event = self._emit()
        self._commit()
        self._create_endpoint()
        self._commit()
        self.assertFalse(event.delivery_ids)

    def test_lane_is_woken_once_a_transaction(self):
        self._create_endpoint()
        cron = self.env.ref("healthcare_ops_automation.cron_deliver_critical")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        for site in (self.site, self.other_site):
            self._emit(site)
            self.env.cr.flush()
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after - before, 1)

    def test_nothing_leaves_a_neutralized_database(self):
        self._create_endpoint()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        event = self._emit()
        self._commit()
        self.assertEqual(event.state, "sealed")
        self.assertFalse(event.delivery_ids)

    def test_nothing_leaves_while_modules_are_installed(self):
        self._create_endpoint()
        with patch.object(self.registry, "ready", False):
            event = self._emit()
            self._commit()
        self.assertEqual(event.state, "sealed")
        self.assertFalse(event.delivery_ids)

    def test_nothing_leaves_on_an_import_dry_run(self):
        self._create_endpoint()
        importer = self.env["base_import.import"].create(
            {"res_model": "ops.site", "file": b"name,code\nNew,NEW\n", "file_type": "text/csv"}
        )
        create = type(self.env["ops.site"]).create

        def create_and_emit(sites, vals_list):
            created = create(sites, vals_list)
            self._emit(created)
            return created

        with patch.object(type(self.env["ops.site"]), "create", create_and_emit):
            result = importer.execute_import(
                ["name", "code"],
                ["name", "code"],
                {"quoting": '"', "separator": ",", "has_headers": True},
                dryrun=True,
            )
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result)
        self._commit()
        self.assertFalse(self.events.search([("type_code", "=", TYPE)]))
        self.assertFalse(self.env["ops.delivery"].search([]).filtered("event_id.type_id"))
