from odoo.tests import BaseCase

from ..builders import gtin


class TestGtin(BaseCase):
    def test_check_digit_is_that_of_the_gs1_example(self):
        # GS1's own example of the calculation: 629104150021 has the check digit 3.
        self.assertEqual(gtin.check_digit("629104150021"), "3")

    def test_a_wrong_digit_is_noticed(self):
        self.assertTrue(gtin.is_valid("6291041500213"))
        self.assertFalse(gtin.is_valid("6291041500214"))
        self.assertFalse(gtin.is_valid("6921041500213"))
        self.assertFalse(gtin.is_valid("629104150021X"))

    def test_made_numbers_are_valid_and_restricted(self):
        each = gtin.gtin13(42)
        box = gtin.gtin14(each)
        self.assertEqual((len(each), len(box)), (13, 14))
        self.assertTrue(gtin.is_valid(each) and gtin.is_valid(box))
        self.assertTrue(each.startswith("2"), "2 is never assigned to a manufacturer")
        self.assertEqual(box[1:-1], each[:-1], "a box carries the number of what it holds")
