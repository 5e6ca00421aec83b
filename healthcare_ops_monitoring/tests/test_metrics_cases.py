from odoo.tests import TransactionCase, tagged

from .projecting import ProjectingMixin, day


@tagged("post_install", "-at_install")
class TestMetricsCases(ProjectingMixin, TransactionCase):
    """The counter of closed cases: once for each end, however often the log is followed."""

    def _closed(self):
        totals = self.env["ops.metric.counter"]._totals().get("cases_closed", [])
        return sum(value for labels, value in totals if labels["process"] == self.code)

    def test_a_case_counts_when_it_comes_to_its_end_and_when_it_does_so_again(self):
        self.happen("begun", day(2))
        self.project()
        self.assertEqual(self._closed(), 0)
        self.happen("done", day(3))
        self.project()
        self.assertEqual(self._closed(), 1)
        self.happen("redone", day(4))
        self.happen("done", day(5))
        self.project()
        self.assertEqual(self._closed(), 2)

    def test_what_is_worked_out_anew_does_not_count_again(self):
        self.happen("begun", day(2))
        self.happen("done", day(4))
        self.project()
        self.happen("passed", day(3))  # late: the record is folded anew
        self.project()
        self.process._rebuild()
        self.project()
        self.assertEqual(self.cases().step_count, 3)
        self.assertEqual(self._closed(), 1)

    def test_cases_that_go_turn_nothing_back(self):
        self.happen("begun", day(2))
        self.happen("done", day(4))
        self.project()
        self.cases().unlink()
        self.assertEqual(self._closed(), 1)
