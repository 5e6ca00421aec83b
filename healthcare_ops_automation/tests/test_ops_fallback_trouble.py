from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .by_hand import ByHandCase


@tagged("post_install", "-at_install")
class TestOpsFallbackTrouble(ByHandCase):
    """Fallbacks while somebody changes, switches or removes what they are about."""

    def _held(self, endpoint, number=1):
        """A delivery that the endpoint holds."""
        event = self._emit(self.site, number=number)
        self._commit()
        return event.delivery_ids.filtered(lambda each: each.endpoint_id == endpoint)

    def _endpoint(self, **values):
        return self._create_endpoint(company_id=self.company.id, **values)

    def test_what_is_skipped_by_disabling_or_archiving_is_on_the_list(self):
        for change in ({"state": "disabled"}, {"active": False}):
            with self.subTest(change):
                endpoint = self._endpoint(name=f"Receiver {change}")
                fallback = self._begin(endpoint)
                delivery = self._held(endpoint)
                endpoint.write(change)
                self.env.invalidate_all()
                self.assertEqual(delivery.state, "skipped")
                self.assertEqual(fallback.item_ids.delivery_id, delivery)
                self._finish(fallback)
                self.assertEqual((fallback.state, fallback.open_count), ("catching_up", 1))
                self.assertFalse(endpoint.active and endpoint.state == "active")

    def test_a_fallback_of_an_endpoint_forgets_that_it_was_switched_off(self):
        endpoint = self._endpoint()
        automation = self._enter("endpoint", endpoint)
        self._switch(automation, "off", "Odd results.")
        fallback = self._begin(automation)
        self._finish(fallback)
        self.assertEqual((automation.state, automation.state_text), ("on", "On"))
        self.assertFalse(automation.sudo().switch_memory or automation.switched_off_at)

    def test_ending_gives_back_what_was_and_no_more(self):
        cron = self._create_cron(active=False)
        automation = self._enter("cron", cron)
        fallback = self._begin(automation)
        self._finish(fallback)
        self.assertFalse(cron.active, "it was off before anybody worked by hand")
        self.assertEqual(automation.state, "off")
        self.assertIn("stays off", " ".join(fallback.message_ids.mapped("body")))

    def test_several_endpoints_at_once_are_not_resumed_past_a_fallback(self):
        by_hand, other = self._endpoint(), self._endpoint(name="Other", state="paused")
        self._begin(by_hand)
        with self.assertRaisesRegex(UserError, "end the fallback"):
            (by_hand + other).with_user(self.manager).action_activate()
        self.assertEqual(by_hand.state, "paused")

    def test_the_list_is_brought_up_to_date_by_who_works_on_it(self):
        endpoint = self._endpoint()
        fallback = self._begin(endpoint)
        self._held(endpoint)
        for role in ("auditor", "requester"):
            with self.assertRaises(AccessError, msg=role):
                fallback.with_user(self._create_user(role)).action_refresh()
        self.assertFalse(fallback.item_ids)

    def test_the_names_on_the_list_take_as_many_queries_as_one(self):
        fallback = self._begin(self._enter("rule", self._create_rule()))
        fallback.sudo().since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.env["res.partner"].create(
            [{"name": f"P {n}", "ref": "T-CATCH", "company_id": self.company.id} for n in range(30)]
        )
        self._finish(fallback)
        counts = []
        for limit in (1, 30):
            self.env.flush_all()
            self.env.invalidate_all()
            items = self.env["ops.fallback.item"].with_user(self.user)
            items = items.search([("fallback_id", "=", fallback.id)], limit=limit)
            items.fetch(["name", "res_model", "res_id"])
            before = self.env.cr.sql_log_count
            self.assertEqual(len(set(items.mapped("record_name"))), limit)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_a_record_without_company_does_not_bring_in_those_of_others(self):
        fallback = self._begin(self._enter("rule", self._create_rule()))
        fallback.sudo().since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        ours, foreign, shared = self.env["res.partner"].create(
            [
                {"name": "P", "ref": "T-CATCH", "company_id": company}
                for company in (self.company.id, self.other_company.id, False)
            ]
        )
        self._finish(fallback)
        self.assertEqual(set(fallback.item_ids.mapped("res_id")), {ours.id, shared.id})
        self.assertNotIn(foreign.id, fallback.item_ids.mapped("res_id"))

    def test_who_looks_after_it_can_see_it(self):
        automation = self._enter("cron", self._create_cron())
        outsider = self._create_user("user", "t_abroad", company_id=self.other_company.id)
        outsider.company_ids = self.other_company
        nobody = self._create_user("integration")
        for person in (outsider, nobody):
            with self.assertRaises(ValidationError) as refused:
                self._begin(automation, user_id=person.id)
            self.assertIn("Looked after by", str(refused.exception))
        fallback = self._begin(automation, user_id=self.user.id)
        self.user.active = False
        self.env.invalidate_all()
        users = self.env["res.users"]
        [item] = [
            each
            for group in users.with_user(self.manager).ops_my_work()["groups"]
            for each in group["items"]
            if each["kind"] == "fallback" and each["res_id"] == fallback.id
        ]
        self.assertEqual(item["state_text"], "Nobody looks after it")

    def test_runbook_and_site_are_of_its_company(self):
        automation = self._enter("cron", self._create_cron())
        foreign = self.runbook.copy({"company_id": self.other_company.id})
        for values in ({"runbook_id": foreign.id}, {"site_id": self.foreign_site.id}):
            with self.assertRaises(ValidationError) as refused:
                self._begin(automation, **values)
            self.assertIn("of another company", str(refused.exception), values)

    def test_what_stops_is_said_before_working_by_hand(self):
        rule = self._create_rule(actions=("One", "Two"))
        shared = self._enter("action", rule.action_server_ids[0])
        with self.assertRaisesRegex(UserError, "read what stops"):
            self._begin(shared)
        endpoint = self._endpoint()
        self._enter("endpoint", endpoint, consequence="No order leaves.")
        with self.assertRaisesRegex(UserError, "read what stops"):
            self._begin(endpoint)
        self.assertEqual(self._begin(endpoint, understood=True).state, "active")

    def test_the_pages_of_rule_job_and_event_type_say_so_too(self):
        rule, cron = self._create_rule(), self._create_cron()
        by_action = self._create_rule("By action")
        for kind, real, page in (
            ("rule", rule, rule),
            ("cron", cron, cron),
            ("action", by_action.action_server_ids, by_action),
            ("event_type", self.type, self.type),
        ):
            with self.subTest(kind):
                self.assertFalse(page.fallback_text)
                fallback = self._begin(self._enter(kind, real))
                self.assertIn("The platform is down.", page.fallback_text)
                self.assertEqual(page.action_open_fallback()["res_id"], fallback.id)
                self._finish(fallback)
                self.assertFalse(page.fallback_text)
