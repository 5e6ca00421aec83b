"""Three months of demand and supply, day by day, in plain Python.

Nothing here touches the database: the plan is a pure function of the tables, the day and
the seed, so that the same day always gives the same history (``fingerprint``). The
builders then make records of it.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from math import ceil

# Weeks of use that the levels stand for. A vital item keeps more in reserve.
CRITICAL_WEEKS = {"vital": 2.0, "essential": 1.4, "desirable": 0.9}
PAR_WEEKS = 7
# ABC classes by cumulated annual value (Pareto 70/20/10).
ABC_LIMITS = ((0.7, "a"), (0.9, "b"), (1.0, "c"))


@dataclass
class Lot:
    """So much of a batch; ``expires`` is empty for goods that do not."""

    name: str
    expires: date | None
    quantity: int


@dataclass
class Receipt:
    day: date
    quantity: int
    lot: Lot


@dataclass
class Line:
    """One item of an order; ``packs`` of the size its vendor sells."""

    item: "Item"
    packs: int
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def quantity(self):
        return self.packs * self.item.pack


@dataclass
class Order:
    site: str
    vendor: str
    day: date
    due: date
    lines: list[Line] = field(default_factory=list)

    @property
    def is_open(self):
        received = sum(receipt.quantity for line in self.lines for receipt in line.receipts)
        return received < sum(line.quantity for line in self.lines)


@dataclass
class Crossing:
    """An item fell below its critical level (``below``), or recovered."""

    item: "Item"
    day: date
    below: bool
    on_hand: int


@dataclass
class Item:
    site: str
    product: str
    vendor: str
    second_vendor: str
    ved: str
    pack: int
    weekly: float
    price: float
    tracked: bool
    shelf_days: int
    critical: int
    par: int
    short: bool = False  # kept below its critical level today
    abc: str = "c"
    lots: list[Lot] = field(default_factory=list)  # what is on hand, first expiring first
    opening: list[Lot] = field(default_factory=list)
    used: dict[tuple[date, str], int] = field(default_factory=dict)

    @property
    def on_hand(self):
        return sum(lot.quantity for lot in self.lots)


@dataclass
class Plan:
    items: list[Item]
    orders: list[Order]
    call_offs: list[Order]
    crossings: list[Crossing]

    def fingerprint(self):
        """A digest of everything planned; equal for equal tables, day and seed."""
        text = [
            *(f"{i.site} {i.product} {i.critical} {sorted(i.used.items())}" for i in self.items),
            *(
                f"{order.site} {order.vendor} {order.day} {[line.packs for line in order.lines]}"
                for order in [*self.orders, *self.call_offs]
            ),
            *(f"{c.item.site} {c.item.product} {c.day} {c.below}" for c in self.crossings),
        ]
        return hashlib.sha256("\n".join(text).encode()).hexdigest()


def plan_items(sites, vendors, products, shortages):
    """The items of the network: which site keeps which product, at which levels.

    :param list sites: rows of the table of sites
    :param list vendors: rows of the table of vendors
    :param list products: rows of the table of products
    :param set shortages: ``(site, product)`` pairs that are below critical today
    """
    countries = {row["ref"]: row["country"] for row in vendors}
    items = []
    for site in sites:
        for row in products:
            if not set(site["range"]) & set(row["range"]):
                continue
            weekly = float(row["weekly"]) * float(site["scale"])
            pack = int(row["pack"])
            # A site buys in its own country where the item is sold there.
            vendor, second = row["vendor"], row["second_vendor"]
            if countries[second] == site["country"] != countries[vendor]:
                vendor, second = second, vendor
            critical = max(1, ceil(weekly * CRITICAL_WEEKS[row["ved"]]))
            items.append(
                Item(
                    site=site["code"],
                    product=row["code"],
                    vendor=vendor,
                    second_vendor=second,
                    ved=row["ved"],
                    pack=pack,
                    weekly=weekly,
                    price=float(row["price"]),
                    tracked=row["tracking"] == "lot",
                    shelf_days=int(row["shelf_days"]),
                    critical=critical,
                    par=max(critical + pack, ceil(weekly * PAR_WEEKS / pack) * pack),
                    short=(site["code"], row["code"]) in shortages,
                )
            )
    _classify(items)
    return items


def _classify(items):
    """Set the ABC class from the share of the network's annual value."""
    ranked = sorted(items, key=lambda item: item.weekly * item.price, reverse=True)
    total = sum(item.weekly * item.price for item in ranked)
    cumulated = 0.0
    for item in ranked:
        share = cumulated / total
        item.abc = next(letter for limit, letter in ABC_LIMITS if share < limit)
        cumulated += item.weekly * item.price
