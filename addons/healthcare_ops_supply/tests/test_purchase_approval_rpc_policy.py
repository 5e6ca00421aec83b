"""Policies that are bent, and orders that slip past them, over Odoo's HTTP API."""

from odoo.fields import Command
from odoo.tests import tagged

from .approvals import BUYER, OPS
from .approvals_rpc import ApprovalRpcCase

ORDER, REQUEST, POLICY = "purchase.order", "ops.approval.request", "ops.approval.policy"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalRpcPolicy(ApprovalRpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()
        cls.version = cls.policy.published_version_id

    # -- what is in force -----------------------------------------------------------------

    def test_nobody_changes_what_is_in_force(self):
        row, stage = self.version.row_ids[1], self.version.row_ids[1].stage_ids
        for user in (self.admin, self.second_admin):
            for record, values in (
                (self.version, {"tolerance_percent": 90}),
                (self.version, {"state": "draft"}),
                (row, {"amount_from": 100000, "amount_to": 0}),
                (row, {"outcome": "none"}),
                (stage, {"user_ids": [[6, 0, user.ids]]}),
                (self.policy, {"active": False}),
                (self.policy, {"model_id": self.env["ir.model"]._get_id("res.partner")}),
            ):
                self.refused(user, record._name, "write", record.ids, vals=values)
            for record in (stage, row, self.version, self.policy):
                self.refused(user, record._name, "unlink", record.ids)
            self.refused(
                user,
                row._name,
                "create",
                vals_list=[{"version_id": self.version.id, "name": "All", "outcome": "none"}],
            )

    def test_others_than_administrators_change_no_policy(self):
        for user in (self.buyer, self.lead, self.manager):
            self.refused(user, POLICY, "write", self.policy.ids, vals={"name": "Mine"})
            self.refused(user, POLICY, "action_new_draft", self.policy.ids)
            self.refused(
                user,
                "ops.approval.row",
                "create",
                vals_list=[{"version_id": self.version.id, "name": "All", "outcome": "none"}],
            )

    def test_who_edited_last_does_not_publish(self):
        self.call(self.admin, POLICY, "action_new_draft", self.policy.ids)
        draft = self.policy.draft_version_id
        self.call(self.admin, draft._name, "write", draft.ids, vals={"tolerance_percent": 50})
        self.refused(self.admin, draft._name, "action_publish", draft.ids, "Somebody else")
        for user in (self.manager, self.lead, self.buyer):
            self.refused(user, draft._name, "action_publish", draft.ids)
        self.refused(
            self.admin,
            draft._name,
            "write",
            draft.ids,
            vals={"last_editor_id": self.second_admin.id},
        )
        self.call(self.second_admin, draft._name, "action_publish", draft.ids)

    def test_a_new_version_changes_nothing_for_what_runs(self):
        order = self.submitted(6000)
        self.call(self.admin, POLICY, "action_new_draft", self.policy.ids)
        draft = self.policy.draft_version_id
        for row in draft.row_ids:
            self.call(self.admin, row._name, "write", row.ids, vals={"outcome": "none"})
        self.call(self.admin, draft.row_ids._name, "unlink", draft.row_ids[1:].ids)
        self.call(
            self.admin, draft.row_ids._name, "write", draft.row_ids.ids, vals={"amount_to": 0}
        )
        self.call(self.second_admin, draft._name, "action_publish", draft.ids)
        self.assertEqual(self.version.state, "superseded")
        self.refused(self.buyer, ORDER, "button_approve", order.ids, "waits for the approval")
        self.approve_by_rpc(self.lead, order)
        self.refused(self.buyer, ORDER, "button_approve", order.ids, "Board")
        self.approve_by_rpc(self.board[0], order)
        self.approve_by_rpc(self.board[2], order)
        self.assertEqual(order.state, "purchase")
        # The next one goes by the new version.
        other = self.order(6000)
        self.call(self.buyer, ORDER, "button_confirm", other.ids)
        self.assertEqual(other.state, "purchase")

    def test_a_quorum_larger_than_those_who_are_there_is_refused_at_submission(self):
        self.board[:2].active = False
        order = self.order(6000)
        self.refused(self.buyer, ORDER, "action_submit_for_approval", order.ids, "Board")
        self.call(self.buyer, ORDER, "action_submit_for_approval", self.order(1000).ids)

    def test_where_no_row_is_about_it_the_gate_stays_shut(self):
        self.call(self.admin, POLICY, "action_new_draft", self.policy.ids)
        draft = self.policy.draft_version_id
        self.call(self.admin, draft.row_ids._name, "unlink", draft.row_ids[2].ids)
        draft.with_user(self.second_admin).sudo().action_publish()
        order = self.order(6000)
        for method in ("button_confirm", "action_submit_for_approval"):
            self.refused(self.buyer, ORDER, method, order.ids, "no row")

    # -- amounts --------------------------------------------------------------------------

    def test_thresholds_hold_on_both_sides_of_a_rate(self):
        """500 of the policy's currency are 75,000 yen on that day."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            [
                {"name": day, "currency_id": yen.id, "company_id": self.company.id, "rate": rate}
                for day, rate in (("2026-01-01", 100), ("2026-06-01", 150), ("2026-09-01", 200))
            ]
        )
        on = {"currency_id": yen.id, "date_order": "2026-07-01 12:00:00"}
        for amount, state in ((1265, "purchase"), (74999, "purchase"), (75000, "draft")):
            order = self.order(amount, quantity=1, **on)
            if state == "purchase":
                self.call(self.buyer, ORDER, "button_confirm", order.ids)
            else:
                self.refused(self.buyer, ORDER, "button_confirm", order.ids, "From 500")
            self.assertEqual(order.state, state)
        order = self.order(500, quantity=1)
        self.refused(self.buyer, ORDER, "button_confirm", order.ids, "From 500")

    def test_a_currency_without_a_rate_does_not_pass_as_small(self):
        self.env.ref("base.JPY").active = True
        order = self.order(499, quantity=1, currency_id=self.env.ref("base.JPY").id)
        self.refused(self.buyer, ORDER, "button_confirm", order.ids)
        self.refused(self.buyer, ORDER, "action_submit_for_approval", order.ids)

    def test_an_order_is_not_split_by_lines_that_come_later(self):
        """Below the threshold when it was confirmed, and then line by line above it."""
        order = self.order(450)
        self.call(self.buyer, ORDER, "button_confirm", order.ids)
        line = order.order_line
        self.call(self.buyer, line._name, "write", line.ids, vals={"price_unit": 49.9})
        self.refused(
            self.buyer, line._name, "write", line.ids, "not what was", vals={"price_unit": 50}
        )
        self.refused(
            self.buyer,
            line._name,
            "create",
            saying="not what was",
            vals_list=[{**self.line(60), "order_id": order.id}],
        )

    # -- others than the one that was approved --------------------------------------------

    def test_a_copy_of_an_approved_order_is_not_approved(self):
        order = self.submitted(1000)
        self.approve(order, self.lead)
        [copy] = self.call(self.buyer, ORDER, "copy", order.ids)
        self.assertEqual(self.env[ORDER].browse(copy).approval_state, "none")
        self.refused(self.buyer, ORDER, "button_confirm", [copy], "Submit it for approval")
        self.refused(self.buyer, ORDER, "copy", order.ids, "Submit", default={"state": "purchase"})

    def test_merged_orders_are_not_approved(self):
        orders = self.order(300) + self.order(300)
        self.call(self.buyer, ORDER, "action_merge", orders.ids)
        merged = orders.filtered(lambda each: each.state == "draft")
        self.assertEqual(merged.amount_untaxed, 600)
        self.refused(self.buyer, ORDER, "button_confirm", merged.ids, "Submit it for approval")

    def test_replenishment_adds_nothing_to_a_submitted_order(self):
        storekeeper = self.person("storekeeper", OPS % "user", "stock.group_stock_manager")
        self.product.seller_ids = [
            Command.create({"partner_id": self.vendor.id, "price": 100, "company_id": False})
        ]
        submitted = self.submitted(1000)
        request = self.request_of(submitted)
        lines = submitted.order_line
        point = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.product.id,
                "company_id": self.company.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "product_min_qty": 50,
                "product_max_qty": 100,
                "trigger": "manual",
                "route_id": self.env.ref("purchase_stock.route_warehouse0_buy").id,
            }
        )
        self.call(storekeeper, point._name, "action_replenish", point.ids)
        self.assertEqual(submitted.order_line, lines)
        self.assertEqual((request.version, request.state), (1, "pending"))
        added = self.env[ORDER].search(
            [("company_id", "=", self.company.id), ("order_line.product_id", "=", self.product.id)]
        )
        self.assertEqual(len(added - submitted), 1)
        self.refused(self.buyer, ORDER, "button_confirm", (added - submitted).ids, "Submit it")

    def test_an_administrator_who_buys_goes_the_same_way(self):
        boss = self.person("boss", OPS % "admin", OPS % "approver", BUYER, "base.group_system")
        order = self.order(1000, user=boss)
        self.refused(boss, ORDER, "button_confirm", order.ids, "Submit it for approval")
        self.call(boss, ORDER, "action_submit_for_approval", order.ids)
        self.refused_decision(boss, order, ".")
