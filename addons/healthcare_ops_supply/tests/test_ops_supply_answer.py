import json
import time

from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_ops_automation.core import signing
from odoo.addons.healthcare_ops_automation.core.problem import Problem

from .common import AUTOMATION, SupplyCase

ANSWERED = "supply.availability.answered"


@tagged("post_install", "-at_install")
class TestOpsSupplyAnswer(SupplyCase):
    """The suppliers' answer comes back as a signed callback and takes effect once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env.ref("healthcare_ops_supply.exception_category_no_preferred_vendor")
        cls.category.user_id = False
        cls.integration = new_test_user(cls.env, "t_int", groups="base.group_portal")
        cls.integration.group_ids = cls.env.ref(AUTOMATION % "integration")
        cls.endpoint = cls.env["ops.endpoint"].create(
            {"name": "Suppliers", "url": "https://n8n.example.org/x", "user_id": cls.integration.id}
        )

    def setUp(self):
        super().setUp()
        self._add(20)
        self._consume(15)
        self.event = self._events("supply.item.below_critical")

    def _answer(self, *suppliers, message_id="msg-1"):
        body = json.dumps(
            {
                "specversion": "1.0",
                "id": message_id,
                "source": "suppliers",
                "type": ANSWERED,
                "inreplyto": self.event.uuid,
                "data": {"checked_at": "2026-11-22T12:00:00Z", "suppliers": list(suppliers)},
            }
        ).encode()
        headers = signing.signed_headers(
            [self.endpoint.secret_in], message_id, int(time.time()), body
        )
        self.env.flush_all()
        self.env.invalidate_all()  # another request, with nothing in its cache
        callbacks = self.env(user=self.env.ref("base.public_user").id, su=False)["ops.callback"]
        return callbacks._receive(self.endpoint.token, headers, body)

    def _supplier(self, ref, can_deliver=True, **values):
        return {
            "ref": ref,
            "name": f"Supplier {ref}",
            "preferred": False,
            "can_deliver": can_deliver,
            "quantity": 35 if can_deliver else 0,
            "lead_days": 2 if can_deliver else None,
            **values,
        }

    def test_event_is_sent_to_the_suppliers_endpoint(self):
        self.assertEqual(self.event.delivery_ids.endpoint_id, self.endpoint)

    def test_answer_stands_on_event_item_chatter_and_list(self):
        answer = self._answer(self._supplier("T-V1"), self._supplier("X", False))
        self.assertEqual(self.event.callback_ids.summary, answer["summary"])
        self.assertIn("1 of 2 suppliers can deliver", answer["summary"])
        able, unable = self.item.answer_ids.sorted("can_deliver", reverse=True)
        self.assertEqual((able.vendor_id, able.preferred, able.lead_days), (self.vendor, True, 2))
        self.assertEqual((unable.vendor_id.id, unable.preferred), (False, False))
        message = self.item.message_ids[0]
        self.assertIn("Supplier availability checked", message.body)
        self.assertEqual(message.author_id, self.integration.partner_id)
        self.assertFalse(answer["exception_raised"])

    def test_no_preferred_vendor_calls_procurement(self):
        # Those of the demo network lead to its people.
        self.env["ops.exception.assignment"].search([("active", "=", True)]).active = False
        answer = self._answer(self._supplier("T-V1", False), self._supplier("X"))
        self.assertTrue(answer["exception_raised"])
        exception = self.event.exception_ids
        self.assertEqual(exception.category_id.code, "supply.no_preferred_vendor")
        self.assertEqual((exception.severity, exception.user_id), ("critical", self.manager))
        self.assertEqual(exception.site_id, self.site)
        self.assertTrue(exception.due_at)
        self.assertIn("T-GLV", exception.reason)
        self.assertEqual(self.item.exception_count, 1)

    def test_which_vendor_is_preferred_is_for_odoo_to_say(self):
        answer = self._answer(self._supplier("X", preferred=True))
        self.assertFalse(answer["preferred_can_deliver"])
        self.assertFalse(self.item.answer_ids.preferred)

    def test_late_answer_about_an_item_that_recovered_calls_nobody(self):
        self._add(100)
        answer = self._answer(self._supplier("T-V1", False))
        self.assertFalse(answer["exception_raised"])
        self.assertEqual(len(self.item.answer_ids), 1)

    def test_answer_to_an_event_that_asked_nothing_is_refused(self):
        self._add(100)
        self.event = self._events("supply.item.recovered")[-1]
        with self.assertRaisesRegex(Problem, "does not ask"):
            self._answer(self._supplier("T-V1"))

    def test_answer_without_suppliers_calls_procurement(self):
        self.assertIn("No supplier answered", self._answer()["summary"])
        self.assertTrue(self.event.exception_ids)

    def test_replay_has_one_effect(self):
        first = self._answer(self._supplier("T-V1"))
        self.assertEqual(self._answer(self._supplier("T-V1")), first)
        self.assertEqual(len(self.item.answer_ids), 1)

    def test_names_from_outside_are_escaped_in_the_chatter(self):
        self._answer(self._supplier("X", name="<script>alert(1)</script>"))
        self.assertNotIn("<script>", self.item.message_ids[0].body)

    def test_each_broken_field_is_named(self):
        with self.assertRaises(Problem) as caught:
            self._answer(self._supplier("", quantity=-1))
        errors = " ".join(caught.exception.errors)
        self.assertIn("data.suppliers.0.ref", errors)
        self.assertIn("data.suppliers.0.quantity", errors)

    def test_item_that_is_gone_is_said(self):
        self.item.unlink()
        with self.assertRaisesRegex(Problem, "supply item"):
            self._answer(self._supplier("T-V1"))
