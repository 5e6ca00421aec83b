import random
from datetime import date

from odoo.tests import BaseCase

from ..core.matrix import Facts, Matrix, Row, first_match


def facts(amount=0, companies=(), sites=(), departments=(), categories=(), day=None):
    return Facts(
        frozenset(companies),
        frozenset(sites),
        frozenset(departments),
        tuple(frozenset(each) for each in categories),
        amount,
        day,
    )


def found(rows, **values):
    return [row.id for row in Matrix(rows).candidates(facts(**values))]


def never(domain, ids):
    raise AssertionError(f"{domain} is asked for nothing")


class TestCoreMatrix(BaseCase):
    def test_an_edge_belongs_to_the_band_above_it(self):
        rows = [Row(1, 11, amount_to=1000), Row(2, 12, amount_from=1000, amount_to=5000)]
        self.assertEqual(found(rows, amount=999), [11])
        self.assertEqual(found(rows, amount=1000), [12])
        self.assertEqual(found(rows, amount=4999), [12])
        self.assertEqual(found(rows, amount=5000), [])

    def test_a_band_without_limits_holds_credits_and_fortunes(self):
        for amount in (-500, 0, 10**15):
            self.assertEqual(found([Row(1, 11)], amount=amount), [11])
        self.assertEqual(found([Row(1, 11, amount_to=10)], amount=-500), [11])
        self.assertEqual(found([Row(1, 11, amount_from=10)], amount=-500), [])

    def test_the_first_row_wins_however_special_the_next_is(self):
        rows = [Row(1, 11), Row(2, 12, site_id=7)]
        documents = {1: facts(sites=[7])}
        self.assertEqual(first_match(Matrix(rows), documents, never)[1].id, 11)
        rows = [Row(1, 12, site_id=7), Row(2, 11)]
        documents[2] = facts()
        matches = first_match(Matrix(rows), documents, never)
        self.assertEqual([matches[1].id, matches[2].id], [12, 11])

    def test_a_row_for_a_place_is_for_what_is_within(self):
        rows = [Row(1, 11, site_id=7)]
        self.assertEqual(found(rows, sites=[9, 7, 1]), [11])
        self.assertEqual(found(rows, sites=[9]), [])
        self.assertEqual(found(rows), [])
        rows = [Row(1, 11, company_id=1, site_id=7, department_id=4, category_id=3)]
        inside = {"companies": [1], "sites": [7], "departments": [4, 2], "categories": [[5, 3]]}
        self.assertEqual(found(rows, **inside), [11])
        for name in inside:
            self.assertEqual(found(rows, **{**inside, name: []}), [])

    def test_one_line_of_a_category_is_enough_to_ask_and_not_enough_to_let_pass(self):
        asks = [Row(1, 11, category_id=3)]
        lets_pass = [Row(1, 11, category_id=3, all_categories=True)]
        mixed = {"categories": [[3], [8]]}
        self.assertEqual(found(asks, **mixed), [11])
        self.assertEqual(found(lets_pass, **mixed), [])
        self.assertEqual(found(lets_pass, categories=[[3], [5, 3]]), [11])
        self.assertEqual(found(lets_pass, categories=[]), [])

    def test_both_days_of_a_period_belong_to_it(self):
        first, last = date(2026, 1, 1), date(2026, 3, 31)
        rows = [Row(1, 11, date_from=first, date_to=last)]
        self.assertEqual(found(rows, day=first), [11])
        self.assertEqual(found(rows, day=last), [11])
        self.assertEqual(found(rows, day=date(2026, 4, 1)), [])
        self.assertEqual(found(rows, day=None), [])

    def test_a_filter_is_asked_once_for_all_and_never_twice(self):
        rows = [
            Row(1, 11, domain="A", amount_to=100),
            Row(2, 12, domain="B"),
            Row(3, 13, domain="A"),
            Row(4, 14, amount_from=100),
        ]
        asked = []

        def matching(domain, ids):
            asked.append((domain, sorted(ids)))
            return {each for each in ids if domain == "A" and each == 3}

        documents = {1: facts(amount=50), 2: facts(amount=200), 3: facts(amount=200)}
        matches = first_match(Matrix(rows), documents, matching)
        self.assertEqual(
            {each: row and row.id for each, row in matches.items()}, {1: None, 2: 14, 3: 13}
        )
        self.assertEqual(sorted(asked), [("A", [1]), ("A", [2, 3]), ("B", [1]), ("B", [2, 3])])

    def test_a_filter_is_not_asked_for_what_an_earlier_row_takes(self):
        rows = [Row(1, 11), Row(2, 12, domain="A")]
        self.assertEqual(first_match(Matrix(rows), {1: facts()}, never)[1].id, 11)

    def test_a_thousand_rows_are_not_looked_through(self):
        """A document looks at its own places and its own band: here at two rows of 4,000."""
        rows = [
            Row(site * 4 + band, site * 4 + band, site_id=site, amount_from=band * 100 or None)
            for site in range(1, 1001)
            for band in range(4)
        ]
        rows += [Row(9000, 9000)]
        matrix = Matrix(rows)
        buckets = list(matrix._buckets(facts(sites=[500], amount=350)))
        self.assertEqual(len(buckets), 2)
        self.assertEqual(found(rows, sites=[500], amount=350), [2000, 9000])

    def test_agrees_with_reading_all_rows_from_the_top(self):
        """Against the plain meaning, over many rows and documents that any seed may bring."""
        rng = random.Random(7)
        for _round in range(60):
            rows = [self._random_row(rng, position) for position in range(1, 25)]
            documents = {
                each: facts(
                    amount=rng.choice([-5, 0, 5, 10, 15, 20, 25]),
                    sites=rng.choice([(), (1,), (2, 1), (3,)]),
                    categories=rng.choice([(), ((1,),), ((1,), (2,)), ((2, 1),)]),
                    day=rng.choice([None, date(2026, 1, 1), date(2026, 2, 1)]),
                )
                for each in range(30)
            }

            def matching(domain, ids):
                return {each for each in ids if each % 3 == int(domain)}

            matches = first_match(Matrix(rows), documents, matching)
            for each, document in documents.items():
                plain = next((r for r in rows if self._fits(r, document, each)), None)
                self.assertEqual(matches[each], plain)

    def _random_row(self, rng, position):
        low = rng.choice([None, 5, 10])
        return Row(
            position,
            position,
            site_id=rng.choice([None, None, 1, 2, 3]),
            category_id=rng.choice([None, None, 1, 2]),
            all_categories=rng.random() < 0.4,
            amount_from=low,
            amount_to=rng.choice([None, 15, 20]),
            date_from=rng.choice([None, None, date(2026, 1, 15)]),
            domain=rng.choice([None, "0", "1"]),
        )

    def _fits(self, row, document, number):
        if row.site_id and row.site_id not in document.sites:
            return False
        if row.category_id:
            fitting = [row.category_id in each for each in document.categories]
            if not fitting or not (all if row.all_categories else any)(fitting):
                return False
        if not row.holds_amount(document.amount) or not row.holds_date(document.day):
            return False
        return not row.domain or number % 3 == int(row.domain)
