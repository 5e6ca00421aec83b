from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.fallback import ops_fallback_catch_up
from .by_hand import ByHandCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsFallbackCatchUp(ByHandCase):
    """The list of what happened while a rule or a scheduled action was off."""

    def _partner(self, ref="T-CATCH", **values):
        return self.env["res.partner"].create(
            {"name": "Somebody", "ref": ref, "company_id": self.company.id, **values}
        )

    def _age(self, records, hours):
        self.env.flush_all()
        past = fields.Datetime.now() - timedelta(hours=hours)
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s, create_date = %s WHERE id = ANY(%s)",
            [past, past, records.ids],
        )
        self.env.invalidate_all()

    def _over(self, real, kind="rule", **values):
        """A fallback of that thing which began an hour ago."""
        automation = self._enter(kind, real, **values)
        fallback = self._begin(automation)
        fallback.sudo().since = fields.Datetime.now() - timedelta(hours=1)
        return automation, fallback

    def _listed(self, fallback):
        return {item.res_id for item in fallback.item_ids if item.res_model == "res.partner"}

    def test_records_that_match_the_filter_and_changed_meanwhile_are_listed(self):
        rule = self._create_rule()
        automation, fallback = self._over(rule)
        self.assertEqual((rule.active, automation.state), (False, "fallback"))
        before, meanwhile, other = self._partner(), self._partner(), self._partner("ELSE")
        archived = self._partner(active=False)
        foreign = self._partner(company_id=self.other_company.id)
        self._age(before, 3)
        self._age(meanwhile + other + archived + foreign, 0.5)
        self._finish(fallback)
        self.assertEqual((rule.active, automation.state), (True, "on"))
        self.assertEqual(self._listed(fallback), {meanwhile.id, archived.id})
        self.assertIn("as far as can be told", fallback.catch_up_note)
        fallback.item_ids.with_user(self.user).action_redone()
        self.assertEqual(fallback.state, "closed")

    def test_a_record_s_name_is_told_to_who_may_read_it(self):
        _automation, fallback = self._over(self._create_rule())
        partner = self._partner(name="Confidential")
        self._age(partner, 0.5)
        self._finish(fallback)
        item = fallback.item_ids.with_user(self.user)
        self.assertEqual(item.record_name, "Confidential")
        rule = self.env["ir.rule"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {partner.id})]",
            }
        )
        self.env.invalidate_all()
        self.assertNotIn("Confidential", item.record_name)
        with self.assertRaises(AccessError):
            item.action_open_record()
        rule.unlink()
        partner.unlink()
        self.env.invalidate_all()
        self.assertEqual(item.record_name, "Deleted")
        with self.assertRaisesRegex(UserError, "does not exist"):
            item.action_open_record()

    def test_what_cannot_be_known_is_said(self):
        for values, said in (
            ({"trigger": "on_unlink"}, "nothing tells afterwards"),
            (
                {
                    "trigger": "on_time_created",
                    "trg_date_range": 1,
                    "trg_date_range_type": "hour",
                },
                "makes up by itself",
            ),
        ):
            with self.subTest(values["trigger"]):
                _automation, fallback = self._over(self._create_rule(**values))
                self._finish(fallback)
                self.assertIn(said, fallback.catch_up_note)
                self.assertEqual(fallback.state, "closed")
        _automation, fallback = self._over(self._create_cron(), "cron")
        self._finish(fallback)
        self.assertIn("when it runs again", fallback.catch_up_note)

    def test_a_filter_that_nobody_can_evaluate_does_not_keep_it_from_ending(self):
        rule = self._create_rule()
        _automation, fallback = self._over(rule)
        self.env.cr.execute(
            "UPDATE base_automation SET filter_domain = '[(''nowhere'', ''='', 1)]' WHERE id = %s",
            [rule.id],
        )
        self.env.invalidate_all()
        with claim_log("odoo.addons.healthcare_ops_automation", "ERROR", "cannot be evaluated"):
            self._finish(fallback)
        self.assertIn("cannot be evaluated", fallback.catch_up_note)
        self.assertTrue(rule.active)

    def test_there_are_more_than_anybody_goes_through(self):
        _automation, fallback = self._over(self._create_rule())
        self._age(self._partner() + self._partner() + self._partner(), 0.5)
        with patch.object(ops_fallback_catch_up, "RECORDS_LISTED", 2):
            self._finish(fallback)
        self.assertEqual(len(fallback.item_ids), 2)
        self.assertIn("there are more", fallback.catch_up_note)

    def test_a_fallback_takes_over_what_was_switched_off(self):
        cron = self._create_cron()
        automation = self._enter("cron", cron)
        self._switch(automation, "off", "Odd results.")
        fallback = self._begin(automation)
        self.assertEqual(automation.state, "fallback")
        self._finish(fallback)
        self.assertEqual((automation.state, cron.active), ("on", True))
        self.assertFalse(automation.off_reason)

    def test_switched_on_elsewhere_the_fallback_says_so(self):
        cron = self._create_cron()
        automation = self._enter("cron", cron)
        fallback = self._begin(automation)
        cron.active = True
        self.assertIn("switched it on again", automation.state_text)
        self.assertTrue(fallback.runs_again)
        self._finish(fallback)
        self.assertEqual((automation.state, cron.active), ("on", True))

    def test_what_stops_is_read_before_working_by_hand_too(self):
        automation = self._enter("cron", self._create_cron(), consequence="Nobody is told.")
        with self.assertRaisesRegex(UserError, "read what stops"):
            self._begin(automation)
        self.assertEqual(self._begin(automation, understood=True).state, "active")

    # -- on paper -------------------------------------------------------------------------

    def _entry(self, fallback, user=None, **values):
        items = self.env["ops.fallback.item"].with_user(user or self.user)
        return items.create(
            {
                "fallback_id": fallback.id,
                "name": "Ordered gloves",
                "done_by": "Ward 3",
                "happened_at": fields.Datetime.now() - timedelta(minutes=30),
                **values,
            }
        )

    def test_what_was_done_on_paper_is_entered_and_settled(self):
        _automation, fallback = self._over(self._create_cron(), "cron")
        partner = self._partner()
        entry = self._entry(fallback, record_ref=f"res.partner,{partner.id}")
        self.assertEqual(
            (entry.kind, entry.state, entry.company_id), ("manual", "open", self.company)
        )
        self.assertEqual((entry.res_model, entry.res_id), ("res.partner", partner.id))
        self.assertEqual(entry.action_open_record()["res_id"], partner.id)
        entry.note = "Two boxes"
        self._finish(fallback)
        self.assertEqual(fallback.state, "catching_up")
        entry.action_done()
        self.assertEqual((fallback.state, entry.settled_by_id), ("closed", self.user))
        with self.assertRaisesRegex(UserError, "is closed"):
            self._entry(fallback)
        with self.assertRaisesRegex(UserError, "closed"):
            entry.action_reopen()

    def test_settled_by_mistake_is_taken_up_again(self):
        _automation, fallback = self._over(self._create_cron(), "cron")
        entry = self._entry(fallback)
        entry.action_not_needed()
        with self.assertRaisesRegex(UserError, "settled that already"):
            entry.action_done()
        with self.assertRaisesRegex(UserError, "is settled"):
            entry.name = "Something else"
        entry.action_reopen()
        self.assertEqual((entry.state, entry.settled_by_id.id), ("open", False))

    def test_people_enter_paper_and_nothing_else(self):
        _automation, fallback = self._over(self._create_rule())
        for values in (
            {"kind": "record"},
            {"state": "done"},
            {"settled_by_id": self.manager.id},
            {"res_model": "res.users"},
        ):
            with self.assertRaises(UserError, msg=values):
                self._entry(fallback, **values)
        self._age(self._partner(), 0.5)
        self._finish(fallback)
        item = fallback.item_ids.with_user(self.user)
        with self.assertRaisesRegex(UserError, "what happened"):
            item.name = "Something else"
        with self.assertRaises(UserError):
            item.state = "done"
        item.note = "Looked at"
        with self.assertRaises(AccessError):
            item.unlink()
        with self.assertRaises(AccessError):
            item.with_user(self._create_user("auditor")).action_done()

    def test_a_record_of_a_module_that_is_gone_does_no_harm(self):
        _automation, fallback = self._over(self._create_cron(), "cron")
        entry = self._entry(fallback)
        entry.sudo().write({"res_model": "not.installed", "res_id": 3})
        self.env.invalidate_all()
        self.assertFalse(entry.record_ref or entry.record_name)
        with self.assertRaisesRegex(UserError, "does not exist"):
            entry.action_open_record()
