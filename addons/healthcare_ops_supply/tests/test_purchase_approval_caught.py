from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.models.gate.approval_required import ApprovalRequired
from odoo.addons.healthcare_ops_automation.models.service_levels.guard import undoable

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalCaught(ApprovalCase):
    """Code that catches a refusal, and goes on as if nothing had been, does not get to commit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()

    def gated(self, words="approval of Lead"):
        return self.refused(words, ApprovalRequired)

    def test_a_caught_refusal_comes_again_before_the_commit(self):
        order = self.order()
        with self.gated():
            with suppress(UserError):
                order.button_confirm()
            self.settle()
        self.assertEqual(order.state, "draft")
        with self.gated():
            with suppress(UserError):
                order.write({"state": "purchase"})
            self.env.flush_all()
            self.settle()

    def test_a_caught_refusal_of_a_new_order_comes_again(self):
        with self.gated():
            with suppress(UserError):
                self.order(state="purchase")
            self.settle()

    def test_a_caught_refusal_of_a_submitted_order_comes_again(self):
        order = self.submitted()
        with self.gated():
            with suppress(UserError):
                order.button_approve()
            self.settle()

    def test_who_puts_it_back_may_commit(self):
        order = self.order()
        with suppress(UserError):
            order.write({"state": "purchase"})
        order.write({"state": "draft"})
        self.settle()
        self.assertEqual(order.state, "draft")

    def test_what_passed_is_not_judged_twice(self):
        order = self.order(100)
        order.button_confirm()
        self.settle()
        self.assertEqual(order.state, "purchase")
        self.assertEqual(len(order.sudo().approval_request_id), 1)

    def test_catching_it_twice_does_not_help(self):
        """A savepoint runs what waits for the commit: that refusal can be caught as well."""
        order = self.order()
        with self.gated():
            with suppress(UserError):
                order.write({"state": "purchase"})
            with suppress(UserError), self.env.cr.savepoint():
                pass
            with suppress(UserError):
                self.env.cr.flush()
            self.settle()

    def test_a_caught_refusal_of_a_change_comes_again(self):
        order = self.submitted(4600)
        self.approve(order, self.lead)
        with self.gated("not what was approved"):
            order.order_line.price_unit = 2_300_207
            with suppress(UserError), self.env.cr.savepoint():
                pass
            self.settle()

    def test_what_is_settled_in_work_that_is_undone_is_settled_again(self):
        """An inner savepoint runs what waits for the commit, and the outer one undoes it."""
        order = self.submitted(1000)
        order.with_user(self.other_buyer).order_line.price_unit = 200
        with suppress(ValueError), undoable(self.env):
            with self.env.cr.savepoint():
                self.assertEqual(self.request_of(order).version, 2)
            raise ValueError
        self.assertEqual(self.request_of(order).version, 1)
        self.settle()
        self.assertEqual(self.request_of(order).version, 2)
        self.assertEqual(order.approval_editor_id, self.other_buyer)

    def test_what_fails_half_way_is_judged(self):
        """Odoo checks a record after it is written: who catches that keeps what was written."""
        order = self.order()

        def failing(*_args, **_kwargs):
            raise ValidationError(order.name)

        with self.gated():
            with (
                patch.object(self.registry["purchase.order"], "_validate_fields", failing),
                suppress(UserError),
            ):
                order.write({"state": "purchase"})
            self.settle()

    def test_a_caught_refusal_is_told_by_whoever_decides_next(self):
        order = self.submitted(1000)
        request = self.request_of(order)
        self.settle()
        with self.gated("waits for|approval of Lead"):
            with suppress(UserError):
                order.button_approve()
            request.with_user(self.lead).action_approve(version=1)
