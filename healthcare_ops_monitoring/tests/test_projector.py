from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.process import ops_projector
from .projecting import ProjectingMixin, day


@tagged("post_install", "-at_install")
class TestProjector(ProjectingMixin, TransactionCase):
    """Events become cases and steps, once, whatever order they come in."""

    def test_events_become_a_case_and_its_steps(self):
        begun = self.happen("begun", day(2))
        self.happen("passed", day(2, 9))
        self.happen("done", day(2, 10, 30), record_name="Renamed")
        self.project()
        case = self.cases()
        self.assertEqual((case.state, case.round, case.record_name), ("closed", 1, "Renamed"))
        self.assertEqual((case.opened_at, case.closed_at), (day(2), day(2, 10, 30)))
        self.assertEqual(case.wall_seconds, 9000)
        self.assertEqual(case.end_milestone_id, self.milestones["done"])
        self.assertEqual(case.step_ids[0].event_id, begun)
        self.assertEqual(case.step_ids.mapped("wall_seconds"), [0, 3600, 5400])
        self.assertEqual(case.step_ids.mapped("wall_since_start"), [0, 3600, 9000])
        self.assertEqual(
            case.step_ids.previous_milestone_id,
            self.milestones["begun"] + self.milestones["passed"],
        )

    def test_running_again_changes_nothing(self):
        self.happen("begun", day(2))
        self.happen("done", day(3))
        self.project()
        before = self.rows()
        self.project()
        self.env.cr.execute(SQL("UPDATE ops_event SET projected = NULL"))
        self.project()
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.cases().step_count, 2)

    def test_a_case_goes_on_where_it_was(self):
        self.happen("begun", day(2))
        self.project()
        case = self.cases()
        self.assertEqual((case.state, case.wall_seconds, case.closed_at), ("open", 0, False))
        self.happen("done", day(3))
        with patch.object(type(self.env["ops.projector"]), "_load_events") as load:
            load.return_value = {}
            self.project()
        for call in load.call_args_list:
            self.assertEqual(call.args[0], [], "what comes in order is appended, not folded anew")
        self.assertEqual(self.cases(), case)
        self.assertEqual((case.state, case.step_count), ("closed", 2))

    def test_a_late_event_gives_the_rows_of_a_rebuild(self):
        self.happen("begun", day(2))
        self.happen("done", day(4))
        self.happen("begun", day(5))
        self.project()
        cases = self.cases()
        self.happen("redone", day(4, 12))
        self.project()
        # The end is no end any more: the case went on, and the start after it is rework.
        self.assertEqual(self.cases(), cases[0])
        self.assertEqual((cases[0].state, cases[0].reopened_count), ("open", 1))
        self.assertEqual(cases[0].rework_count, 2)
        self.assertEqual(cases[0].step_ids.mapped("at"), [day(2), day(4), day(4, 12), day(5)])
        self._assert_as_rebuilt()

    def _assert_as_rebuilt(self):
        before = self.rows()
        self.process._rebuild()
        self.project()
        self.assertEqual(self.rows(), before)
        self.assertFalse(self.process.rebuild_asked_at)

    def test_events_of_one_second_follow_the_order_of_their_commits(self):
        self.happen("done", day(2), sequence=2)
        self.happen("begun", day(2), sequence=1)
        self.project()
        self.assertEqual(self.cases().mapped("state"), ["closed"])
        self.happen("begun", day(2), sequence=3)
        self.project()
        self.assertEqual(self.cases().mapped("state"), ["closed", "open"])

    def test_records_and_companies_are_apart(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        site = self.make_site("Hill", south)
        self.happen("begun", day(2), record=1)
        self.happen("begun", day(2), record=2, site=site)
        self.happen("done", day(3), record=2, site=site)
        self.project()
        first, second = self.cases(1), self.cases(2)
        self.assertEqual((first.company_id, first.site_id.id), (self.env.company, False))
        self.assertEqual((second.company_id, second.site_id), (south, site))
        self.assertEqual(first.state + second.state, "openclosed")

    def test_the_place_of_a_case_is_that_of_its_last_event_and_a_steps_its_own(self):
        here, there = self.make_site("Here"), self.make_site("There")
        self.happen("begun", day(2), site=here)
        self.happen("passed", day(3), site=there)
        self.project()
        self.assertEqual(self.cases().site_id, there)
        self.assertEqual(self.cases().step_ids.mapped("site_id"), here + there)

    def test_events_of_no_process_are_marked_and_leave_no_row(self):
        free = self.make_event(self.make_type("t.projecting.free"))
        invalid = self.happen("begun", day(2), state="invalid")
        self.project()
        self.assertFalse(self.cases())
        self.env.cr.execute(
            SQL("SELECT id, projected FROM ops_event WHERE id = ANY(%s)", [free.id, invalid.id])
        )
        projected = dict(self.env.cr.fetchall())
        self.assertTrue(projected[free.id])
        self.assertFalse(projected[invalid.id])

    def test_who_did_it_is_told_also_of_events_older_than_the_column(self):
        robot = self.env.ref("base.user_root")
        person = self.in_role("user")
        facts = (
            (1, {"automated": True, "actor_id": person.id}, "automation"),
            (2, {"automated": False, "actor_id": robot.id}, "person"),
            (3, {"actor_id": robot.id}, "automation"),
            (4, {"actor_id": person.id}, "person"),
            (5, {"actor_id": False}, "person"),
        )
        for record, values, _touch in facts:
            event = self.happen("begun", day(2), record=record, **values)
            if "automated" not in values:
                self.env.flush_all()
                self.env.cr.execute(
                    SQL("UPDATE ops_event SET automated = NULL WHERE id = %s", event.id)
                )
        self.project()
        for record, _values, touch in facts:
            self.assertEqual(self.cases(record).touch, touch, record)

    def test_pruned_content_makes_no_difference(self):
        self.happen("begun", day(2), body="{}", data="{}")
        self.project()
        before = self.rows()
        self.env.cr.execute(SQL("UPDATE ops_event SET body = NULL, data = NULL"))
        self.process._rebuild()
        self.project()
        self.assertEqual(self.rows(), before)

    def test_an_event_with_a_lower_id_that_was_committed_later_is_found(self):
        late = self.happen("begun", day(2), state="open")
        self.happen("begun", day(3), record=2)
        self.project()
        self.assertFalse(self.cases())
        late.state = "sealed"
        self.project()
        self.assertEqual(len(self.cases()), 1)

    def test_small_batches_give_the_same_rows(self):
        for number in range(24):
            milestone = ("begun", "passed", "done", "redone")[number % 4]
            self.happen(milestone, day(2) + timedelta(hours=number), record=1 + number % 3)
        self.project()
        before = self.rows()
        self.process._rebuild()
        with patch.object(ops_projector, "BATCH", 1), patch.object(ops_projector, "REFOLD_MOST", 1):
            self.project()
        self.assertEqual(self.rows(), before)

    def test_out_of_time_it_asks_to_be_called_again(self):
        self.happen("begun", day(2))
        cron = self.env.ref(ops_projector.PROJECT_CRON)
        triggers = [("cron_id", "=", cron.id)]
        self.env["ir.cron.trigger"].search(triggers).unlink()
        with patch.object(ops_projector, "RUN_SECONDS", 0):
            self.project()
        self.assertFalse(self.cases())
        self.assertEqual(self.env["ir.cron.trigger"].search_count(triggers), 1)
