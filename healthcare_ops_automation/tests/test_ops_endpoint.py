from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import OpsCase
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsEndpoint(OpsCase):
    def test_each_bad_value_is_refused_naming_the_field(self):
        for values, field in (
            ({"url": "ftp://host/x"}, "URL"),
            ({"url": "https://user:pw@host/x"}, "URL"),
            ({"url": "https://"}, "URL"),
            ({"url": "https://host:port/"}, "URL"),
            ({"secret_out": "secret"}, "Signing secret"),
            ({"secret_in": False}, "Callback secret"),
            ({"allowed_networks": "10.0.0.300"}, "Allowed networks"),
            ({"event_patterns": "supply.(.*)+"}, "Event types"),
            ({"event_patterns": " "}, "Event types"),
            ({"connect_timeout": 0}, "Connect within"),
            ({"total_timeout": 30.5}, "Answer within"),
            ({"connect_timeout": 9, "total_timeout": 8}, "Answer within"),
            ({"max_attempts": 0}, "Attempts at most"),
            ({"concurrency_limit": 0}, "Requests at once"),
            ({"concurrency_limit": 257}, "Requests at once"),
            ({"rate_limit": -1}, "Requests a minute"),
            ({"previous_secret_in": "secret"}, "Old callback secret"),
            ({"tls_verification": "own"}, "Own certificates"),
            ({"user_id": self._create_user("user").id}, "Integration user"),
        ):
            with self.assertRaisesRegex(ValidationError, field, msg=values):
                self._create_endpoint(**values)

    def test_secrets_and_addresses_differ_for_each_endpoint(self):
        one = self._create_endpoint()
        one.action_rotate_secret_out()
        two = one.copy()
        self.assertFalse(two.previous_secret_out or two.previous_secret_out_until)
        for name in ("secret_out", "secret_in", "token"):
            self.assertTrue(one[name])
            self.assertNotEqual(one[name], two[name], name)
        self.assertNotEqual(one.secret_out, one.secret_in)

    def test_only_administrators_read_url_and_secrets(self):
        endpoint = self._create_endpoint()
        for role in ("manager", "auditor"):
            seen = endpoint.with_user(self._create_user(role))
            self.assertEqual(seen.name, "Receiver")
            for name in (
                "url",
                "secret_out",
                "secret_in",
                "previous_secret_out",
                "previous_secret_in",
                "token",
                "allowed_networks",
                "tls_ca",
                "header_ids",
            ):
                with self.assertRaises(AccessError, msg=(role, name)):
                    seen.read([name])
        admin = endpoint.with_user(self._create_user("admin"))
        self.assertTrue(admin.read(["url", "secret_in"])[0]["secret_in"])

    def test_changes_are_audited_without_secrets(self):
        endpoint = self._create_endpoint()
        endpoint.write({"secret_out": endpoint.secret_in, "min_severity": "high"})
        entry = self.env["ops.audit.entry"].search(
            [("res_model", "=", "ops.endpoint"), ("res_id", "=", endpoint.id)], limit=1
        )
        self.assertEqual(entry.action, "endpoint.changed")
        self.assertIn('"min_severity": "high"', entry.details)
        self.assertIn('"secret_out": "changed"', entry.details)
        self.assertNotIn("whsec_", entry.details)

    def test_nobody_breaks_an_endpoint_by_hand(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        admin = endpoint.with_user(self._create_user("admin"))
        with self.assertRaisesRegex(UserError, "Status"):
            admin.state = "broken"
        with self.assertRaisesRegex(UserError, "Status"):
            admin.create({"name": "Made broken", "state": "broken"})
        self.assertEqual(endpoint.state, "active")

    def test_leaving_broken_forgets_the_failures(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        admin = endpoint.with_user(self._create_user("admin"))
        forgotten = []
        model = type(endpoint)
        with patch.object(model, "_reset_circuit", lambda found: forgotten.extend(found.ids)):
            admin.action_pause()
            endpoint.sudo().state = "broken"
            admin.url = "http://127.0.0.1:9/mended"
            self.assertEqual((endpoint.state, forgotten), ("broken", []))
            admin.action_activate()
        self.assertEqual((endpoint.state, forgotten), ("active", endpoint.ids))

    def test_test_mode_keeps_events_and_holds_what_waits(self):
        with receiver() as server:
            endpoint = self._create_endpoint(url=server.url)
            before = self._emit()
            self._commit()
            endpoint.test_mode = True
            during = self._emit(self.other_site)
            self._commit()
            with self._without_commits():
                self.env["ops.delivery"]._cron_deliver("critical")
            self.assertEqual(server.received, [])
        self.assertEqual(before.delivery_ids.state, "waiting")
        self.assertFalse(during.delivery_ids)
        endpoint.test_mode = False
        after = self._emit(self.other_site, number=2)
        self._commit()
        self.assertTrue(after.delivery_ids)
        self.assertFalse(during.delivery_ids)

    def test_subscribing_never_sends_the_past(self):
        disabled = self._create_endpoint(state="disabled")
        narrow = self._create_endpoint(event_patterns="other.*")
        event = self._emit()
        self._commit()
        self._create_endpoint(name="Latecomer")
        disabled.action_activate()
        narrow.event_patterns = "test.*"
        self._commit()
        ours = [("event_id", "=", event.id), ("endpoint_id.event_patterns", "=", "test.*")]
        self.assertFalse(self.env["ops.delivery"].search(ours))

    def test_copy_sends_nothing_before_it_is_switched_on(self):
        copy = self._create_endpoint().copy()
        self.assertEqual((copy.name, copy.state), ("Receiver (copy)", "disabled"))

    def test_pausing_holds_and_activating_wakes(self):
        endpoint = self._create_endpoint()
        event = self._emit()
        self._commit()
        endpoint.action_pause()
        self.assertEqual(event.delivery_ids.state, "waiting")
        cron = self.env.ref("healthcare_ops_automation.cron_deliver_bulk")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        endpoint.company_id = self.company
        endpoint.with_user(self._create_user("admin")).action_activate()
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertEqual((endpoint.state, after - before), ("active", 1))

    def test_disabling_skips_what_waits(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        event = self._emit()
        self._commit()
        endpoint.with_user(self._create_user("admin")).action_disable()
        self.assertEqual(event.delivery_ids.state, "skipped")
        endpoint.action_activate()
        self.assertEqual(event.delivery_ids.state, "skipped")

    def test_endpoint_of_every_company_is_for_who_may_enter_every_company(self):
        network_wide = self._create_endpoint()
        admin = self._create_user("admin")
        with self.assertRaisesRegex(AccessError, "Company"):
            network_wide.with_user(admin).url = "https://elsewhere.example.org"
        values = {"name": "Mine", "event_patterns": "*", "url": "https://x.example.org"}
        endpoints = self.env["ops.endpoint"].with_user(admin)
        with self.assertRaisesRegex(AccessError, "Company"):
            endpoints.create(values)
        mine = endpoints.create({**values, "company_id": self.company.id})
        with self.assertRaisesRegex(AccessError, "Company"):
            mine.company_id = False
        admin.company_ids = self.env["res.company"].search([])
        mine.company_id = False
        self.assertFalse(mine.company_id)

    def test_counts_say_what_waits_and_what_was_given_up(self):
        endpoint = self._create_endpoint()
        events = self._emit(self.site | self.other_site)
        self._commit()
        events[0].delivery_ids.sudo().state = "dead"
        self.assertEqual((endpoint.waiting_count, endpoint.dead_count), (1, 1))
        for action, name in (
            (endpoint.action_open_waiting(), "unsettled"),
            (endpoint.action_open_dead(), "dead"),
        ):
            self.assertEqual(action["domain"], [("endpoint_id", "=", endpoint.id)])
            self.assertEqual(action["context"], {f"search_default_{name}": 1})
