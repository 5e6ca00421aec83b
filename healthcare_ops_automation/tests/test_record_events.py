from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import ROLES, OpsCase

BUTTON = "//widget[@name='ops_record_events']"
READERS = {"user", "manager", "admin", "auditor"}


@tagged("post_install", "-at_install")
class TestRecordEvents(OpsCase):
    """Which form views get the button that opens a record's events, and for whom."""

    def _buttons(self, model, view_type="form", user=None, view=None):
        records = self.env[model].with_user(user) if user else self.env[model]
        arch = records.get_view(view.id if view else None, view_type)["arch"]
        return etree.fromstring(arch).xpath(BUTTON)

    def _view(self, arch):
        return self.env["ir.ui.view"].create(
            {"name": "t", "type": "form", "model": "resource.calendar", "arch": arch}
        )

    def test_a_model_s_form_gets_the_button_with_its_first_event(self):
        calendar = self.site.resource_calendar_id
        self.assertFalse(self._buttons("resource.calendar"))
        self._emit(calendar)
        self.assertEqual(len(self._buttons("resource.calendar")), 1)
        self.assertFalse(self._buttons("resource.calendar", "list"))
        self.assertFalse(self._buttons("res.country"), "a model without events")

    def test_it_stands_in_the_button_box_which_is_made_when_there_is_none(self):
        self._emit(self.site.resource_calendar_id)
        box = "<div name='button_box'><button name='get_view' type='object'/></div>"
        inner = "<field name='attendance_ids'><form><div name='button_box'/></form></field>"
        for content in (
            f"<sheet>{box}<field name='name'/></sheet>",
            "<header/><sheet><field name='name'/></sheet>",
            "<field name='name'/>",
            f"<sheet>{inner}</sheet>",
        ):
            with self.subTest(content):
                [button] = self._buttons(
                    "resource.calendar", view=self._view(f"<form>{content}</form>")
                )
                self.assertEqual(button.getparent().get("name"), "button_box")
                self.assertFalse(list(button.iterancestors("field")))
                self.assertEqual(button.get("invisible"), "not id")

    def test_it_is_there_for_those_who_may_read_events(self):
        self._emit(self.site)
        for role in ROLES:
            with self.subTest(role):
                user = self._create_user(role)
                readable = self.env["ops.event"].with_user(user).has_access("read")
                buttons = self._buttons("ops.site", user=user)
                self.assertEqual((bool(buttons), readable), (role in READERS,) * 2)

    def test_who_gets_the_right_to_read_events_gets_the_button(self):
        self._emit(self.site)
        approver = self._create_user("approver")
        self.env["ir.model.access"].create(
            {
                "name": "t",
                "model_id": self.env.ref("healthcare_ops_automation.model_ops_event").id,
                "group_id": self.env.ref("healthcare_ops_automation.group_ops_approver").id,
                "perm_read": True,
            }
        )
        self.assertTrue(self._buttons("ops.site", user=approver))

    def test_an_empty_box_is_not_left_to_those_who_do_not_see_the_button(self):
        self._emit(self.site.resource_calendar_id)
        view = self._view("<form><sheet><field name='name'/></sheet></form>")
        arch = self.env["resource.calendar"].with_user(self._create_user("requester"))
        self.assertNotIn("button_box", arch.get_view(view.id, "form")["arch"])

    def test_loading_a_form_costs_one_query_more_and_a_list_none(self):
        countries, asked = self.env["res.country"], []
        has_events = type(countries)._ops_has_events

        def counted(model):
            asked.append(model._name)
            with self.assertQueryCount(1):
                return has_events(model)

        countries.get_views([(None, "form"), (None, "list"), (None, "search")])
        with patch.object(type(countries), "_ops_has_events", counted):
            countries.get_views([(None, "form"), (None, "list"), (None, "search")])
        self.assertEqual(asked, ["res.country"])


@tagged("post_install", "-at_install")
class TestEventChain(OpsCase):
    def test_button_opens_the_events_it_counts(self):
        first = self._emit(self.site)
        self._commit()
        second = self._emit(self.other_site, correlation_id=first.correlation_id)
        hidden = self._emit(self.foreign_site, correlation_id=first.correlation_id)
        alone = self._emit(self.site, number=2)
        events = (first + second + alone).with_user(self._create_user("user"))
        self.assertEqual(events.mapped("chain_count"), [2, 2, 1])
        seen = events.search(events[0].action_open_chain()["domain"])
        self.assertEqual(seen, second + first)
        self.assertEqual(hidden.chain_count, 3)


@tagged("post_install", "-at_install", "browser")
class TestRecordEventsInBrowser(OpsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create(
            {"name": "Shared supplier", "company_id": cls.company.id}
        )
        cls.other_partner = cls.partner.copy({"name": "Quiet supplier"})

    def _walk(self, tour, record_id, role):
        user = self._create_user(role)
        user.group_ids += self.env.ref("base.group_partner_manager")
        self.start_tour(
            f"/odoo/res.partner/{record_id}",
            f"healthcare_ops_automation.{tour}",
            login=user.login,
        )

    def _event_happens(self, number):
        event = self._emit(self.partner, number=number)
        self._commit()
        return event

    def test_the_button_counts_and_opens_the_events_of_one_s_companies(self):
        self._event_happens(1)
        self._event_happens(2).company_id = self.other_company
        # Saving the record makes another one happen, as an automation rule would.
        write = type(self.partner).write

        def write_and_emit(partners, vals):
            result = write(partners, vals)
            if vals.get("email"):
                self.events.emit("test.thing.happened", partners, {"number": 3})
            return result

        with patch.object(type(self.partner), "write", write_and_emit):
            self._walk("record_events", self.partner.id, "user")

    def test_a_record_without_events_shows_none_of_it(self):
        self._event_happens(1)
        self._walk("record_without_events", self.other_partner.id, "user")

    def test_a_record_not_saved_yet_shows_none_of_it(self):
        self._event_happens(1)
        self._walk("record_without_events", "new", "user")

    def test_a_requester_is_shown_none_of_it(self):
        self._event_happens(1)
        self._walk("record_without_events", self.partner.id, "requester")

    def test_an_event_leads_to_its_deliveries_attempts_and_chain(self):
        endpoint = self._create_endpoint(name="Warehouse system")
        event = self._event_happens(1)
        follower = self._emit(self.site, correlation_id=event.correlation_id)
        delivery = event.delivery_ids
        delivery.write({"state": "retrying", "attempt_count": 1, "last_status": 503})
        self.env["ops.delivery.attempt"].create(
            {
                "delivery_id": delivery.id,
                "number": 1,
                "started_at": fields.Datetime.now(),
                "http_status": 503,
                "outcome": "retry",
                "error": "The receiver cannot take the event now (503).",
                "response": "down for maintenance",
            }
        )
        self.assertEqual((delivery.endpoint_id, follower.chain_count), (endpoint, 2))
        self.start_tour(
            f"/odoo/action-healthcare_ops_automation.ops_event_action/{event.id}",
            "healthcare_ops_automation.event_in_place",
            login=self._create_user("manager").login,
        )
