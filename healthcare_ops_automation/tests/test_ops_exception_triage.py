from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .exceptions import ExceptionCase


@tagged("post_install", "-at_install")
class TestOpsExceptionTriage(ExceptionCase):
    """Deciding about one or many in a dialog: each gets an answer."""

    def _dialog(self, exceptions, user=None, purpose="triage", **values):
        exceptions = exceptions.with_user(user or self.member)
        action = exceptions.env["ops.exception.triage"]._open(exceptions, purpose)
        dialog = exceptions.env["ops.exception.triage"].browse(action["res_id"])
        dialog.write(values)
        return dialog

    def _answers(self, dialog):
        return {line.exception_id.id: line.answer for line in dialog.line_ids}

    def test_many_are_triaged_at_once_and_each_says_what_was_done(self):
        exceptions = self._raise_many(3, team=self.team)
        due = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        dialog = self._dialog(
            exceptions,
            user_id=self.lead.id,
            severity="critical",
            due_at=due,
            cause_id=self.unknown.id,
            note="Together, please.",
        )
        self.assertEqual(dialog.state, "triaged")
        shown = dialog.action_apply()
        self.assertEqual((shown["res_id"], dialog.is_decided), (dialog.id, True))
        self.assertEqual((dialog.done_count, dialog.refused_count), (3, 0))
        for each in exceptions:
            self.assertEqual(
                (each.state, each.user_id, each.severity, each.due_at, each.cause_id),
                ("triaged", self.lead, "critical", due, self.unknown),
            )
            self.assertIn("Together, please.", "".join(each.message_ids.mapped("body")))
            answer = self._answers(dialog)[each.id]
            for word in ("Triaged", "Owner: Lea Lead", "Severity: Critical", "Note written"):
                self.assertIn(word, answer)

    def test_mixed_rights_are_answered_one_by_one(self):
        team_s, nobody_s = self._raise_many(2, team=self.team)
        nobody_s.team_id = False
        foreign = self._raise(cause_key="foreign")
        foreign.user_id = self.lead
        closed = self._raise(cause_key="closed", team=self.team)
        closed.write(self.resolved)
        dialog = self._dialog(team_s + nobody_s + foreign + closed, severity="critical")
        dialog.action_apply()
        self.assertEqual((dialog.done_count, dialog.refused_count), (2, 2))
        answers = self._answers(dialog)
        self.assertIn("with Lea Lead. Only its owner", answers[foreign.id])
        self.assertIn("closed: reopen it first", answers[closed.id])
        self.assertEqual((foreign.severity, foreign.state), ("high", "new"))
        self.assertEqual((team_s.severity, nobody_s.severity), ("critical", "critical"))
        refused = self.env["ops.exception"].search(dialog.action_open_refused()["domain"])
        self.assertEqual(refused, foreign + closed)
        dialog.action_apply()  # a second click changes nothing
        self.assertEqual(dialog.done_count, 2)

    def test_nothing_is_half_done_on_one_of_them(self):
        """The second of three fails after its values were written: they are taken back."""
        exceptions = self._raise_many(3, team=self.team)
        dialog = self._dialog(exceptions, severity="critical", note="x")
        with self._refusing_messages_on(exceptions[1]):
            dialog.action_apply()
        self.assertEqual(exceptions.mapped("severity"), ["critical", "high", "critical"])
        self.assertEqual(exceptions.mapped("state"), ["triaged", "new", "triaged"])
        self.assertEqual(self._answers(dialog)[exceptions[1].id], "No message here.")
        self.assertEqual(exceptions[1].step_ids.mapped("kind"), ["raised"])

    @contextmanager
    def _refusing_messages_on(self, refused):
        model = type(self.env["ops.exception"])
        message_post = model.message_post

        def posting(records, **kwargs):
            if records.id == refused.id:
                raise UserError(records.env._("No message here."))
            return message_post(records, **kwargs)

        with patch.object(model, "message_post", posting):
            yield

    def test_what_somebody_changed_meanwhile_is_refused(self):
        one, two = self._raise_many(2, team=self.team)
        dialog = self._dialog(one + two, severity="low")
        one.with_user(self.lead).action_take()
        self._raise(cause_key="cause 1")  # a repeat is no decision of anybody's
        dialog.action_apply()
        self.assertRegex(self._answers(dialog)[one.id], r"changed meanwhile by Lea Lead \(")
        self.assertEqual((one.severity, two.severity), ("high", "low"))
        self.assertEqual((one.state, two.state), ("in_work", "triaged"))

    def test_triage_of_many_puts_nothing_back_that_is_in_work_or_waits(self):
        new, taken, waiting = self._raise_many(3, team=self.team)
        taken.with_user(self.member).action_take()
        tomorrow = fields.Date.context_today(waiting) + timedelta(days=1)
        wait = {"state": "waiting", "waiting_reason": "The vendor", "follow_up_date": tomorrow}
        waiting.with_user(self.member).write(wait)
        dialog = self._dialog(new + taken + waiting, severity="critical")
        self.assertEqual(dialog.state, "triaged", "for the new one")
        dialog.action_apply()
        self.assertEqual(dialog.refused_count, 0)
        self.assertEqual((new.state, taken.state, waiting.state), ("triaged", "in_work", "waiting"))
        self.assertEqual(waiting.waiting_reason, "The vendor")
        self.assertEqual({new.severity, taken.severity, waiting.severity}, {"critical"})

    def test_a_dialog_is_its_user_s_and_names_nothing_that_is_hidden(self):
        dialog = self._dialog(self._raise(team=self.team))
        theirs = dialog.with_user(self.lead)
        line = dialog.line_ids.with_user(self.lead)
        acts = {
            "read": lambda: theirs.read(["note"]),
            "write": lambda: theirs.write({"note": "x"}),
            "apply": theirs.action_apply,
            "line": lambda: line.read(["exception_id"]),
        }
        for name, act in acts.items():
            self.env.flush_all()
            self.env.invalidate_all()  # what one has read is no reading of the other's
            with self.subTest(name), self.assertRaises(AccessError):
                act()
        foreign = self._raise(record=self.foreign_site)
        dialogs = self.env["ops.exception.triage"].with_user(self.member)
        for values in (
            {"parent_id": foreign.id},
            {"line_ids": [Command.create({"exception_id": foreign.id})]},
        ):
            with self.assertRaises(AccessError):
                dialogs.create(values)

    def test_of_one_alone_a_refusal_is_raised(self):
        exception = self._raise(team=self.team)
        dialog = self._dialog(exception, severity="low")
        exception.with_user(self.lead).action_take()
        with self.assertRaisesRegex(UserError, "changed meanwhile by Lea Lead"):
            dialog.action_apply()
        with self.assertRaisesRegex(AccessError, "Only its owner"):
            self._dialog(exception, user=self.outsider)

    def test_resolving_waiting_and_accepting_ask_for_what_they_need(self):
        exception = self._raise(team=self.team)
        day = fields.Date.context_today(exception) + timedelta(days=1)
        for purpose, values, problem in (
            ("resolved", {"resolution": "Mended."}, "Resolution code"),
            ("resolved", {"resolution_id": self.mended.id}, "In words"),
            ("accepted", {"resolution": " "}, "In words"),
            ("waiting", {"follow_up_date": day}, "Waiting for"),
            ("waiting", {"waiting_reason": "The vendor"}, "Follow up on"),
            ("group", {}, "choose the main exception"),
        ):
            with self.assertRaisesRegex(UserError, problem, msg=(purpose, values)):
                self._dialog(exception, purpose=purpose, **values).action_apply()
        dialog = self._dialog(
            exception, purpose="waiting", waiting_reason="The vendor", follow_up_date=day
        )
        dialog.action_apply()
        self.assertEqual((exception.state, exception.follow_up_date), ("waiting", day))
        dialog = self._dialog(
            exception,
            purpose="resolved",
            resolution="Mended.",
            resolution_id=self.mended.id,
            cause_id=self.unknown.id,
        )
        dialog.action_apply()
        self.assertEqual((exception.state, exception.cause_id), ("resolved", self.unknown))

    def test_nothing_chosen_is_said(self):
        exception = self._raise(team=self.team)
        exception.with_user(self.member).action_take()
        with self.assertRaisesRegex(UserError, "Nothing was chosen"):
            self._dialog(exception, cause_id=False).action_apply()

    def test_many_of_one_cause_go_under_the_main_one(self):
        exceptions = self._raise_many(3, team=self.team)
        self._raise(cause_key="cause 1")
        dialog = self._dialog(exceptions, purpose="group")
        self.assertEqual(dialog.parent_id, exceptions[1], "the one that came back most often")
        dialog.action_apply()
        self.assertEqual(exceptions[1].grouped_ids, exceptions[0] + exceptions[2])
        self.assertEqual(dialog.refused_count, 0)
        self.assertFalse(exceptions[1].parent_id)

    def test_another_team_s_exception_leaves_the_owner_s_hands(self):
        exception = self._raise(team=self.team)
        exception.with_user(self.member).action_take()
        other = self._create_team("Night", "NIGHT", self.outsider)
        self._dialog(exception, team_id=other.id).action_apply()
        self.assertEqual((exception.team_id, exception.user_id.id), (other, False))

    def test_too_many_and_none_are_refused(self):
        dialogs = self.env["ops.exception.triage"]
        with self.assertRaisesRegex(UserError, "at least one"):
            dialogs._open(self.env["ops.exception"], "triage")
        with (
            patch("odoo.addons.healthcare_ops_automation.wizards.ops_exception_triage.MOST", 1),
            self.assertRaisesRegex(UserError, "at most 1"),
        ):
            dialogs._open(self._raise_many(2), "triage")

    def test_owner_without_the_role_is_refused_for_each(self):
        exceptions = self._raise_many(2, team=self.team)
        requester = self._create_user("requester")
        dialog = self._dialog(exceptions, user_id=requester.id)
        dialog.action_apply()
        self.assertEqual(dialog.refused_count, 2)
        with self.assertRaises(ValidationError):
            self._dialog(exceptions[0], user_id=requester.id).action_apply()
