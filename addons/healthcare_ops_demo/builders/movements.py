"""Stock that moved without a purchase order: counts, standing orders, use in care."""

from datetime import timedelta

from .ledger import Slip
from .plan import Lot
from .tables import table
from .warehouses import USE

CABINET_SHARE = 0.2
OPENING, ROUND, CALL_OFF = "Opening count", "Stock round", "Standing order"


def book_opening(demo, ledger, plan):
    """What the first count found, three months ago."""
    day = demo.start - timedelta(days=1)
    for item in plan.items:
        cabinet = demo.all("location").get(f"{item.site} cabinet")
        for lot in item.opening:
            beside = _cabinet_share(ledger, item, lot) if cabinet else 0
            if beside:
                ledger.count(item, Lot(lot.name, lot.expires, beside), cabinet, day, OPENING)
            rest = Lot(lot.name, lot.expires, lot.quantity - beside)
            ledger.count(item, rest, ledger.store(item), day, OPENING)
    ledger.book()


def _cabinet_share(ledger, item, lot):
    """How much of a lot stands in the cabinet: a part of what is never used up."""
    if ledger.storage[item.product] == "cold":
        return 0
    left = next((kept.quantity for kept in item.lots if kept.name == lot.name), 0)
    return int(min(left, lot.quantity) * CABINET_SHARE)


def book_special_lots(demo, ledger, plan):
    """The lots that yesterday's round found: expired, short-dated or to be held back."""
    items = {(item.site, item.product): item for item in plan.items}
    day = demo.today - timedelta(days=1)
    for row in table("special_lots"):
        item = items[row["site"], row["product"]]
        expires = demo.today + timedelta(days=int(row["days"]))
        lot = Lot(special_lot_name(row), expires, int(row["quantity"]))
        ledger.lot(item.product, lot).note = row["note"]
        held = row["kind"] == "quarantine"
        target = demo.ref("location", f"{item.site} quarantine") if held else ledger.store(item)
        ledger.count(item, lot, target, day, ROUND)
    ledger.book()


def special_lot_name(row):
    """The name of a lot of the table of special lots, as ``1502-AUC-E``."""
    return f"{row['product'][3:]}-{row['site']}-{row['kind'][0].upper()}"


def book_call_offs(demo, ledger, plan):
    """Deliveries under standing orders: they come without an order of their own."""
    supplier = demo.env.ref("stock.stock_location_suppliers")
    for order in plan.call_offs:
        warehouse = demo.ref("warehouse", order.site)
        for line in order.lines:
            for receipt in line.receipts:
                slip = Slip(
                    picking_type=warehouse.in_type_id.id,
                    origin=f"{CALL_OFF} {order.vendor} of {order.day:%Y-%m-%d}",
                    day=receipt.day,
                    source=supplier.id,
                    destination=warehouse.lot_stock_id.id,
                    partner=demo.ref("vendor", order.vendor).id,
                )
                ledger.transfer(line.item, receipt.lot, supplier, ledger.store(line.item), slip)
    ledger.book()


def book_use(demo, ledger, plan):
    """What was used in care, booked every four weeks."""
    used = demo.ref("location", "used_in_care")
    for item in plan.items:
        warehouse = demo.ref("warehouse", item.site)
        for (day, lot_name), quantity in sorted(item.used.items()):
            slip = Slip(
                picking_type=warehouse.int_type_id.id,
                origin=f"{USE}, four weeks to {day:%Y-%m-%d}",
                day=day,
                source=warehouse.lot_stock_id.id,
                destination=used.id,
            )
            # The lot was received before, so its name is enough to find it.
            lot = Lot(lot_name, None, quantity)
            ledger.transfer(item, lot, ledger.store(item), used, slip)
    ledger.book()
