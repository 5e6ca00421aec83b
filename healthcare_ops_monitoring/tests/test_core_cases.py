import doctest
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..core import cases
from ..core.cases import END, REWORK, START, STEP, Happening, Times, fold, follows

T0 = datetime(2026, 3, 2, 8)


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def log(*facts, automated=False):
    """Events ``(minute, role)``, each of a milestone numbered by its place."""
    return [
        Happening(
            number, at(minute), number, 100 + number, role, automated, place=(f"site {number}",)
        )
        for number, (minute, role) in enumerate(facts, start=1)
    ]


def measure(happening, start, end):
    """Half of the time is worked; the calendar is that of the event's place."""
    wall = int((end - start).total_seconds())
    return Times(wall, wall // 2, happening.place[0])


class TestCoreCases(BaseCase):
    def test_the_examples_in_the_docstrings_hold(self):
        result = doctest.testmod(cases)
        self.assertGreater(result.attempted, 0)
        self.assertFalse(result.failed)

    def test_a_case_opens_with_its_first_event_and_closes_with_its_end(self):
        [case] = fold(log((0, START), (10, STEP), (30, END)), measure)
        self.assertEqual((case.round, case.opened_at, case.closed_at), (1, at(0), at(30)))
        self.assertEqual((case.wall_seconds, case.working_seconds), (1800, 900))
        self.assertEqual((case.step_count, case.rework_count), (3, 0))
        self.assertEqual((case.last_milestone, case.end_milestone), (103, 103))
        self.assertEqual((case.place, case.calendar), (("site 3",), "site 3"))

    def test_whatever_comes_first_opens_a_case(self):
        for role in (STEP, END, REWORK):
            with self.subTest(role):
                [case] = fold(log((0, role)), measure)
                self.assertEqual((case.round, case.opened_at), (1, at(0)))
                self.assertEqual(case.is_open, role != END)
                self.assertEqual(case.rework_count, int(role == REWORK))
                self.assertEqual(case.wall_seconds, 0)

    def test_steps_tell_where_they_come_from_and_how_long_it_took(self):
        [case] = fold(log((0, START), (10, STEP), (30, END)), measure)
        told = [
            (step.previous_milestone, step.since_previous.wall, step.since_start.working)
            for step in case.steps
        ]
        self.assertEqual(told, [(None, 0, 0), (101, 600, 300), (102, 1200, 900)])

    def test_start_on_an_open_case_is_rework(self):
        [case] = fold(log((0, START), (5, START), (9, REWORK)), measure)
        self.assertEqual([step.rework for step in case.steps], [False, True, True])
        self.assertEqual((case.rework_count, case.reopened_count), (2, 0))

    def test_start_after_the_end_is_the_next_round(self):
        first, second = fold(log((0, START), (5, END), (9, START), (11, END)), measure)
        self.assertEqual((first.round, second.round), (1, 2))
        self.assertEqual((second.opened_at, second.wall_seconds), (at(9), 120))
        self.assertEqual(second.steps[0].previous_milestone, None)
        self.assertEqual(second.rework_count, 0)

    def test_rework_after_the_end_opens_the_same_case_again(self):
        [case] = fold(log((0, START), (5, END), (9, REWORK)), measure)
        self.assertTrue(case.is_open)
        self.assertEqual((case.reopened_count, case.rework_count), (1, 1))
        self.assertEqual((case.end_milestone, case.wall_seconds), (None, 0))
        [case] = fold(log((0, START), (5, END), (9, REWORK), (20, END)), measure)
        self.assertEqual((case.closed_at, case.wall_seconds), (at(20), 1200))

    def test_what_else_comes_after_the_end_leaves_the_case_closed(self):
        [case] = fold(log((0, START), (5, END), (9, STEP), (12, END)), measure)
        self.assertEqual((case.closed_at, case.wall_seconds), (at(5), 300))
        self.assertEqual((case.end_milestone, case.last_milestone), (102, 104))
        self.assertEqual((case.step_count, case.last_at), (4, at(12)))
        self.assertEqual((case.place, case.calendar), (("site 4",), "site 2"))

    def test_events_are_folded_in_their_order_whatever_order_they_come_in(self):
        events = log((0, START), (5, END), (5, START), (5, END), (9, REWORK))
        self.assertEqual(fold(events, measure), fold(reversed(events), measure))
        self.assertEqual([case.round for case in fold(events, measure)], [1, 2])

    def test_a_case_goes_on_as_if_it_had_been_folded_at_once(self):
        facts = [(0, START), (5, END), (9, REWORK), (20, END), (30, START), (31, STEP)]
        events = log(*facts)
        at_once = {case.round: case for case in fold(events, measure)}
        for cut in range(1, len(events)):
            with self.subTest(cut):
                before = {case.round: case for case in fold(events[:cut], measure)}
                last = before[max(before)]
                kept = len(last.steps)
                after = {case.round: case for case in fold(events[cut:], measure, last)}
                self.assertEqual(len(last.steps), kept, "the case before is left as it was")
                for round_, case in (before | after).items():
                    added = before[round_].steps if round_ in before else []
                    if round_ in after:
                        case.steps = added * (round_ in before) + case.steps
                    self.assertEqual(case, at_once[round_])

    def test_touch_tells_who_worked_on_it(self):
        people, machines = log((0, START), (1, END)), log((2, STEP), automated=True)
        for events, touch in (
            (people, "person"),
            (machines, "automation"),
            (people + machines, "mixed"),
        ):
            self.assertEqual(fold(events, measure)[0].touch, touch)

    def test_fractions_of_a_second_order_events_and_are_not_counted(self):
        early = Happening(1, at(0) + timedelta(microseconds=900_000), 1, 1, START, False, ("x",))
        late = Happening(2, at(1) + timedelta(microseconds=100_000), 2, 2, END, False, ("x",))
        [case] = fold([late, early], measure)
        self.assertEqual((case.opened_at, case.wall_seconds), (at(0), 60))

    def test_late_is_what_does_not_come_after_the_last_one(self):
        first, second, third = log((0, START), (5, STEP), (5, END))
        self.assertTrue(follows([third], second.order))
        self.assertFalse(follows([second], third.order))
        self.assertFalse(follows([first, third], second.order))
