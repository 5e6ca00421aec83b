"""Ways past the gate, tried over Odoo's HTTP API by people who may do everything else."""

from odoo.fields import Command
from odoo.tests import tagged

from .approvals_rpc import ApprovalRpcCase

ORDER, LINE = "purchase.order", "purchase.order.line"
# What other addons and Odoo itself let a client say to have something skipped, and guesses.
MAGIC = {
    "skip_validation_check": True,
    "skip_check_state_condition": True,
    "tier_validation_defer_compute_can_review": True,
    "install_mode": True,
    "import_file": True,
    "tracking_disable": True,
    "mail_notrack": True,
    "no_validation": True,
    "bypass_approval": True,
    "approval_exemption": "all",
    "approval_granted": True,
    "approval_version": 1,
    "ops_engine": True,
    "_ops_engine": True,
    "force": True,
    "su": True,
    "uid": 1,
    "user": 1,
}


@tagged("post_install", "-at_install")
class TestPurchaseApprovalRpc(ApprovalRpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def confirmed(self, amount=4600):
        order = self.submitted(amount)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")
        return order

    # -- into the gated state -------------------------------------------------------------

    def test_an_order_is_not_written_into_the_confirmed_state(self):
        for state in ("draft", "sent", "to approve", "cancel"):
            order = self.order(1000)
            order.write({"state": state})
            for values in ({"state": "purchase"}, {"state": "purchase", "locked": True}):
                self.refused(
                    self.buyer, ORDER, "write", order.ids, "Submit it for approval", vals=values
                )

    def test_neither_the_form_nor_a_list_confirms_it(self):
        order, other = self.order(1000), self.order(1200)
        values, fields = {"state": "purchase"}, {"state": {}}
        saying = "Submit it for approval"
        for arguments in (
            {"vals": values, "specification": fields},
            {"vals": values, "specification": fields, "next_id": other.id},
        ):
            self.refused(self.buyer, ORDER, "web_save", order.ids, saying, **arguments)
        self.refused(
            self.buyer,
            ORDER,
            "web_save_multi",
            (order + other).ids,
            saying,
            vals_list=[values, values],
            specification=fields,
        )

    def test_odoos_own_buttons_do_not_confirm_it(self):
        order = self.order(1000)
        for method in ("button_confirm", "button_approve"):
            self.refused(self.buyer, ORDER, method, order.ids, "Lead")
        self.refused(self.buyer, ORDER, "button_approve", order.ids, "Lead", force=True)

    def test_while_it_waits_nobody_confirms_it(self):
        order = self.submitted(1000)
        for user in (self.buyer, self.other_buyer, self.admin):
            for method in ("button_confirm", "button_approve"):
                # Odoo's button to confirm does nothing to an order that is to be approved.
                if method == "button_approve":
                    self.refused(user, ORDER, method, order.ids, "waits for the approval of Lead")
            self.refused(
                user, ORDER, "write", order.ids, "waits for the", vals={"state": "purchase"}
            )

    def test_none_is_created_confirmed(self):
        values = {
            "partner_id": self.vendor.id,
            "picking_type_id": self.warehouse.in_type_id.id,
            "state": "purchase",
            "order_line": [Command.create(self.line(1000))],
        }
        self.refused(self.buyer, ORDER, "create", saying="Submit it", vals_list=[values])
        self.refused(
            self.buyer,
            ORDER,
            "create",
            saying="Submit it",
            vals_list=[{**values, "state": "draft"}, values],
        )
        self.refused(self.buyer, ORDER, "web_save", [], "Submit it", vals=values, specification={})

    def test_created_as_to_be_approved_it_is_not_approved(self):
        [order] = self.call(
            self.buyer,
            ORDER,
            "create",
            vals_list=[
                {
                    "partner_id": self.vendor.id,
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "state": "to approve",
                    "order_line": [Command.create(self.line(1000))],
                }
            ],
        )
        self.refused(self.buyer, ORDER, "button_approve", [order], "Submit it for approval")

    def test_a_cancelled_order_does_not_come_back_confirmed(self):
        order = self.confirmed()
        self.call(self.buyer, ORDER, "button_cancel", order.ids)
        self.refused(self.buyer, ORDER, "write", order.ids, "Submit", vals={"state": "purchase"})
        self.call(self.buyer, ORDER, "button_draft", order.ids)
        self.refused(self.buyer, ORDER, "button_confirm", order.ids, "Submit it for approval")

    def test_nothing_in_the_context_opens_the_gate(self):
        order, waiting = self.order(1000), self.submitted(1000)
        for key, value in MAGIC.items():
            with self.subTest(key=key):
                for each, saying in ((order, "Submit it"), (waiting, "waits for")):
                    self.refused(
                        self.buyer,
                        ORDER,
                        "write",
                        each.ids,
                        saying,
                        vals={"state": "purchase"},
                        context={key: value},
                    )
        self.refused(
            self.buyer, ORDER, "button_approve", waiting.ids, "waits for", context=dict(MAGIC)
        )

    def test_an_import_confirms_nothing(self):
        order = self.order(1000)
        self.settle()
        before = self.everything()
        new = {
            "partner_id/.id": self.vendor.id,
            "picking_type_id/.id": self.warehouse.in_type_id.id,
            "state": "purchase",
            "order_line/product_id/.id": self.product.id,
            "order_line/product_qty": 1,
            "order_line/price_unit": 1000,
        }
        for columns, rows in (
            ([".id", "state"], [[str(order.id), "purchase"]]),
            (list(new), [[str(value) for value in new.values()]]),
        ):
            status, answer = self.post(self.buyer, ORDER, "load", fields=columns, data=rows)
            self.assertEqual(status, 200)
            self.assertFalse(answer["ids"], answer)
            self.assertIn("Submit it for approval", answer["messages"][0]["message"])
        self.assertEqual(self.everything(), before)

    def test_a_server_action_confirms_nothing(self):
        order = self.order(1000)
        state = self.env["ir.model.fields"]._get(ORDER, "state")
        confirmed = state.selection_ids.filtered(lambda each: each.value == "purchase")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Confirm",
                "model_id": state.model_id.id,
                "state": "object_write",
                "update_path": "state",
                "selection_value": confirmed.id,
            }
        )
        code = self.env["ir.actions.server"].create(
            {
                "name": "Confirm as the system",
                "model_id": state.model_id.id,
                "state": "code",
                "code": "records.sudo().with_user(1).write({'state': 'purchase'})",
            }
        )
        context = {"active_model": ORDER, "active_id": order.id, "active_ids": order.ids}
        for each in action + code:
            each.group_ids = self.env.ref("purchase.group_purchase_user")
            self.refused(self.buyer, each._name, "run", each.ids, "Submit it", context=context)

    def test_one_that_may_not_pass_stops_the_batch(self):
        small, large = self.order(100), self.order(1000)
        message = self.refused(
            self.buyer, ORDER, "button_confirm", (small + large).ids, "Submit it for approval"
        )
        self.assertIn(large.name, message)
        self.assertNotIn(small.name, message)

    def test_one_that_cannot_be_submitted_stops_the_batch(self):
        orders, empty = self.order(1000) + self.order(2000), self.order(700)
        empty.order_line.unlink()
        message = self.refused(
            self.buyer, ORDER, "action_submit_for_approval", (orders + empty).ids, "no lines"
        )
        self.assertIn(empty.name, message)

    # -- after the approval ---------------------------------------------------------------

    def test_a_confirmed_order_does_not_grow(self):
        """4,600 were approved; its line is made 23,002,070."""
        order = self.confirmed(4600)
        line, other = order.order_line, self.order(900).order_line
        large, saying = {"product_qty": 50004.5}, "not what was approved"
        self.refused(self.buyer, LINE, "write", line.ids, saying, vals=large)
        self.refused(self.buyer, LINE, "write", line.ids, saying, vals={"price_unit": 5000})
        self.refused(
            self.buyer, LINE, "write", line.ids, saying, vals={"product_id": self.other_product.id}
        )
        self.refused(
            self.buyer,
            LINE,
            "create",
            saying=saying,
            vals_list=[{**self.line(900), "order_id": order.id}],
        )
        self.refused(self.buyer, LINE, "write", other.ids, saying, vals={"order_id": order.id})
        self.refused(self.buyer, LINE, "web_save", line.ids, saying, vals=large, specification={})
        for command in ([1, line.id, large], [0, 0, self.line(900)]):
            self.refused(
                self.buyer, ORDER, "write", order.ids, saying, vals={"order_line": [command]}
            )
        self.refused(
            self.buyer,
            ORDER,
            "write",
            order.ids,
            saying,
            vals={"partner_id": self.other_vendor.id},
        )

    def test_what_waits_is_not_confirmed_as_something_larger(self):
        order = self.submitted(4600)
        line = order.order_line
        values = {"state": "purchase", "order_line": [[1, line.id, {"product_qty": 50004.5}]]}
        self.refused(self.buyer, ORDER, "write", order.ids, "waits for", vals=values)
        self.call(self.buyer, LINE, "write", line.ids, vals={"product_qty": 50004.5})
        request = self.request_of(order)
        self.assertEqual((request.version, request.state), (2, "pending"))
        self.assertEqual(request.row_label, "From 5,000")
        self.refused_decision(self.lead, order, "you saw version 1", version=1)

    def test_what_was_approved_is_not_confirmed_as_something_larger(self):
        """Where a person confirms: between the approval and that, the line grows."""
        policy = self.env["ops.approval.policy"].search([("company_id", "=", self.company.id)])
        policy.action_new_draft()
        policy.draft_version_id.confirm_on_approval = False
        policy.draft_version_id.with_user(self.second_admin).action_publish()
        order = self.submitted(4600)
        self.approve(order, self.lead)
        self.assertEqual((order.state, order.approval_state), ("to approve", "approved"))
        line = order.order_line
        values = {"state": "purchase", "order_line": [[1, line.id, {"product_qty": 50004.5}]]}
        self.refused(self.buyer, ORDER, "write", order.ids, vals=values)
        self.call(self.buyer, LINE, "write", line.ids, vals={"product_qty": 50004.5})
        self.assertEqual((order.approval_state, self.request_of(order).version), ("pending", 2))
        self.refused(self.buyer, ORDER, "button_approve", order.ids, "waits for")

    def test_a_rejection_does_not_vanish(self):
        order = self.submitted(1000)
        request = self.request_of(order)
        reason = self.env["ops.approval.reason"].search([], limit=1).code
        self.call(
            self.lead,
            request._name,
            "action_reject",
            request.ids,
            reason_code=reason,
            comment="Not needed",
            version=1,
        )
        self.assertEqual((request.state, order.state), ("rejected", "cancel"))
        for method in ("action_submit_for_approval", "button_confirm", "button_approve"):
            if method != "button_confirm":  # does nothing to a cancelled order
                self.refused(self.buyer, ORDER, method, order.ids)
        self.call(self.buyer, ORDER, "button_draft", order.ids)
        self.refused(self.buyer, ORDER, "button_confirm", order.ids, "Submit it for approval")
        self.call(self.buyer, ORDER, "action_submit_for_approval", order.ids)
        again = self.request_of(order)
        self.assertEqual((again.previous_id, again.round_number), (request, 2))
        self.assertEqual(request.decision_ids.mapped("kind"), ["reject"])
        self.assertEqual(request.state, "rejected")
