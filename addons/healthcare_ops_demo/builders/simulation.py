"""How three months of demand and supply came about, played day by day.

Every item is used on working days, reviewed every four weeks with its vendor's other
items, and ordered at once when it falls below its critical level. Deliveries come after
the vendor's lead time, sometimes late, sometimes in two parts.
"""

from datetime import date, timedelta
from math import ceil

from .context import HISTORY_DAYS, dice
from .plan import Crossing, Line, Lot, Order, Plan, Receipt, plan_items

REVIEW_EVERY_WEEKS = 4
REORDER_SHARE = 0.65  # of par: what a review tops up
EMERGENCY_ODDS = 0.45  # that a shortage is noticed and ordered on any one day
PARTIAL_ODDS = 0.08
MAX_REAL_ORDERS = 80
BUCKET_DAYS = 28  # use is booked every four weeks
BACKLOG_DAYS = 24  # how long the chosen shortages have waited for their vendor
LOT_LETTERS = "ACDEFHJKLMNPRTUVWXY3479"


class Simulation:
    """Runs the items from the first day of history to yesterday."""

    def __init__(self, sites, vendors, items, today):
        self.today = today
        self.start = today - timedelta(days=HISTORY_DAYS)
        self.review_week = {site["code"]: int(site["review_week"]) for site in sites}
        self.vendors = {row["ref"]: row for row in vendors}
        self.items = items
        self.orders = {}
        self.crossings = []
        self._arrivals = {}
        self._on_order = {}
        self._dice = dice("simulation", len(items))

    def run(self):
        for item in self.items:
            self._open(item)
        for offset in range(HISTORY_DAYS):
            day = self.start + timedelta(days=offset)
            for line, receipt in self._arrivals.pop(day, []):
                self._receive(line, receipt)
            if day.weekday() < 5:
                for item in self.items:
                    self._use(item, day)
                for item in self.items:
                    self._review(item, day, week=offset // 7)
        orders, call_offs = choose_orders(list(self.orders.values()))
        return Plan(self.items, orders, call_offs, self.crossings)

    def _open(self, item):
        quantity = ceil(item.par * self._dice.uniform(0.3, 1.0))
        lot = self._lot(item, self.start, quantity, (0.35, 0.8))
        item.opening = [Lot(lot.name, lot.expires, quantity)]
        item.lots = [lot]

    def _lot(self, item, day, quantity, shelf_share):
        if not item.tracked:
            return Lot("", None, quantity)
        expires = None
        if item.shelf_days:
            expires = day + timedelta(
                days=round(item.shelf_days * self._dice.uniform(*shelf_share))
            )
            expires = max(expires, self.today + timedelta(days=self._dice.randint(20, 45)))
        mark = "".join(self._dice.choices(LOT_LETTERS, k=4))
        return Lot(f"{item.product[3:]}{day:%y%m}{mark}", expires, quantity)

    def _use(self, item, day):
        wanted = item.weekly / 5 * self._dice.uniform(0.5, 1.5)
        whole = int(wanted) + (self._dice.random() < wanted % 1)
        days_left = (self.today - day).days
        if item.short and days_left <= BACKLOG_DAYS // 2:
            # The shortage tightens until about half of the critical level is left.
            target = item.critical // 2
            whole = max(whole, ceil((item.on_hand - target) / max(1, days_left // 2)))
        self._take(item, day, whole)

    def _take(self, item, day, quantity):
        before = item.on_hand
        floor = item.critical // 2 if item.short else 0
        quantity = min(quantity, max(0, before - floor))
        offset = (day - self.start).days // BUCKET_DAYS * BUCKET_DAYS + BUCKET_DAYS - 1
        bucket = min(self.start + timedelta(days=offset), self.today - timedelta(days=1))
        left = quantity
        for lot in sorted(item.lots, key=lambda lot: lot.expires or date.max):
            taken = min(left, lot.quantity)
            if taken:
                lot.quantity -= taken
                left -= taken
                item.used[bucket, lot.name] = item.used.get((bucket, lot.name), 0) + taken
        item.lots = [lot for lot in item.lots if lot.quantity]
        if before >= item.critical > item.on_hand:
            self.crossings.append(Crossing(item, day, True, item.on_hand))

    def _review(self, item, day, week):
        vendor_number = int(item.vendor.partition("-")[2])
        turn = (week + self.review_week[item.site] + vendor_number) % REVIEW_EVERY_WEEKS == 0
        expected = item.on_hand + self._on_order.get(id(item), 0)
        if turn and day.weekday() == 1 and expected < item.par * REORDER_SHARE:
            self._order(item, day, expected)
        elif expected < item.critical and self._dice.random() < EMERGENCY_ODDS:
            self._order(item, day, expected)

    def _order(self, item, day, expected):
        vendor = self.vendors[item.vendor]
        key = (item.site, item.vendor, day)
        if key not in self.orders:
            due = day + timedelta(days=int(vendor["lead_days"]))
            while due.weekday() > 4:
                due += timedelta(days=1)
            self.orders[key] = Order(item.site, item.vendor, day, due)
        order = self.orders[key]
        line = Line(item, max(1, round((item.par - expected) / item.pack)))
        order.lines.append(line)
        self._on_order[id(item)] = self._on_order.get(id(item), 0) + line.quantity
        late = self._dice.random() < float(vendor["late_share"])
        arrives = order.due + timedelta(days=self._dice.randint(2, 9) if late else 0)
        if item.short and (self.today - arrives).days < BACKLOG_DAYS:
            arrives = self.today + timedelta(days=self._dice.randint(1, 6))
        first = line.quantity
        if line.packs > 2 and self._dice.random() < PARTIAL_ODDS:
            first = item.pack * (line.packs * 2 // 3)
            self._expect(line, arrives + timedelta(days=7), line.quantity - first)
        self._expect(line, arrives, first)

    def _expect(self, line, day, quantity):
        while day.weekday() > 4:
            day += timedelta(days=1)
        lot = self._lot(line.item, day, quantity, (0.6, 0.95))
        self._arrivals.setdefault(day, []).append((line, Receipt(day, quantity, lot)))

    def _receive(self, line, receipt):
        item = line.item
        before = item.on_hand
        line.receipts.append(receipt)
        self._on_order[id(item)] -= receipt.quantity
        item.lots.append(Lot(receipt.lot.name, receipt.lot.expires, receipt.quantity))
        if before < item.critical <= item.on_hand:
            self.crossings.append(Crossing(item, receipt.day, False, item.on_hand))


def choose_orders(orders):
    """Split the orders into real purchase orders and call-offs of standing orders.

    A real chain (order, receipt, bill) takes half a second to make, so at most
    ``MAX_REAL_ORDERS`` are: all that are still open, then the rest evenly over time.
    """
    orders = sorted(orders, key=lambda order: (order.day, order.site, order.vendor))
    still_open = [order for order in orders if order.is_open][:MAX_REAL_ORDERS]
    settled = [order for order in orders if not order.is_open]
    room = MAX_REAL_ORDERS - len(still_open)
    step = max(1.0, len(settled) / room) if room else 0
    chosen = {int(number * step) for number in range(min(room, len(settled)))}
    real = still_open + [order for place, order in enumerate(settled) if place in chosen]
    real.sort(key=lambda order: (order.day, order.site, order.vendor))
    kept = {id(order) for order in real}
    return real, [order for order in orders if id(order) not in kept]


def make_plan(sites, vendors, products, shortages, today):
    """The whole history of the network that stands on ``today``."""
    items = plan_items(sites, vendors, products, shortages)
    return Simulation(sites, vendors, items, today).run()
