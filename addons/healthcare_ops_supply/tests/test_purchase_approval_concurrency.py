from contextlib import closing

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.models.policy.part import as_engine

from .concurrency import ConcurrencyCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalConcurrency(ConcurrencyCase):
    """Two people at once, in real transactions that commit: one consistent end."""

    def test_two_approvers_at_once_confirm_once(self):
        """Each sees one approval missing besides their own; together they are enough."""
        self._submit()
        with self._two() as (first, second):
            self._approve(first, 1)
            first.commit()
            claimed, raised = self._conflicts()
            with claimed, raised:
                self._approve(second, 2)
                second.commit()
            second.rollback()
            self._approve(second, 2)  # Odoo runs it again
            second.commit()
        self.assertEqual(self._state(), ("purchase", "approved", 1, 2))

    def test_an_approval_and_a_change_at_once_do_not_pass_each_other(self):
        self._submit()
        with self._two() as (first, second):
            self._approve(first, 1)
            claimed, raised = self._conflicts()
            line = self._order(second).order_line
            line.price_unit = 2000
            first.commit()
            with claimed, raised:
                second.commit()
            second.rollback()
            self._order(second).order_line.price_unit = 2000
            second.commit()
        self.assertEqual(self._state(), ("to approve", "pending", 2, 2))

    def test_two_who_submit_at_once_make_one_request(self):
        with self._two() as (first, second):
            self._order(first).action_submit_for_approval()
            first.commit()
            claimed, raised = self._conflicts()
            with claimed, raised:
                self._order(second).action_submit_for_approval()
            second.rollback()
        with self._transaction() as env:
            requests = env["ops.approval.request"].search(
                [("res_model", "=", "purchase.order"), ("res_id", "=", self.ids["order"])]
            )
            self.assertEqual(len(requests), 1)

    def test_who_looks_while_a_policy_is_put_in_force_does_not_remember_it_as_not_in_force(self):
        def is_armed(env):
            company = env["res.company"].browse(self.ids["company"])
            return env["ops.approval.policy"]._is_armed(company, "purchase.order")

        with self._transaction() as env, as_engine(env):
            env["ops.approval.policy"].browse(self.ids["policy"]).active = False
        with self._transaction() as env:
            self.assertFalse(is_armed(env))
            env["ops.approval.policy"].browse(self.ids["policy"]).active = True
            with closing(self.registry.cursor()) as meanwhile:
                self.assertFalse(is_armed(api.Environment(meanwhile, SUPERUSER_ID, {})))
        with self._transaction() as env:
            self.assertTrue(is_armed(env))

    def test_a_line_that_costs_the_same_changed_while_it_is_submitted(self):
        """The order's own row does not show it, and yet one of the two has to begin again."""
        with self._two() as (first, second):
            self._order(second).order_line.product_uom_id = self._other_unit(second)
            self._order(first).action_submit_for_approval()
            first.commit()
            claimed, raised = self._conflicts()
            with claimed, raised:
                second.commit()
            second.rollback()

    def _other_unit(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env.ref("uom.product_uom_dozen").id
