from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .free import FreeRequestCase

TOUR = "healthcare_ops_approvals.request_%s"
CATALOGUE, MINE = "/odoo/ask", "/odoo/my-requests"


@tagged("post_install", "-at_install", "browser")
class TestRequestInBrowser(FreeRequestCase, HttpCase):
    """Requests in the web client: who asks, without other rights; who decides; who sets up."""

    def test_a_requester_files_follows_answers_withdraws_and_asks_again(self):
        self.arm()
        with claim_log("odoo.http", "WARNING", "please give: What you ask for", 1):
            self.start_tour(CATALOGUE, TOUR % "filed", login=self.asker.login)
        self.settle()
        requests = self.env["ops.request"].search([("requester_id", "=", self.asker.id)])
        request = requests
        self.assertEqual((len(request), request.state, request.amount), (1, "submitted", 4200))
        self.assertEqual(self.attached(request).filename, "quotation.txt")
        self.assertEqual(
            self.attached(request).with_context(bin_size=False).file,
            self.document("4,200 for one")["file"].encode(),
        )
        self.approval_of(request).with_user(self.lead).action_ask("Which model?", version=1)
        self.settle()
        self.start_tour(MINE, TOUR % "followed", login=self.asker.login)
        self.settle()
        self.assertEqual((request.state, request.amount), ("submitted", 3900))
        kinds = self.approval_of(request).previous_id.decision_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["ask", "answer", "withdraw"])
        copy = self.env["ops.request"].search([("requester_id", "=", self.asker.id)]) - request
        self.assertEqual((copy.state, copy.amount), ("draft", 3900))

    def test_a_form_that_was_only_looked_at_leaves_no_draft_and_one_begun_does(self):
        self.arm()
        for tour, titles in (("looked_at", []), ("begun", ["A defibrillator"])):
            self.start_tour(CATALOGUE, TOUR % tour, login=self.asker.login)
            self.settle()
            requests = self.env["ops.request"].search([("requester_id", "=", self.asker.id)])
            self.assertEqual(requests.mapped("title"), titles, tour)

    def test_an_approver_reads_asks_and_approves(self):
        self.arm()
        request = self.submitted()
        self.start_tour(f"/odoo/ops.request/{request.id}", TOUR % "decided", login=self.lead.login)
        self.settle()
        self.assertEqual(request.state, "approved")

    def test_an_administrator_drafts_who_approves_a_kind(self):
        self.start_tour(
            f"/odoo/ops.request.category/{self.kind.id}", TOUR % "kind", login=self.admin.login
        )
        policy = self.env["ops.approval.policy"].search(
            [("model_name", "=", "ops.request"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(policy.draft_version_id.row_ids.category_id, self.kind.id)


@tagged("post_install", "-at_install", "browser")
class TestRequestOnPhone(FreeRequestCase, HttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_requester_files_and_withdraws_on_a_phone(self):
        self.arm()
        self.start_tour(CATALOGUE, TOUR % "on_phone", login=self.asker.login)
        self.settle()
        request = self.env["ops.request"].search([("requester_id", "=", self.asker.id)])
        self.assertEqual((request.state, request.standing), ("draft", "withdrawn"))
