import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.hooks import uninstall_hook
from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .approvals import BUYER, OPS, ApprovalCase

TRIGGERS = """
    SELECT count(*) FROM pg_trigger
     WHERE tgrelid = 'ops_approval_decision'::regclass AND NOT tgisinternal
"""


@tagged("post_install", "-at_install")
class TestPurchaseApprovalKept(ApprovalCase):
    """What was decided stays as it was, whatever becomes of those who decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()

    def decided(self):
        order = self.submitted(1000)
        self.approve(order, self.lead)
        return self.request_of(order).decision_ids

    def test_the_database_refuses_update_delete_and_truncate(self):
        self.decided()
        for statement in (
            "UPDATE ops_approval_decision SET actor_label = 'Somebody else'",
            "DELETE FROM ops_approval_decision",
            "TRUNCATE ops_approval_decision",
            "TRUNCATE ops_approval_decision CASCADE",
        ):
            with (
                claim_log("odoo.sql_db", "ERROR", "append-only"),
                self.assertRaises(psycopg2.errors.RestrictViolation, msg=statement),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_a_changed_decision_is_found_out(self):
        decision = self.decided()
        self.assertTrue(decision.digest_ok)
        for name, value in (("actor_id", 1), ("version", 7), ("comment", "Fine with me")):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    "ALTER TABLE ops_approval_decision"
                    " DISABLE TRIGGER ops_approval_decision_no_change"
                )
                self.env.cr.execute(
                    f"UPDATE ops_approval_decision SET {name} = %s WHERE id = %s",
                    [value, decision.id],
                )
                decision.invalidate_recordset()
                self.assertFalse(decision.digest_ok)
                savepoint.rollback()
        decision.invalidate_recordset()
        self.assertTrue(decision.digest_ok)

    def test_a_seat_decides_once(self):
        decision = self.decided()
        seat = self.env["ops.approval.assignment"].browse(decision.assignment_id)
        request = self.env["ops.approval.request"].browse(decision.request_id)
        with (
            claim_log("odoo.sql_db", "ERROR", "seat_uniq"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            decision.with_user(self.lead)._append("approve", request, seat=seat)

    def test_merging_partners_leaves_decisions_as_they_are(self):
        decision = self.decided()
        other = self.env["res.partner"].create({"name": "Another Vendor"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.vendor | other).ids, other)
        decision.invalidate_recordset()
        self.assertTrue(decision.digest_ok)
        self.assertEqual(decision.actor_label, "Lead (t_approval_lead)")

    def test_archiving_who_decided_leaves_decisions_as_they_are(self):
        decision = self.decided()
        self.lead.active = False
        self.lead.name = "Somebody else"
        decision.invalidate_recordset()
        self.assertTrue(decision.digest_ok)
        self.assertEqual(decision.actor_label, "Lead (t_approval_lead)")
        request = self.env["ops.approval.request"].browse(decision.request_id)
        [told] = request.with_user(self.manager).panel_data()["history"]
        self.assertEqual(told["who"], "Lead (t_approval_lead)")

    def test_who_submitted_decided_or_is_named_is_archived_and_not_deleted(self):
        stranger = self.person("stranger", OPS % "approver", BUYER)
        self.decided()
        for user, why in (
            (self.buyer, "submitted approval requests"),
            (self.lead, "was asked to approve; is named in approval policies"),
            (self.board[0], "is named in approval policies"),
            (self.second_admin, "published approval policies"),
        ):
            with self.assertRaisesRegex(UserError, f"“{user.name}” cannot be deleted: {why}"):
                user.unlink()
        stages = self.policy.version_ids.row_ids.stage_ids
        self.assertEqual(stages.user_ids, self.lead | self.board)
        stranger.unlink()
        self.assertFalse(stranger.exists())

    def test_a_column_added_by_an_upgrade_does_not_touch_decisions(self):
        decision = self.decided()
        self.env.cr.execute(
            "ALTER TABLE ops_approval_decision ADD COLUMN added_later varchar DEFAULT 'x'"
        )
        module = {"module": "healthcare_ops_approvals"}
        self.registry.init_models(self.env.cr, ["ops.approval.decision"], module, install=False)
        self.env.cr.execute(TRIGGERS)
        self.assertEqual(self.env.cr.fetchone(), (3,))
        decision.invalidate_recordset()
        self.assertTrue(decision.digest_ok)
        with (
            claim_log("odoo.sql_db", "ERROR", "append-only"),
            self.assertRaises(psycopg2.errors.RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM ops_approval_decision")

    def test_decisions_have_no_foreign_keys(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = 'ops_approval_decision'::regclass"
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_uninstalling_takes_triggers_and_numbers_away(self):
        self.decided()
        with self.env.cr.savepoint() as savepoint:
            uninstall_hook(self.env)
            self.env.cr.execute(TRIGGERS)
            self.assertEqual(self.env.cr.fetchone(), (0,))
            self.env.cr.execute("SELECT to_regclass('ops_approval_request_number')")
            self.assertEqual(self.env.cr.fetchone(), (None,))
            self.env.cr.execute("DROP TABLE ops_approval_decision")
            savepoint.rollback()
