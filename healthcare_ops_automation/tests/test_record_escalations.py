from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ROLES
from .escalating import EscalationCase

BUTTON = "//widget[@name='ops_record_escalations']"
READERS = {"user", "manager", "admin", "auditor"}


@tagged("post_install", "-at_install")
class TestRecordEscalations(EscalationCase):
    """Who sees that a record is escalated."""

    def _buttons(self, model, view_type="form", user=None):
        records = self.env[model].with_user(user) if user else self.env[model]
        return etree.fromstring(records.get_view(None, view_type)["arch"]).xpath(BUTTON)

    def test_a_model_s_form_gets_the_button_with_its_first_escalation(self):
        self.assertFalse(self._buttons("res.partner.category"))
        partner = self.env["res.partner"].create({"name": "Late"})
        policy = self._policy(
            {"kind": "message", "recipient": "followers", "text": "x"}, model="res.partner"
        )
        policy._start(partner, "late")
        self.assertEqual(len(self._buttons("res.partner")), 1)
        self.assertEqual(self._buttons("res.partner")[0].getparent().get("name"), "button_box")
        self.assertFalse(self._buttons("res.partner", "list"))
        self.assertFalse(self._buttons("res.partner.category"))

    def test_it_is_there_for_those_who_may_read_escalations(self):
        self._policy({})._start(self._waiting(), "late")
        site_policy = self._policy(
            {"kind": "message", "recipient": "followers", "text": "x"}, model="ops.site"
        )
        site_policy._start(self.site, "late")
        for role in ROLES:
            with self.subTest(role):
                user = self._create_user(role)
                readable = self.env["ops.escalation"].with_user(user).has_access("read")
                buttons = self._buttons("ops.site", user=user)
                self.assertEqual((bool(buttons), readable), (role in READERS,) * 2)

    def test_escalations_of_another_company_or_site_are_not_seen(self):
        policy = self._policy({})
        foreign = policy._start(self._waiting(self.foreign_site), "late")
        elsewhere = policy._start(self._waiting(self.other_site, name="e"), "late")
        here = policy._start(self._waiting(), "late")
        self._pass(hours=1)
        bound = self._create_user("user", "t_bound", ops_site_ids=[Command.set(self.site.ids)])
        for records in (foreign, foreign.log_ids):
            for role in ("manager", "auditor", "admin"):
                with self.assertRaises(AccessError, msg=(records, role)):
                    records.with_user(self._create_user(role, f"t_{records._name}_{role}")).read(
                        ["id"]
                    )
        for records in (elsewhere, elsewhere.log_ids):
            with self.assertRaises(AccessError, msg=records):
                records.with_user(bound).read(["id"])
        found = self.runs.with_user(bound).search([("policy_id", "=", policy.id)])
        self.assertEqual(found, here)
        self.assertTrue(here.log_ids.with_user(bound).read(["result"]))

    def test_record_is_opened_by_who_may_read_it(self):
        run = self._policy({})._start(self._waiting(), "late")
        self.assertEqual(run.with_user(self.boss).action_open_record()["res_id"], run.res_id)
        approver = self._create_user("approver")
        with self.assertRaises(AccessError):
            run.sudo().with_user(approver).action_open_record()
