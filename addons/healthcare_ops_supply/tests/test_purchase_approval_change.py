from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.healthcare_ops_approvals.models.gate.approval_required import ApprovalRequired

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalChange(ApprovalCase):
    """What was approved is what is bought."""

    def reopened(self, order, words):
        self.settle()
        request = self.request_of(order)
        self.assertEqual((request.state, request.version), ("pending", 2))
        self.assertEqual(order.state, "to approve")
        decision = request.decision_ids.filtered(lambda each: each.kind == "reopen")
        self.assertRegex(decision.comment, words)
        return request

    def test_each_material_change_of_a_submitted_order_is_asked_anew(self):
        self.arm()
        changes = {
            "Vendor": lambda order: order.write({"partner_id": self.other_vendor.id}),
            "Order Deadline": lambda order: order.write({"date_order": "2020-01-01 12:00:00"}),
            "Order Lines.*10": lambda order: order.order_line.write({"product_qty": 11}),
            "Order Lines": lambda order: order.order_line.write(
                {"product_id": self.other_product.id, "price_unit": 100}
            ),
            "Order Lines.": lambda order: order.write(
                {"order_line": [Command.create(self.line(1.0))]}
            ),
        }
        for words, change in changes.items():
            with self.subTest(words):
                order = self.submitted(1000)
                change(order)
                request = self.reopened(order, words)
                old, new = request.stage_ids.sorted("version")
                self.assertEqual((old.state, new.state), ("superseded", "open"))
                with self.refused("version 2 now"):
                    request.with_user(self.lead).action_approve(version=1)
                self.approve(order, self.lead)
                self.assertEqual(order.state, "purchase")

    def test_taking_a_line_out_is_material(self):
        self.arm()
        order = self.submitted(
            1000,
            order_line=[
                Command.create(self.line(600.0)),
                Command.create(self.line(400.0, product=self.other_product)),
            ],
        )
        order.order_line[1].unlink()
        self.reopened(order, "Order Lines")

    def test_moving_a_line_changes_both_orders(self):
        self.arm()
        giver, taker = self.submitted(1000), self.submitted(2000)
        giver.write({"order_line": [Command.create(self.line(600.0))]})
        self.settle()
        giver.order_line[0].order_id = taker
        self.settle()
        self.assertEqual(self.request_of(giver).version, 3)
        self.assertEqual(self.request_of(taker).version, 2)

    def test_what_nobody_approves_can_be_changed_freely(self):
        self.arm()
        order = self.submitted(1000)
        order.write({"partner_ref": "X-1", "note": "call first"})
        order.order_line.write({"name": "Gloves, blue"})
        order.order_line.write({"product_qty": 10})
        self.settle()
        self.assertEqual(self.request_of(order).version, 1)

    def test_an_approval_of_an_order_left_to_a_person_does_not_survive_a_change(self):
        self.arm(confirm_on_approval=False)
        order = self.submitted(4600)
        self.approve(order, self.lead)
        order.order_line.price_unit = 2_300_207
        self.settle()
        request = self.request_of(order)
        self.assertEqual((request.state, request.version), ("pending", 2))
        self.assertEqual(request.row_label, "From 5,000")
        with self.refused("waits for the approval of Lead", ApprovalRequired):
            order.button_approve()

    def test_changing_and_confirming_at_once_is_refused(self):
        self.arm(confirm_on_approval=False)
        order = self.submitted(4600)
        self.approve(order, self.lead)
        with self.refused("not what was approved|waits for", ApprovalRequired):
            order.write(
                {
                    "state": "purchase",
                    "order_line": [Command.update(order.order_line.id, {"price_unit": 2300207})],
                }
            )

    def test_a_confirmed_order_stays_what_was_approved(self):
        self.arm()
        order = self.submitted(4600)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")
        for who in (order, order.sudo()):
            with self.refused("not what was approved", ApprovalRequired):
                who.order_line.write({"price_unit": 2_300_207})
            with self.refused("not what was approved", ApprovalRequired):
                who.write({"order_line": [Command.create(self.line(1.0))]})
            with self.refused("not what was approved", ApprovalRequired):
                who.write({"partner_id": self.other_vendor.id})
        order.order_line.write({"product_qty": 9})
        self.settle()
        self.assertEqual(order.amount_total, 4140)

    def test_increases_within_the_tolerance_add_up(self):
        self.arm(tolerance_percent=5, tolerance_amount=100)
        order = self.submitted(1000)
        self.approve(order, self.lead)
        line = order.order_line
        line.price_unit = 103
        self.settle()
        request = self.request_of(order)
        self.assertEqual((request.state, request.baseline_amount), ("approved", 1000))
        self.assertEqual(request.decision_ids.sorted("id").mapped("kind"), ["approve", "adjust"])
        with self.refused("not what was approved", ApprovalRequired):
            line.price_unit = 106
        line.price_unit = 105
        self.settle()

    def test_both_tolerances_hold(self):
        self.arm(tolerance_percent=5, tolerance_amount=10)
        order = self.submitted(1000)
        order.order_line.price_unit = 101
        self.settle()
        self.assertEqual(self.request_of(order).version, 1)
        order.order_line.price_unit = 102
        self.settle()
        self.assertEqual(self.request_of(order).version, 2)

    def test_no_tolerance_leads_past_the_row_of_the_policy(self):
        self.arm(tolerance_percent=10, tolerance_amount=1000)
        order = self.submitted(4900)
        order.order_line.price_unit = 505
        request = self.reopened(order, "Amount")
        self.assertEqual(request.row_label, "From 5,000")

    def test_small_orders_may_grow_as_long_as_nobody_has_to_approve(self):
        self.arm()
        order = self.order(100)
        order.button_confirm()
        order.order_line.price_unit = 40
        self.settle()
        with self.refused("not what was approved", ApprovalRequired):
            order.order_line.price_unit = 50

    def test_orders_from_before_the_policy_are_measured_by_what_they_were(self):
        order = self.order(9000)
        order.button_confirm()
        self.settle()
        self.arm(tolerance_percent=5, tolerance_amount=500)
        with self.refused("not what was approved", ApprovalRequired):
            order.order_line.price_unit = 1000
        with self.refused("not what was approved", ApprovalRequired):
            order.order_line.create({**self.line(1.0), "order_id": order.id})
        order.order_line.price_unit = 930
        self.settle()
        request = self.request_of(order)
        self.assertEqual((request.state, request.baseline_amount), ("approved", 9000))
        with self.refused("not what was approved", ApprovalRequired):
            order.order_line.price_unit = 950

    def test_a_change_that_nobody_could_approve_is_refused(self):
        """The lead's own hand on the order takes the lead out, and there is nobody else."""
        self.arm()
        self.lead.group_ids += self.env.ref("purchase.group_purchase_user")
        order = self.submitted(1000)
        with self.refused("Lead"):
            order.with_user(self.lead).order_line.write({"product_qty": 12})
        self.assertEqual(self.request_of(order).version, 1)

    def test_a_change_past_the_gate_is_found(self):
        self.arm()
        order = self.submitted(1000)
        self.env.cr.execute(
            SQL(
                "UPDATE purchase_order_line SET product_id = %s WHERE order_id = %s",
                self.other_product.id,
                order.id,
            )
        )
        self.env.invalidate_all()
        with self.refused("version 2 now"):
            self.request_of(order).with_user(self.lead).action_approve(version=1)
        self.assertEqual(self.request_of(order).version, 1)
        self.env["ops.approval.request"]._cron_check_contents()
        self.assertEqual(self.request_of(order).version, 2)
