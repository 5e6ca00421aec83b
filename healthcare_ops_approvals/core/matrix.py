"""The rows of a published policy, arranged so that a document finds its own without reading all.

Rows are kept by what they ask of the place and kind of a document (company, site, department,
category), and within that by amount. However many rows a policy has, a document looks at those
of its own places and its own band only.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import inf

ANY = None


@dataclass(frozen=True)
class Row:
    """A row as the matrix needs it.

    ``position`` is the order in which rows are tried. Amounts are whole numbers of the smallest
    unit of the policy's currency: from ``amount_from`` on (≥; None: no lower limit), below
    ``amount_to`` (<; None: no upper limit). ``all_categories``: the row is for documents all of
    whose categories lie in its own, rather than any.
    """

    position: int
    id: int
    company_id: int | None = ANY
    site_id: int | None = ANY
    department_id: int | None = ANY
    category_id: int | None = ANY
    all_categories: bool = False
    amount_from: int | None = None
    amount_to: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    domain: str | None = None

    @property
    def is_unconditional(self):
        """Whether place, kind and amount alone decide."""
        dated = self.date_from or self.date_to
        return not (self.domain or dated or (self.category_id and self.all_categories))

    def holds_amount(self, amount):
        reached = self.amount_from is None or self.amount_from <= amount
        return reached and (self.amount_to is None or amount < self.amount_to)

    def holds_date(self, day):
        """Both ends belong to the period."""
        if not (self.date_from or self.date_to):
            return True
        if not day:
            return False
        after_start = not self.date_from or self.date_from <= day
        return after_start and (not self.date_to or day <= self.date_to)


@dataclass(frozen=True)
class Facts:
    """What routing asks of a document; sets hold an id and those of everything above it.

    ``categories`` has one such set for each category of the document. ``day`` is the day of asking,
    in whose validity a row has to be.
    """

    companies: frozenset
    sites: frozenset
    departments: frozenset
    categories: frozenset
    amount: int
    day: date | None


class Bands:
    """The rows of one place and kind, by amount."""

    def __init__(self, rows):
        edges = {row.amount_from for row in rows} | {row.amount_to for row in rows}
        self._edges = sorted(edges - {None})
        self._rows = [self._between(rows, edge) for edge in (-inf, *self._edges)]

    @staticmethod
    def _between(rows, edge):
        """The rows for amounts from this edge to the next, in order; none that is never reached."""
        found = []
        for row in rows:
            if row.holds_amount(edge):
                found.append(row)
                if row.is_unconditional:
                    break
        return tuple(found)

    def at(self, amount):
        return self._rows[bisect_right(self._edges, amount)]


class Matrix:
    """Rows of a version, ready to be asked.

    >>> small = Row(1, 11, amount_to=1000)
    >>> large = Row(2, 12, amount_from=1000)
    >>> matrix = Matrix([small, large])
    >>> none = frozenset()
    >>> [row.id for row in matrix.candidates(Facts(none, none, none, none, 1000, None))]
    [12]
    """

    def __init__(self, rows):
        by_key = {}
        for row in sorted(rows, key=lambda each: each.position):
            key = (row.company_id, row.site_id, row.department_id, row.category_id)
            by_key.setdefault(key, []).append(row)
        self._bands = {key: Bands(found) for key, found in by_key.items()}
        # Which of the four are asked for at all: usually a handful of combinations.
        self._shapes = {tuple(each is not ANY for each in key) for key in by_key}

    def candidates(self, facts):
        """The rows that may be the document's, in order: all but their domains is settled."""
        found = [
            row
            for bands in self._buckets(facts)
            for row in bands.at(facts.amount)
            if row.holds_date(facts.day) and self._holds_categories(row, facts)
        ]
        found.sort(key=lambda row: row.position)
        return found

    def _buckets(self, facts):
        in_categories = frozenset().union(*facts.categories)
        places = (facts.companies, facts.sites, facts.departments, in_categories)
        for shape in self._shapes:
            ids = [place if asked else (ANY,) for place, asked in zip(places, shape, strict=True)]
            for key in product(*ids):
                if key in self._bands:
                    yield self._bands[key]

    @staticmethod
    def _holds_categories(row, facts):
        if row.category_id is ANY or not row.all_categories:
            return True
        return all(row.category_id in above for above in facts.categories)


def first_match(matrix, documents, matching):
    """The row of each document: the first of its candidates whose domain it matches.

    A domain is asked once for all documents that get as far, and never twice for the same.

    :param dict documents: ``{document id: Facts}``
    :param matching: called with a domain's text and a set of document ids; those that match
    :return: ``{document id: Row or None}``
    """
    candidates = {each: iter(matrix.candidates(facts)) for each, facts in documents.items()}
    answers = {}  # {domain: (asked, matched)}
    found = {}
    waiting = dict.fromkeys(documents)
    while waiting:
        asked = {}
        for each in waiting:
            row = waiting[each] = next(candidates[each], None)
            if row is None or not row.domain:
                found[each] = row
            else:
                asked.setdefault(row.domain, set()).add(each)
        for domain, ids in asked.items():
            known, matched = answers.setdefault(domain, (set(), set()))
            new = ids - known
            if new:
                matched |= matching(domain, new)
                known |= new
            found.update({each: waiting[each] for each in ids & matched})
        waiting = {each: None for each in waiting if each not in found}
    return found
