from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_ops_monitoring.models.kpi.scope import Scope

from .approvals import ApprovalCase
from .common import AUTOMATION, SupplyCase


class KpiReader:
    """Figures as a manager of one site reads them."""

    def measure(self, code, user=None, **params):
        """The figure of a KPI; what it counts is what its list shows."""
        user = user or self.manager
        kpi = self.env["ops.kpi"].with_user(user)._by_code(code)
        measure = kpi._measure(Scope.of(kpi.env, params))
        found = kpi.env[measure.model].search(measure.domain)
        self.assertEqual(len(found), measure.n)
        return measure, found


@tagged("post_install", "-at_install")
class TestSupplyKpis(KpiReader, SupplyCase):
    """Stock, its cover and the suppliers' answers as figures of a site."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.ops_site_ids = [Command.set(cls.site.ids)]
        cls.items = cls.item
        for name in ("Masks", "Gowns", "Caps", "Soap"):
            product = cls.env["product.product"].create({"name": name, "is_storable": True})
            cls.items |= cls._create_item(product, critical_level=0)

    def test_items_without_stock_or_below_their_level_are_counted(self):
        self._add(5)
        for item in self.items[1:4]:
            self._add(30, product=item.product_id)
        below, found = self.measure("supply_below_critical")
        self.assertEqual((below.value, found), (1, self.item))
        out, found = self.measure("supply_stockouts")
        self.assertEqual((out.value, found), (1, self.items[4]))
        level, _found = self.measure("supply_service_level")
        self.assertEqual((level.value, level.n, level.hits), (0.8, 5, 4))

    def test_days_of_cover_are_stock_by_use(self):
        self._add(50)
        self._consume(9)
        self._consume(9)
        self.env["ops.supply.item"]._cron_cover()
        self.assertEqual((self.item.daily_use, self.item.days_of_cover), (0.2, 160))
        self.assertEqual(self.env["ops.supply.item"]._write_cover(), 0, "nothing changed since")
        for number, item in enumerate(self.items[1:], start=1):
            item.sudo().write({"daily_use": 1, "days_of_cover": number})
        median, _found = self.measure("supply_days_of_cover_median")
        self.assertEqual((median.value, median.n), (3, 5))

    def test_old_use_and_use_elsewhere_do_not_count(self):
        self._add(50)
        self._consume(9)
        lines = self.env["stock.move.line"].search([("product_id", "=", self.product.id)])
        lines.date = fields.Datetime.now() - timedelta(days=91)
        self.env["ops.supply.item"]._cron_cover()
        self.assertEqual((self.item.daily_use, self.item.days_of_cover), (0, 0))
        cover, _found = self.measure("supply_days_of_cover_median")
        self.assertEqual(cover.n, 0, "what is not used has no cover to speak of")

    def test_answers_are_timed_from_the_items_fall(self):
        self._add(20)
        self._consume(15)
        event = self._events("supply.item.below_critical")
        event.occurred_at = fields.Datetime.now() - timedelta(hours=2)
        self.env["ops.supply.answer"].create(
            [
                {
                    "item_id": self.item.id,
                    "event_id": event.id,
                    "vendor_ref": f"V{number}",
                    "vendor_name": f"Vendor {number}",
                    "checked_at": fields.Datetime.now(),
                }
                for number in range(5)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_supply_answer SET create_date = create_date - interval '1s'"
        )
        self.env.invalidate_all()
        answered, _found = self.measure("supply_answer_time_median")
        self.assertAlmostEqual(answered.value, 7199, delta=60)

    def test_questions_without_answer_are_counted(self):
        user = new_test_user(self.env, "t_int_kpi", groups="base.group_portal")
        user.group_ids = self.env.ref(AUTOMATION % "integration")
        self.env["ops.endpoint"].create(
            {"name": "Suppliers", "url": "https://n8n.example.org/x", "user_id": user.id}
        )
        self._add(20)
        self._consume(15)
        delivery = self._events("supply.item.below_critical").delivery_ids
        delivery.write({"state": "delivered", "answer_due_at": fields.Datetime.now()})
        waiting, found = self.measure("supply_unanswered")
        self.assertEqual((waiting.value, found), (1, delivery))
        overdue, found = self.measure("callbacks_overdue")
        self.assertEqual((overdue.value, found), (1, delivery))


@tagged("post_install", "-at_install")
class TestApproverWait(KpiReader, ApprovalCase):
    """How long people take to decide, from what the approval engine notes."""

    def test_seats_note_when_they_were_settled(self):
        self.arm()
        order = self.submitted(8000)
        seats = self.request_of(order).assignment_ids
        self.assertFalse(any(seats.mapped("closed_at")))
        self.approve(order, self.lead, self.board[0], self.board[1])
        by_user = {seat.user_id: seat for seat in self.request_of(order).assignment_ids}
        self.assertTrue(all(seat.closed_at for seat in by_user.values()), "also who is not needed")
        lead = by_user[self.lead]
        self.assertEqual(lead.state, "approved")
        moment = fields.Datetime.now()
        # Time passes in the table alone: nobody may write seats.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_approval_assignment SET opened_at = %s, closed_at = %s WHERE id = ANY(%s)",
            (moment - timedelta(hours=5), moment - timedelta(hours=2), seats.ids),
        )
        self.env.invalidate_all()
        waited, found = self.measure("approver_wait_median")
        decided = {self.lead, self.board[0], self.board[1]}
        self.assertEqual((waited.n, set(found.user_id)), (3, decided), "who decided, no others")

    def test_seats_decided_earlier_get_the_time_of_their_decision(self):
        self.arm()
        order = self.submitted()
        self.approve(order, self.lead)
        seat = self.request_of(order).assignment_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_approval_assignment SET closed_at = NULL WHERE id = %s", seat.ids
        )
        self.env.invalidate_all()
        self.env["ops.approval.assignment"]._fill_closed_at()
        decision = self.request_of(order).decision_ids.filtered(lambda each: each.kind == "approve")
        self.assertEqual(seat.closed_at, decision.at)
