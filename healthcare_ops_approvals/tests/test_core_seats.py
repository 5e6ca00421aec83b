from odoo.tests import BaseCase

from ..core.route import needed
from ..core.seats import reserve, unfilled


class TestCoreSeats(BaseCase):
    def test_how_many_have_to_approve(self):
        self.assertEqual(needed("any", 5, 3), 1)
        self.assertEqual(needed("all", 0, 3), 3)
        self.assertEqual(needed("n_of_m", 2, 3), 2)
        self.assertEqual(needed("all", 0, 0), 1, "nobody never is enough")
        self.assertEqual(needed("n_of_m", 0, 3), 1)

    def test_whom_a_stage_cannot_do_without_is_kept_for_it(self):
        self.assertEqual(reserve([{1, 2}, {1}], [1, 1]), {0: {1: 1}})
        self.assertEqual(reserve([{1, 2, 3}, {1, 2}], [1, 1]), {})

    def test_keeping_one_may_make_another_indispensable(self):
        taken = reserve([{1, 2, 3}, {1, 2}, {1}], [1, 1, 1])
        self.assertEqual(taken, {0: {1: 2, 2: 1}, 1: {1: 2}})

    def test_one_person_fills_one_seat(self):
        self.assertIsNone(unfilled([{1, 2}, {1}], [1, 1]))
        self.assertEqual(unfilled([{1}, {1}], [1, 1]), 1)
        self.assertEqual(unfilled([{1, 2}, {1, 2}], [2, 1]), 1)
        self.assertIsNone(unfilled([{1, 2, 3}, {1, 2}], [1, 2]))

    def test_a_quorum_larger_than_the_pool_is_not_filled(self):
        self.assertEqual(unfilled([{1, 2}], [3]), 0)
