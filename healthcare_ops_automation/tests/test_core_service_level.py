from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..core.service_level import ClockFace, Matches
from ..core.working_time import AroundTheClock, WorkingTime

NINE = datetime(2026, 3, 2, 9)  # a Monday
HOUR = 3600


def at(hours):
    return NINE + timedelta(hours=hours)


class TestCoreServiceLevel(BaseCase):
    def _face(self, budget=4, hours=None):
        face = ClockFace(budget * HOUR, round(0.75 * budget * HOUR), hours or AroundTheClock())
        self.assertEqual(face.start(NINE), ["started"])
        return face

    # -- which move ------------------------------------------------------------------------

    def test_what_reaches_its_goal_is_stopped_though_the_policy_concerns_it_no_more(self):
        self.assertEqual(Matches(concerned=False, stop=True).move("running"), "stop")
        self.assertEqual(Matches(concerned=False).move("running"), "cancel")
        self.assertEqual(Matches(concerned=True, stop=True, cancel=True).move("paused"), "cancel")

    def test_pauses_and_goes_on_as_the_record_says(self):
        waiting, waits_no_more = Matches(True, pause=True), Matches(True)
        self.assertEqual(waiting.move("running"), "pause")
        self.assertIsNone(waiting.move("paused"))
        self.assertEqual(waits_no_more.move("paused"), "resume")
        self.assertIsNone(waits_no_more.move("running"))

    def test_starts_only_what_is_concerned_and_not_at_its_goal(self):
        self.assertTrue(Matches(True, start=True).may_start())
        self.assertFalse(Matches(True).may_start())
        self.assertTrue(Matches(True).may_start(by_hand=True))
        for over in (
            Matches(False, start=True),
            Matches(True, start=True, stop=True),
            Matches(True, start=True, cancel=True),
        ):
            self.assertFalse(over.may_start(by_hand=True), over)

    # -- what is counted -------------------------------------------------------------------

    def test_at_risk_at_three_quarters_and_breached_after_the_due_time(self):
        face = self._face()
        self.assertEqual((face.at_risk_at, face.due_at), (at(3), at(4)))
        self.assertEqual(face.advance(at(2.9)), [])
        self.assertEqual(face.advance(at(3)), ["at_risk"])
        self.assertEqual(face.advance(at(4)), [])
        self.assertEqual(face.advance(at(4.1)), ["breached"])
        self.assertEqual(face.breached_at, at(4))
        self.assertEqual(face.advance(at(9)), [])

    def test_a_breach_noticed_late_is_one_transition(self):
        face = self._face()
        self.assertEqual(face.advance(at(7)), ["breached"])
        self.assertEqual((face.is_at_risk, face.breached_at), (True, at(4)))

    def test_stopped_at_the_very_due_time_it_is_met_and_later_breached(self):
        face = self._face()
        self.assertEqual(face.stop(at(4)), ["at_risk", "stopped"])
        self.assertEqual((face.state, face.used), ("met", 4 * HOUR))
        late = self._face()
        self.assertEqual(late.stop(at(4) + timedelta(seconds=1)), ["breached", "stopped"])
        self.assertEqual(late.state, "breached")

    def test_a_pause_costs_nothing_and_hides_the_due_time(self):
        face = self._face()
        self.assertEqual(face.pause(at(1)), ["paused"])
        self.assertEqual((face.used, face.due_at, face.at_risk_at), (HOUR, None, None))
        self.assertEqual(face.advance(at(100)), [])
        self.assertEqual(face.resume(at(100)), ["resumed"])
        self.assertEqual((face.at_risk_at, face.due_at), (at(102), at(103)))
        self.assertEqual(face.stop(at(101)), ["stopped"])
        self.assertEqual((face.state, face.used), ("met", 2 * HOUR))

    def test_what_is_paused_too_late_is_breached_for_good(self):
        face = self._face()
        self.assertEqual(face.pause(at(5)), ["breached", "paused"])
        self.assertEqual(face.due_at, at(4))
        face.resume(at(6))
        self.assertEqual((face.due_at, face.used), (at(4), 5 * HOUR))
        self.assertEqual(face.stop(at(7)), ["stopped"])
        self.assertEqual((face.state, face.used), ("breached", 6 * HOUR))

    def test_stopped_or_cancelled_while_paused_nothing_more_is_counted(self):
        for end, state in (("stop", "met"), ("cancel", "cancelled")):
            face = self._face()
            face.pause(at(1))
            self.assertEqual(getattr(face, end)(at(50)), ["stopped"])
            self.assertEqual((face.state, face.used, face.stopped_at), (state, HOUR, at(50)))

    def test_other_hours_keep_what_was_used_and_move_the_rest(self):
        face = self._face()
        evening = WorkingTime([(at(8), at(12))], NINE, at(48))
        self.assertEqual(face.rehour(at(1), evening), [])
        self.assertEqual((face.used, face.due_at), (HOUR, at(11)))
        self.assertEqual(face.left(at(9)), 2 * HOUR)

    def test_once_at_risk_it_does_not_become_so_again(self):
        face = self._face()
        face.advance(at(3))
        face.pause(at(3.5))
        face.resume(at(10))
        self.assertEqual((face.at_risk_at, face.advance(at(10.4))), (None, []))
        self.assertEqual(face.advance(at(10.6)), ["breached"])

    def test_without_hours_to_come_it_has_no_due_time_and_is_never_breached(self):
        face = self._face(hours=WorkingTime([], NINE, at(1000)))
        self.assertIsNone(face.due_at)
        self.assertEqual(face.advance(at(999)), [])
        self.assertEqual(face.stop(at(999)), ["stopped"])
        self.assertEqual((face.state, face.used), ("met", 0))

    def test_seconds_left_turn_negative_when_overdrawn(self):
        face = self._face()
        self.assertEqual(face.left(at(1)), 3 * HOUR)
        self.assertEqual(face.left(at(6)), -2 * HOUR)
        face.pause(at(6))
        self.assertEqual(face.left(at(9)), -2 * HOUR)
