from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS, ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalMoved(ApprovalCase):
    """A submitted order that moves to another place, or is touched by somebody from another."""

    def settled_queries(self, orders, price):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.order_line.write({"price_unit": price})
        self.settle()
        return self.env.cr.sql_log_count - before

    def test_an_order_that_moves_to_another_site_is_asked_there(self):
        hill = self.env["ops.site"].create(
            {
                "name": "Hill",
                "code": "T-HILL",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
            }
        )
        store = self.env["stock.warehouse"].create(
            {"name": "Hill store", "code": "THS", "company_id": self.company.id}
        )
        store.ops_site_id = hill
        there = self.person("there", OPS % "approver", ops_site_ids=[Command.set(hill.ids)])
        here = self.person("here", OPS % "approver", ops_site_ids=[Command.set(self.site.ids)])
        stage = self._stage("Lead", here | there)
        self.arm([{"name": "All", "stage_ids": [Command.create(stage)]}])
        order = self.submitted(1000)
        request = self.request_of(order)
        self.assertEqual((request.site_id, request.assignment_ids.user_id), (self.site, here))
        order.picking_type_id = store.in_type_id
        self.settle()
        self.assertEqual((request.site_id, request.version), (hill, 2))
        self.assertFalse(request.with_user(here).has_access("read"))
        self.approve(order, there)
        self.assertEqual(order.state, "purchase")

    def test_an_order_that_moves_to_another_company_is_not_decided_by_the_former(self):
        self.arm()
        south = self.env["res.company"].create({"name": "Southside"})
        store = self.env["stock.warehouse"].search([("company_id", "=", south.id)], limit=1)
        order = self.submitted(1000)
        request = self.request_of(order)
        self.buyer.company_ids += south
        order.with_company(south).sudo().write(
            {"company_id": south.id, "picking_type_id": store.in_type_id.id}
        )
        self.settle()
        self.assertEqual(request.state, "withdrawn")
        self.assertIn("another company", request.decision_ids.comment)
        with self.refused("not waiting"):
            request.with_user(self.lead).action_approve(version=1)

    def test_the_department_stays_that_of_who_submitted(self):
        """Somebody else's hand on the order does not send it another way."""
        departments = self.env["hr.department"].create(
            [{"name": name, "company_id": self.company.id} for name in ("Lab", "Ward")]
        )
        for user, department in zip(self.buyer | self.other_buyer, departments, strict=True):
            self.env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "department_id": department.id,
                }
            )
        self.arm(
            [
                {
                    "name": department.name,
                    "department_id": department.id,
                    "stage_ids": [Command.create(self._stage(department.name, users))],
                }
                for department, users in zip(departments, (self.lead, self.board), strict=True)
            ],
            tolerance_percent=10,
            tolerance_amount=1000,
        )
        order = self.submitted(1000)
        order.with_user(self.other_buyer).order_line.price_unit = 105
        self.settle()
        request = self.request_of(order)
        self.assertEqual((request.row_label, request.version), ("Lab", 1))
        order.with_user(self.other_buyer).order_line.price_unit = 500
        self.settle()
        self.assertEqual((request.row_label, request.version), ("Lab", 2))
        open_stage = request.stage_ids.filtered(lambda each: each.state == "open")
        self.assertEqual(open_stage.assignment_ids.user_id, self.lead)

    def test_changes_within_the_tolerance_are_looked_at_in_bulk(self):
        self.arm(tolerance_percent=50, tolerance_amount=1000)
        drafts = self.order(1000)
        for _number in range(39):
            drafts += drafts[0].copy()
        orders, drafts = drafts[:20], drafts[20:]
        orders.action_submit_for_approval()
        self.settle()
        self.settled_queries(orders + drafts, 101)
        grown = []
        for each in (drafts, orders):
            few = self.settled_queries(each[:2], 102)
            grown.append(self.settled_queries(each, 103) - few)
        self.assertEqual(set(orders.mapped("approval_request_id.version")), {1})
        # Nothing is looked up for each, besides what drafts cost as well.
        self.assertLessEqual(grown[1] - grown[0], 5, grown)

    def test_what_nobody_had_to_approve_is_carried_out_when_confirmed(self):
        """Else each check for changes past the gate would read all small orders there ever were."""
        self.arm()
        order = self.order(100)
        order.button_confirm()
        self.settle()
        self.assertTrue(self.request_of(order).executed_at)

    def test_searching_finds_what_was_just_decided(self):
        self.arm()
        order = self.submitted(1000)
        request = self.request_of(order)
        orders = self.env["purchase.order"].with_user(self.buyer)
        request.with_user(self.lead).action_reject("no_budget", "No money", version=1)
        found = orders.search([("id", "=", order.id), ("approval_state", "=", "rejected")])
        self.assertEqual(found, order)
