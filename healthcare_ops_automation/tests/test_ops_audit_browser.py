from odoo.tests import HttpCase, tagged

from .trail import TrailCase

ENGINE = "healthcare_ops_automation"


@tagged("post_install", "-at_install", "browser")
class TestTrailInBrowser(TrailCase, HttpCase):
    def test_an_auditor_verifies_after_tampering_and_sees_which_entry(self):
        own = {"company_id": self.chain_id, "company_ids": [self.chain_id]}
        auditor = self._create_user("auditor", "t_tour_auditor", **own)
        entries = self._record(3)
        self._tamper(
            "ops_audit_entry",
            "UPDATE ops_audit_entry SET actor_label = 'Somebody else' WHERE id = %s",
            entries[0].id,
        )
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", entries[1].id)
        self.start_tour(
            f"/odoo/action-{ENGINE}.ops_audit_entry_action",
            f"{ENGINE}.trail_verify",
            login=auditor.login,
        )
        path = f"/odoo/ops.audit.entry/{entries[0].id}"
        self.start_tour(path, f"{ENGINE}.trail_entry", login=auditor.login)
        self.env.invalidate_all()
        done = self.verifications.search([("company_id", "=", self.chain_id)])
        self.assertEqual((done.result, done.finding_count), ("found", 2))
        self.assertEqual(done.actor_id, auditor.id)
