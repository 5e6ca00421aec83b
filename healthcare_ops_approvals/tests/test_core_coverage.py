from math import inf

from odoo.tests import BaseCase

from ..core.coverage import Span, gaps, left_over, overlaps, unreachable

NO_PLACE = (frozenset(),) * 4
ANY = (None,) * 4


def span(id_, low=-inf, high=inf, site=None, within=(), **values):
    key = (None, site, None, None)
    above = (frozenset(), frozenset({site, *within} - {None}), frozenset(), frozenset())
    return Span(id_, key, above, low, high, **values)


class TestCoreCoverage(BaseCase):
    def test_what_is_left_between_bands(self):
        self.assertEqual(left_over(0, 10, []), [(0, 10)])
        self.assertEqual(left_over(0, 10, [(5, 20), (0, 3)]), [(3, 5)])
        self.assertEqual(left_over(0, 10, [(0, 5), (5, 10)]), [])

    def test_a_gap_between_bands_is_found(self):
        rows = [span(1, high=1000), span(2, 2000)]
        self.assertEqual(gaps(rows), {ANY: [(1000, 2000)]})

    def test_a_row_with_a_condition_closes_no_gap(self):
        rows = [span(1, high=1000), span(2, 1000, condition="filter")]
        self.assertEqual(gaps(rows), {ANY: [(1000, inf)]})

    def test_a_gap_of_one_place_is_told_when_it_differs(self):
        rows = [span(1, high=100, site=7)]
        self.assertEqual(gaps(rows), {ANY: [(-inf, inf)], (None, 7, None, None): [(100, inf)]})
        self.assertEqual(gaps([*rows, span(2)]), {})

    def test_a_row_below_one_that_takes_everything_is_never_reached(self):
        self.assertEqual(unreachable([span(1), span(2, 10, 20, site=7)]), {2: [1]})
        self.assertEqual(unreachable([span(1, site=7), span(2)]), {})

    def test_two_rows_together_may_hide_a_third(self):
        rows = [span(1, high=10), span(2, 10), span(3, 5, 15)]
        self.assertEqual(unreachable(rows), {3: [1, 2]})

    def test_a_place_hides_what_is_part_of_it(self):
        self.assertEqual(unreachable([span(1, site=7), span(2, site=8, within=[7])]), {2: [1]})

    def test_the_same_condition_hides_another_does_not(self):
        self.assertEqual(
            unreachable([span(1, condition="a"), span(2, condition="a"), span(3, condition="b")]),
            {2: [1]},
        )

    def test_bands_that_overlap_are_told_with_the_amounts(self):
        rows = [span(1, high=1000), span(2, 500, 2000), span(3)]
        self.assertEqual(overlaps(rows), [(1, 2, 500, 1000)])

    def test_what_asks_for_all_categories_hides_nothing_that_asks_for_any(self):
        above = (frozenset(), frozenset(), frozenset(), frozenset({3}))
        key = (None, None, None, 3)
        passes = Span(1, key, above, strict=True)
        asks = Span(2, key, above)
        self.assertEqual(unreachable([passes, asks]), {})
        self.assertEqual(unreachable([asks, passes]), {1: [2]})
