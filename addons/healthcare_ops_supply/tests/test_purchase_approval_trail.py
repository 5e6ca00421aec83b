import csv
import io

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.healthcare_ops_approvals.hooks import uninstall_hook

from .approvals import OPS
from .approvals_rpc import ApprovalRpcCase

DECISION = "ops.approval.decision"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalTrail(ApprovalRpcCase):
    """Decisions are part of the trail: sealed, verified, exported, printed; changed by nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()
        cls.auditor = cls.person("auditor", OPS % "auditor")
        cls.decisions = cls.env[DECISION]

    def decided(self, count=2):
        """Decisions on as many orders, sealed."""
        made = self.decisions.sudo()
        for _number in range(count):
            order = self.submitted(1000)
            self.approve(order, self.lead)
            made += self.request_of(order).decision_ids.sudo()
        self.seal()
        return made

    def seal(self):
        self.env.flush_all()
        while self.env["ops.audit.seal"]._seal_batch():
            pass
        self.env.invalidate_all()

    def found(self):
        """What a verification finds about decisions: kind and id of each."""
        done = self.env["ops.audit.verification"]._verify([self.company.id])
        return [(each["kind"], each["entry"]) for each in done._findings_in_words()]

    def tamper(self, statement, *values):
        """As who owns the database can: with the triggers off."""
        self.env.flush_all()
        table = SQL("ALTER TABLE ops_approval_decision")
        self.env.cr.execute(SQL("%s DISABLE TRIGGER USER", table))
        self.env.cr.execute(SQL(statement, *values))
        self.env.cr.execute(SQL("%s ENABLE TRIGGER USER", table))
        self.env.invalidate_all()

    # -- seals ------------------------------------------------------------------------------

    def test_each_decision_is_sealed_and_found_true(self):
        decisions = self.decided()
        self.assertEqual(decisions.mapped("integrity"), ["sealed", "sealed"])
        seals = self.env["ops.audit.seal"].search([("res_model", "=", DECISION)])
        self.assertLessEqual(set(decisions.ids), set(seals.mapped("entry_id")))
        self.assertEqual(self.found(), [])

    def test_changed_and_removed_decisions_are_located(self):
        first, second = self.decided()
        self.tamper(
            "UPDATE ops_approval_decision SET comment = 'Fine with me' WHERE id = %s", first.id
        )
        self.assertEqual(self.found(), [("entry_changed", first.id)])
        facts = {name: first[name] for name in self.decisions._append_facts}
        later = {name: first[name] for name in self.decisions._append_later_facts}
        digest = self.decisions._digest({**facts, **later})
        self.tamper("UPDATE ops_approval_decision SET digest = %s WHERE id = %s", digest, first.id)
        self.assertTrue(first.digest_ok)
        self.assertEqual(self.found(), [("entry_rewritten", first.id)])
        gone = second.id
        self.tamper("DELETE FROM ops_approval_decision WHERE id = %s", gone)
        self.assertIn(("entry_removed", gone), self.found())

    def test_on_whose_behalf_it_was_decided_is_covered_too(self):
        [decision] = self.decided(1)
        self.tamper(
            "UPDATE ops_approval_decision SET on_behalf_of_id = %s WHERE id = %s",
            self.manager.id,
            decision.id,
        )
        self.assertEqual(self.found(), [("entry_changed", decision.id)])

    def test_decision_inserted_past_the_triggers_is_located(self):
        [decision] = self.decided(1)
        columns = [*self.decisions._append_facts, "digest"]
        copied = [name for name in columns if name != "assignment_id"]
        names = SQL(", ").join(map(SQL.identifier, copied))
        self.tamper(
            "INSERT INTO ops_approval_decision (%s) SELECT %s FROM ops_approval_decision"
            " WHERE id = %s",
            names,
            names,
            decision.id,
        )
        self.env.cr.execute("SELECT max(id) FROM ops_approval_decision")
        [inserted] = self.env.cr.fetchone()
        self.assertEqual(self.found(), [("entry_inserted", inserted)])

    def test_uninstallation_is_recorded_so_that_their_seals_are_explained(self):
        decisions = self.decided()
        uninstall_hook(self.env)
        self.tamper_after_uninstallation()
        self.seal()
        done = self.env["ops.audit.verification"]._verify([self.company.id])
        self.assertEqual((done.finding_count, done.purged_count), (0, len(decisions)))

    def tamper_after_uninstallation(self):
        self.env.cr.execute("DELETE FROM ops_approval_decision")
        self.env.invalidate_all()

    # -- pages, export, report --------------------------------------------------------------

    def test_page_is_for_managers_administrators_and_auditors(self):
        menu = self.env.ref("healthcare_ops_approvals.menu_approval_decision")
        decisions = self.decided()
        for user in (self.manager, self.admin, self.auditor):
            self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())
            self.assertEqual(decisions.with_user(user).mapped("integrity"), ["sealed", "sealed"])
        for user in (self.buyer, self.lead):
            self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())
            with self.assertRaises(AccessError):
                self.decisions.with_user(user).search([])

    def test_decision_leads_to_its_request(self):
        [decision] = self.decided(1)
        action = decision.with_user(self.auditor).action_open_request()
        self.assertEqual(action["res_id"], decision.request_id)

    def test_manager_exports_what_a_manager_may_read(self):
        decisions = self.decided()
        elsewhere = self.env["ops.site"].create(
            {
                "name": "South",
                "code": "T-SOUTH",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
            }
        )
        self.tamper(
            "UPDATE ops_approval_decision SET site_id = %s WHERE id = %s",
            elsewhere.id,
            decisions[1].id,
        )
        self.manager.ops_site_ids = [Command.set(self.site.ids)]
        dialog = (
            self.env["ops.audit.export"]
            .with_user(self.manager)
            .create({"trail": DECISION, "company_id": self.company.id})
        )
        self.env.flush_all()
        self.authenticate(self.manager.login, self.manager.login)
        response = self.url_open(dialog.action_export()["url"])
        text = response.content.decode("utf-8-sig")
        [row] = csv.DictReader(io.StringIO(text, newline=""))
        first = decisions[0]
        self.assertEqual(
            [row[name] for name in ("id", "kind", "version", "digest", "seal_hash", "integrity")],
            [str(first.id), "approve", "1", first.digest, first.seal_hash, "sealed"],
        )
        self.assertEqual(row["actor_label"], f"{self.lead.name} ({self.lead.login})")

    def test_printed_trail_tells_who_decided_and_what_was_verified(self):
        decisions = self.decided(1)
        request = self.env["ops.approval.request"].browse(decisions.request_id)
        self.env["ops.audit.verification"]._verify([self.company.id])
        report = self.env.ref("healthcare_ops_approvals.ops_approval_request_trail_report")

        def page(user, name=report.report_name, records=request):
            html, _kind = report.with_user(user)._render_qweb_html(name, records.ids)
            return " ".join(html.decode().split())

        told = page(self.auditor)
        for words in (
            request.name,
            "Lead",
            f"{self.lead.name} ({self.lead.login})",
            decisions.digest,
            decisions.seal_hash,
            "1 are as they were sealed",
            "nothing found",
        ):
            self.assertIn(words, told)
        both = page(self.auditor, "healthcare_ops_approvals.report_decisions", decisions)
        self.assertIn("Extract of 1 decisions", both)
        self.tamper("UPDATE ops_approval_decision SET kind = 'reject' WHERE id = %s", decisions.id)
        self.assertIn("CHANGED", page(self.auditor))
        with self.assertRaises(AccessError):
            page(self.buyer)

    # -- over the HTTP API ------------------------------------------------------------------

    def test_no_role_edits_deletes_or_empties_decisions(self):
        [decision] = self.decided(1)
        one = decision.ids
        for user in (self.buyer, self.lead, self.manager, self.admin, self.auditor):
            self.refused(user, DECISION, "write", one, vals={"comment": "forged"})
            self.refused(user, DECISION, "unlink", one)
            self.refused(user, DECISION, "create", vals_list=[{"kind": "approve"}])
            for private in ("_keep", "_append", "_drop_append_only", "init"):
                self.refused(user, DECISION, private, one)
