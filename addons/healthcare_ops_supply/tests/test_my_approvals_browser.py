from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .approvals import OPS, ApprovalCase

TOUR = "healthcare_ops_supply.my_approvals"
PAGE = "/odoo/ops-my-approvals"


class MyApprovalsCase(ApprovalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def kinds(self, order):
        self.env.invalidate_all()
        return self.request_of(order).decision_ids.sorted("id").mapped("kind")


@tagged("post_install", "-at_install", "browser")
class TestMyApprovalsInBrowser(MyApprovalsCase):
    """Deciding on one page: by keys, one after the other, and several at once."""

    def test_an_approver_works_through_what_waits(self):
        orders = [self.submitted(amount) for amount in (1000, 2000, 3000, 4000)]
        self.start_tour("/odoo/ops-my-work", TOUR, login=self.lead.login)
        kinds = [self.kinds(order) for order in orders]
        self.assertEqual(kinds, [["approve"], ["ask", "reject"], ["approve"], ["approve"]])
        self.assertEqual(self.request_of(orders[0]).decision_ids.comment, "Within the budget.")

    def test_what_was_changed_meanwhile_is_refused_and_shown(self):
        order = self.submitted(1000)
        Requests = self.env.registry["ops.approval.request"]
        shown = Requests.panel_data

        def panel_data(requests):
            if requests.env.context.get("tour_changes_order"):
                changed = order.with_env(requests.env(user=self.buyer.id, context={}))
                changed.order_line.price_unit = 150
                requests.env.cr.flush()
            return shown(requests)

        self.patch(Requests, "panel_data", panel_data)
        with claim_log("odoo.http", "WARNING", "it is version 2 now", count=1):
            self.start_tour(PAGE, f"{TOUR}_stale", login=self.lead.login)
        self.assertEqual(self.kinds(order), ["reopen", "approve"])

    def test_a_requester_answers_from_my_work(self):
        order = self.submitted(1000)
        self.request_of(order).with_user(self.lead).action_ask("Which ward?", version=1)
        self.settle()
        self.start_tour("/odoo/ops-my-work", f"{TOUR}_answer", login=self.buyer.login)
        self.assertEqual(self.kinds(order), ["ask", "answer"])

    def test_only_who_decides_has_the_counter(self):
        user = self.person("clerk", OPS % "user")
        shown = "odoo.loader.modules.get('@web/session').session.ops_decides"
        for who, decides in ((self.lead, "true"), (self.manager, "true"), (user, "false")):
            there = f"!!document.querySelector('.o_ops_approvals_systray') === {decides}"
            self.browser_js(
                "/odoo/ops-my-work",
                f"if ({shown} === {decides} && {there}) console.log('test successful');",
                "Boolean(document.querySelector('.o_ops_work'))",
                login=who.login,
            )


@tagged("post_install", "-at_install", "browser")
class TestMyApprovalsOnPhone(MyApprovalsCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_an_approver_decides_on_a_phone(self):
        first, second = self.submitted(1000), self.submitted(2000)
        self.start_tour(PAGE, f"{TOUR}_phone", login=self.lead.login)
        self.assertEqual([self.kinds(first), self.kinds(second)], [["approve"], ["return"]])
