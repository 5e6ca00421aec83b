"""What a dashboard consists of: declared by packs, drawn by the page. Without the ORM."""

import dataclasses
from dataclasses import dataclass

KPI = "kpi"
TREND = "trend"
BREAKDOWN = "breakdown"
TABLE = "table"
LIST = "list"
STATUS = "status"
KINDS = (KPI, TREND, BREAKDOWN, TABLE, LIST, STATUS)
COLUMNS = 12
"""A row of the page has so many columns; a phone shows one tile a row."""

LINE = "line"
BARS = "bars"

# Beside the statuses of a measure (core/measure.py), a tile may fail.
ERROR = "error"


class BadDashboard(ValueError):
    """A declaration that cannot be drawn."""


@dataclass(frozen=True)
class Tile:
    """One part of a dashboard.

    :param code: unique in the dashboard; stands in addresses and tests
    :param kind: ``kpi`` a figure; ``trend`` a figure over time; ``breakdown`` a figure for each
        value of ``field``, worst first; ``table`` the same for several KPIs; ``status`` KPIs as
        a list of what is well and what is not; ``list`` records
    :param kpis: codes of KPIs. One for ``kpi`` and ``breakdown``, one or two of the same unit
        for ``trend``, several for ``table`` and ``status``
    :param name: translated; empty: the KPI's own
    :param note: a sentence below the name, translated
    :param field: by what ``breakdown`` and ``table`` divide
    :param fields: of a ``table``: KPI code to field, where it is another one than ``field``
    :param limit: the most rows that are shown
    :param size: of 12 columns
    :param chart: of a ``trend``: ``line`` or ``bars``
    :param model: of a ``list``; with ``domain``, ``order`` and the field names ``columns``
    :param site_field: of a ``list``, empty for records without sites; ``company_field`` alike
    :param empty: what an empty ``list`` says, translated
    """

    code: str
    kind: str
    kpis: tuple = ()
    name: str = ""
    note: str = ""
    field: str = ""
    fields: dict = dataclasses.field(default_factory=dict)
    limit: int = 6
    size: int = 3
    chart: str = LINE
    model: str = ""
    domain: tuple = ()
    order: str = ""
    columns: tuple = ()
    company_field: str = "company_id"
    site_field: str = "site_id"
    empty: str = ""

    def __post_init__(self):
        wanted = {
            KPI: len(self.kpis) == 1,
            TREND: 1 <= len(self.kpis) <= 2,
            BREAKDOWN: len(self.kpis) == 1 and self.field,
            TABLE: self.kpis and self.field and self.name,
            STATUS: self.kpis and self.name,
            LIST: self.model and self.columns and self.name,
        }
        if self.kind not in KINDS or not wanted[self.kind] or not 1 <= self.size <= COLUMNS:
            raise BadDashboard(f"Tile {self.code!r} of kind {self.kind!r} lacks what it needs.")


@dataclass(frozen=True)
class Section:
    """Tiles under a heading."""

    name: str
    tiles: tuple

    def __post_init__(self):
        if not self.tiles:
            raise BadDashboard(f"Section {self.name!r} has no tiles.")


@dataclass(frozen=True)
class Dashboard:
    """A page of figures.

    :param code: stands in the page's address
    :param icon: a class of Font Awesome
    :param groups: external ids; who is in one of them reads it
    :param filters: which choices are of use here: ``site``, ``process``, ``period``; others in
        an address are ignored. A company can always be chosen
    :param period: what is shown before anybody chooses, a code of :mod:`core.period`
    :param note: what it answers, in a sentence, translated
    """

    code: str
    name: str
    sections: tuple
    groups: tuple
    icon: str = "fa-tachometer"
    sequence: int = 100
    filters: tuple = ("site", "period")
    period: str = "30d"
    note: str = ""

    def __post_init__(self):
        codes = [tile.code for tile in self.tiles]
        if len(set(codes)) != len(codes):
            raise BadDashboard(f"Dashboard {self.code!r}: two tiles have the same code.")

    @property
    def tiles(self):
        return tuple(tile for section in self.sections for tile in section.tiles)
