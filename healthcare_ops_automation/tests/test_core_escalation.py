from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..core.escalation import START, Done, Step, next_due

BASE = datetime(2026, 3, 2, 8)
HOUR = 3600


def later(hours):
    return BASE + timedelta(hours=hours)


def clock(start, seconds):
    return start + timedelta(seconds=seconds)


class TestCoreEscalation(BaseCase):
    """When which step comes next."""

    def _next(self, steps, *done):
        due = next_due(steps, BASE, done, clock)
        return due and (due.step.number, due.repetition, due.at)

    def test_steps_follow_each_other_from_when_the_one_before_was_settled(self):
        steps = [Step(1, "a", "activity", 2 * HOUR), Step(2, "b", "activity", HOUR)]
        self.assertEqual(self._next(steps), (1, 0, later(2)))
        self.assertEqual(self._next(steps, Done(1, 0, later(5))), (2, 0, later(6)))
        self.assertIsNone(self._next(steps, Done(1, 0, later(5)), Done(2, 0, later(6))))

    def test_a_step_can_count_from_the_start_whatever_became_of_the_others(self):
        steps = [Step(1, "a", "activity", 9 * HOUR), Step(2, "b", "activity", HOUR, START)]
        self.assertEqual(self._next(steps), (2, 0, later(1)))
        self.assertEqual(self._next(steps, Done(2, 0, later(1))), (1, 0, later(9)))

    def test_a_repeated_step_holds_up_none_after_it(self):
        steps = [
            Step(1, "remind", "activity", HOUR, every=2 * HOUR, times=3),
            Step(2, "tell", "activity", 3 * HOUR),
        ]
        done = [Done(1, 0, later(1))]
        self.assertEqual(self._next(steps, *done), (1, 1, later(3)))
        done.append(Done(1, 1, later(3)))
        self.assertEqual(self._next(steps, *done), (2, 0, later(4)), "after its first time")
        done.append(Done(2, 0, later(4)))
        self.assertEqual(self._next(steps, *done), (1, 2, later(5)))
        done += [Done(1, 2, later(5)), Done(1, 3, later(7))]
        self.assertIsNone(self._next(steps, *done), "once, and three times more")

    def test_what_was_late_is_not_caught_up_in_a_rush(self):
        steps = [Step(1, "remind", "activity", HOUR, every=HOUR, times=9)]
        self.assertEqual(self._next(steps, Done(1, 0, later(20))), (1, 1, later(21)))

    def test_a_step_that_makes_no_sense_any_more_is_not_repeated(self):
        steps = [Step(1, "up", "line", HOUR, every=HOUR, times=9)]
        self.assertIsNone(self._next(steps, Done(1, 0, later(1), is_last=True)))

    def test_of_two_at_the_same_moment_the_first_comes_first(self):
        steps = [Step(1, "a", "activity", HOUR, START), Step(2, "b", "activity", HOUR, START)]
        self.assertEqual(self._next(steps), (1, 0, later(1)))
