import json
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .exceptions import ExceptionCase


@tagged("post_install", "-at_install")
class TestOpsExceptionEvents(ExceptionCase):
    """An exception tells its way as events, and never about telling."""

    def _told(self, exception):
        self._commit()
        events = self.env["ops.event"].search(
            [("res_model", "=", "ops.exception"), ("res_id", "in", exception.ids)], order="id"
        )
        self.assertEqual(set(events.mapped("state")) - {"sealed"}, set())
        return [event.type_code.removeprefix("exception.") for event in events]

    def test_its_way_is_told(self):
        exception = self._raise()
        self.assertEqual(self._told(exception), ["raised"])
        exception.with_user(self.member).action_take()
        self.assertEqual(self._told(exception), ["raised", "assigned"])
        exception.with_user(self.member).write(self.resolved)
        self.assertEqual(self._told(exception), ["raised", "assigned", "resolved"])
        exception.with_user(self.manager).action_reopen()
        self.assertEqual(self._told(exception), ["raised", "assigned", "resolved", "reopened"])

    def test_place_actor_and_content_are_those_of_the_exception(self):
        exception = self._raise()
        exception.with_user(self.member).action_take()
        self._commit()
        event = self.env["ops.event"].search([("type_code", "=", "exception.assigned")], limit=1)
        self.assertEqual(event.company_id + exception.company_id, self.company)
        self.assertEqual(event.site_id, self.site)
        self.assertEqual((event.actor_id, event.automated), (self.member, False))
        data = json.loads(event.sudo().body)["data"]
        self.assertEqual(
            (data["exception"], data["category"], data["source_id"], data["owner"]),
            (exception.id, "test_broke", self.site.id, self.member.id),
        )
        self.assertNotIn("It broke.", event.sudo().body, "what people wrote is not told")

    def test_a_repeat_and_other_changes_tell_nothing(self):
        exception = self._raise()
        self._raise("Again.")
        exception.with_user(self.manager).severity = "low"
        exception.with_user(self.manager).due_at = fields.Datetime.now()
        self.assertEqual(self._told(exception), ["raised"])

    def test_a_batch_is_told_at_the_cost_of_one(self):
        exceptions = self._raise_many(5)
        self._told(exceptions)
        exceptions.write({"user_id": self.member.id})
        self.assertEqual(self._told(exceptions).count("assigned"), 5)

    def test_an_exception_about_such_an_event_tells_nothing(self):
        exception = self._raise()
        self._commit()
        event = self.env["ops.event"].search(
            [("res_model", "=", "ops.exception"), ("res_id", "=", exception.id)]
        )
        about = self.env["ops.exception"]._raise_exception("event_loop", "Loop", event=event)
        about.write({"user_id": self.manager.id})
        self.assertEqual(self._told(about), [])

    def test_an_invalid_event_leads_to_one_exception_and_no_more(self):
        """What is wrong with telling is reported once, and that report is not told."""
        exception = self._raise()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_exception SET first_seen = '1990-01-01' WHERE id = %s", [exception.id]
        )
        exception.invalidate_recordset()
        exception.with_user(self.manager).user_id = self.member
        events = [("type_code", "=", "exception.assigned"), ("res_id", "=", exception.id)]
        self.assertEqual(self.env["ops.event"].search(events).state, "invalid")
        before = self.env["ops.exception"].search_count([])
        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            for _time in range(3):
                self.env["ops.event"]._cron_raise_invalid()
        self.assertEqual(self.env["ops.exception"].search_count([]), before + 1)

    def test_a_machine_is_told_from_a_person(self):
        robot = self._create_user("integration", "t_robot")
        events = self.env["ops.event"]
        for user, automated in (
            (self.env.ref("base.user_root"), True),
            (robot, True),
            (self.manager, False),
        ):
            with self.subTest(user=user.login):
                event = events.with_user(user).emit(
                    self.type.code, self.site.with_user(user), {"number": 1}
                )
                self.assertEqual(event.automated, automated)
                self._commit()

    def test_imported_history_has_the_one_who_did_it(self):
        rows = [
            {
                "record": self.site,
                "data": {"number": 1},
                "occurred_at": fields.Datetime.now(),
                "actor": self.manager,
            }
        ]
        self.env["ops.event"]._import_settled(self.type.code, rows)
        event = self.env["ops.event"].search([("type_id", "=", self.type.id)])
        self.assertEqual((event.actor_id, event.automated), (self.manager, False))
