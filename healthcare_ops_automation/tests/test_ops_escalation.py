from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .escalating import EscalationCase


@tagged("post_install", "-at_install")
class TestOpsEscalation(EscalationCase):
    """Runs: how they start, go on and end."""

    def test_steps_are_taken_when_they_are_due_and_the_run_ends_after_the_last(self):
        policy = self._policy(
            {"recipient": "responsible"}, {"recipient": "site_manager", "delay_hours": 2}
        )
        exception = self._waiting()
        run = policy._start(exception, "late")
        self.assertEqual(
            (run.state, run.holder_id, run.site_id), ("running", self.worker, self.site)
        )
        self._pass(hours=0.9)
        self.assertFalse(run.log_ids)
        self._pass(hours=0.2)
        self.assertEqual(self._told(run), [(1, 0, "done")])
        self.assertEqual(exception.activity_ids.user_id, self.worker)
        self.assertEqual(run.next_step, "Activity for site manager")
        self._pass(hours=2)
        self.assertEqual(self._told(run), [(1, 0, "done"), (2, 0, "done")])
        self.assertEqual(exception.activity_ids.user_id, self.worker | self.boss)
        self.assertEqual((run.state, run.step_count), ("finished", 2))
        self._pass(hours=99)
        self.assertEqual(len(run.log_ids), 2)

    def test_one_run_of_a_policy_for_a_record_and_a_cause(self):
        policy, other = self._policy({}), self._policy({})
        exception = self._waiting()
        run = policy._start(exception, "late")
        self.assertEqual(policy._start(exception, "late again"), run)
        self.assertNotEqual(policy._start(exception, "late", cause_key="other"), run)
        self.assertNotEqual(other._start(exception, "late"), run)
        self._pass(hours=2)
        self.assertEqual(run.state, "finished")
        again = policy._start(exception, "late once more")
        self.assertEqual((again.state, again == run), ("running", False))

    def test_it_stops_when_the_record_needs_it_no_more(self):
        policy = self._policy({}, {})
        self.assertEqual(policy.stop_domain, "[('is_open', '=', False)]", "suggested")
        exception = self._waiting()
        run = policy._start(exception, "late")
        self._pass(hours=1)
        exception.write({"resolution": "done", "state": "resolved"})
        self._pass(hours=1)
        self.assertEqual((run.state, self._told(run)), ("stopped", [(1, 0, "done")]))
        self.assertIn("Stops when", run.end_reason)

    def test_what_is_settled_already_is_not_started(self):
        exception = self._waiting()
        exception.write({"resolution": "done", "state": "resolved"})
        self.assertFalse(self._policy({})._start(exception, "late"))

    def test_another_stop_domain_takes_the_place_of_the_policy_s(self):
        exception = self._waiting()
        run = self._policy({})._start(
            exception, "late", stop_domain="[('severity', '=', 'critical')]"
        )
        exception.severity = "critical"
        self._pass(hours=1)
        self.assertEqual(run.state, "stopped")

    def test_it_stops_when_the_record_is_deleted_or_archived(self):
        policy = self._policy(
            {"kind": "message", "recipient": "followers", "text": "x"}, model="res.partner"
        )
        kept, archived, deleted = self.env["res.partner"].create([{"name": "p"} for _n in range(3)])
        runs = policy._start(kept | archived | deleted, "late").sorted("res_id")
        archived.active = False
        deleted.unlink()
        self._pass(hours=1)
        self.assertEqual(runs.mapped("state"), ["finished", "stopped", "stopped"])
        self.assertIn("archived", runs[1].end_reason)
        self.assertIn("does not exist", runs[2].end_reason)

    def test_it_is_stopped_by_what_started_it(self):
        policy = self._policy({})
        first, second = self._waiting(name="a"), self._waiting(name="b")
        runs = policy._start(first | second, "late")
        self.assertEqual(
            self.runs._stop(first, policy, "No longer late."),
            runs[:1] & runs.filtered(lambda r: r.res_id == first.id)
            or runs.filtered(lambda r: r.res_id == first.id),
        )
        self._pass(hours=1)
        by_record = {run.res_id: run.state for run in runs}
        self.assertEqual(by_record, {first.id: "stopped", second.id: "finished"})

    def test_switching_a_policy_off_ends_what_it_does(self):
        policy = self._policy({})
        run = policy._start(self._waiting(), "late")
        policy.active = False
        self.assertEqual((run.state, run.end_reason), ("stopped", "The policy was switched off."))
        self.assertFalse(policy._start(self._waiting(name="b"), "late"))

    def test_managers_and_administrators_stop_it_by_hand_and_others_do_not(self):
        policy = self._policy({})
        for role in ("user", "auditor"):
            run = policy._start(self._waiting(name=role), "late")
            with self.assertRaises(AccessError, msg=role):
                run.with_user(self._create_user(role)).action_stop()
            self.assertEqual(run.state, "running")
        for role in ("manager", "admin"):
            user = self._create_user(role)
            run = policy._start(self._waiting(name=role), "late")
            run.with_user(user).action_stop()
            self.assertEqual((run.state, run.end_reason), ("stopped", f"Stopped by {user.name}."))
            with self.assertRaisesRegex(UserError, "ended already"):
                run.with_user(user).action_stop()

    def test_a_manager_of_another_company_cannot_stop_it(self):
        run = self._policy({})._start(self._waiting(self.foreign_site), "late")
        with self.assertRaises(AccessError):
            run.with_user(self.boss).action_stop()

    # -- versions -------------------------------------------------------------------------

    def test_a_run_keeps_the_steps_that_it_began_with(self):
        policy = self._policy({"recipient": "responsible"})
        exception, later = self._waiting(), self._waiting(name="b")
        run = policy._start(exception, "late")
        policy.step_ids = [
            Command.update(policy.step_ids.id, {"recipient": "site_manager"}),
            Command.create(self._step({"sequence": 9})),
        ]
        new = policy._start(later, "late")
        self.assertEqual((run.version_id.version, new.version_id.version), (1, 2))
        self._pass(hours=1)
        self.assertEqual((run.state, new.state), ("finished", "running"))
        self.assertEqual(exception.activity_ids.user_id, self.worker)
        self.assertEqual(later.activity_ids.user_id, self.boss)

    def test_saving_what_was_there_already_makes_no_version(self):
        policy = self._policy({}, {})
        self.assertEqual(policy.version, 1)
        policy.write({"name": "Another name", "step_ids": []})
        policy.step_ids[0].recipient = "responsible"
        self.assertEqual(policy.version, 1)
        policy.step_ids[0].delay_hours = 9
        self.assertEqual(policy.version, 2)
        policy.step_ids[1].unlink()
        self.assertEqual((policy.version, len(policy.version_ids)), (3, 3))

    def test_steps_that_were_deleted_meanwhile_still_are_taken(self):
        policy = self._policy({}, {})
        run = policy._start(self._waiting(), "late")
        policy.step_ids.unlink()
        self._pass(hours=1)
        self._pass(hours=1)
        self.assertEqual(len(run.log_ids), 2)
        self.assertFalse(policy._start(self._waiting(name="b"), "late"), "a policy without steps")

    # -- conditions and repetition --------------------------------------------------------

    def test_a_step_whose_condition_does_not_hold_is_left_out_and_the_log_says_so(self):
        policy = self._policy({"condition_domain": "[('severity', '=', 'critical')]"}, {})
        run = policy._start(self._waiting(), "late")
        self._pass(hours=1)
        entry = run.log_ids
        self.assertEqual(
            (entry.outcome, entry.result), ("skipped", "The record does not match “Only when”.")
        )
        self._pass(hours=1)
        self.assertEqual(self._told(run), [(1, 0, "skipped"), (2, 0, "done")])
        self.assertEqual(run.step_count, 1)

    def test_a_step_is_repeated_as_often_as_it_says(self):
        policy = self._policy({"repeat_every_hours": 4, "repeat_times": 2})
        exception = self._waiting()
        run = policy._start(exception, "late")
        for hours in (1, 3, 1, 4, 4, 4):
            self._pass(hours=hours)
        self.assertEqual(self._told(run), [(1, 0, "done"), (1, 1, "done"), (1, 2, "done")])
        self.assertEqual(len(exception.activity_ids), 3)
        self.assertEqual(run.state, "finished")

    # -- working time ---------------------------------------------------------------------

    def test_delays_count_in_the_working_hours_of_each_site(self):
        """Thursday, 2 April 2026, 15:00 UTC: 17:00 in Berlin, 11:00 in New York. Friday is a
        holiday in Berlin."""
        self._start_at(datetime(2026, 4, 2, 15))
        berlin, new_york = (self._hours(tz) for tz in ("Europe/Berlin", "America/New_York"))
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Good Friday",
                "calendar_id": berlin.id,
                "date_from": datetime(2026, 4, 2, 22),
                "date_to": datetime(2026, 4, 3, 22),
            }
        )
        self.env.flush_all()
        holiday.company_id = self.company
        self.site.resource_calendar_id = berlin
        self.other_site.resource_calendar_id = new_york
        policy = self._policy({"delay_hours": 3}, hours="site")
        runs = policy._start(
            self._waiting(self.site, name="b") | self._waiting(self.other_site, name="n"), "late"
        )
        due = {run.site_id: run.next_step_at for run in runs}
        # Berlin: an hour is left on Thursday; on Monday two more, from 8:00 (6:00 UTC).
        self.assertEqual(due[self.site], datetime(2026, 4, 6, 8))
        # New York: 12:00, then from 13:00 to 15:00 (19:00 UTC), on the same Thursday.
        self.assertEqual(due[self.other_site], datetime(2026, 4, 2, 19))
        self._pass(hours=4)
        done = {run.site_id: run.state for run in runs}
        self.assertEqual(done, {self.site: "running", self.other_site: "finished"})
        self._pass(days=3, hours=12)
        self.assertEqual(
            runs.mapped("state"),
            ["running", "finished"][:: 1 if runs[0].site_id == self.site else -1],
        )
        self._pass(hours=1)
        self.assertEqual(set(runs.mapped("state")), {"finished"})

    def test_a_site_without_any_hours_does_not_silence_it(self):
        self._start_at(datetime(2026, 4, 2, 15))
        self.site.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "Never", "company_id": self.company.id, "attendance_ids": [Command.clear()]}
        )
        run = self._policy({"delay_hours": 3}, hours="site")._start(self._waiting(), "late")
        self.assertEqual(run.next_step_at, datetime(2026, 4, 2, 18))

    def test_delays_can_count_from_another_moment_than_now(self):
        self._start_at(datetime(2026, 4, 2, 15))
        run = self._policy({"delay_hours": 3})._start(
            self._waiting(), "late", due_base=datetime(2026, 4, 2, 10)
        )
        self.assertEqual(run.next_step_at, datetime(2026, 4, 2, 13))
        self._pass()
        self.assertEqual(run.state, "finished")

    def _hours(self, tz):
        return self.env["resource.calendar"].create(
            {
                "name": tz,
                "tz": tz,
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{day} {first}",
                                "dayofweek": str(day),
                                "hour_from": first,
                                "hour_to": last,
                                "day_period": "morning" if last <= 12 else "afternoon",
                            }
                        )
                        for day in range(5)
                        for first, last in ((8, 12), (13, 18))
                    ),
                ],
            }
        )

    # -- places ---------------------------------------------------------------------------

    def test_a_policy_of_one_company_does_not_start_in_another(self):
        policy = self._policy({}, company_id=self.company.id)
        ours, theirs = self._waiting(name="a"), self._waiting(self.foreign_site, name="b")
        runs = policy._start(ours | theirs, "late")
        self.assertEqual(runs.mapped("res_id"), ours.ids)

    def test_what_belongs_to_no_company_is_at_home_where_the_work_was_done(self):
        partner = self.env["res.partner"].create({"name": "Shared"})
        policy = self._policy(
            {"kind": "message", "recipient": "followers", "text": "x"}, model="res.partner"
        )
        run = policy._start(partner, "late")
        self.assertEqual((run.company_id, run.site_id), (self.env.company, self.env["ops.site"]))
