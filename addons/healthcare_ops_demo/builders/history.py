"""Real chains: purchase order, receipts and vendor bill, each on its own day."""

from collections import Counter, defaultdict
from datetime import timedelta

from odoo.fields import Command

from .backdate import backdate, backdate_messages
from .context import dice
from .ledger import date_moves

# Working days between a receipt and its bill, and the days in which bills are on the way.
BILL_DELAY = (1, 6)


def build_orders(demo, ledger, plan):
    """The planned orders as purchase orders with receipts and bills."""
    orders = _confirm(demo, plan)
    _receive(demo, ledger, orders)
    _bill(demo, orders)
    _date_orders(demo, orders)


def _confirm(demo, plan):
    """Purchase orders for the planned orders, confirmed; pairs of plan and record."""
    PurchaseOrder = demo.env["purchase.order"]
    buyer = demo.ref("user", "procurement")
    values = []
    for order in plan.orders:
        site = demo.ref("site", order.site)
        due = demo.at(order.due, 12, site.tz)
        values.append(
            {
                "partner_id": demo.ref("vendor", order.vendor).id,
                "company_id": site.company_id.id,
                "currency_id": site.company_id.currency_id.id,
                "picking_type_id": demo.ref("warehouse", order.site).in_type_id.id,
                "user_id": buyer.id,
                "date_order": demo.at(order.day, 10, site.tz),
                "date_planned": due,
                "order_line": [
                    Command.create(
                        {
                            "product_id": demo.ref("product", line.item.product).id,
                            "product_uom_id": _pack(demo, line.item).id,
                            "product_qty": line.packs,
                            "date_planned": due,
                        }
                    )
                    for line in order.lines
                ],
            }
        )
    made = PurchaseOrder
    for company in demo.all("company").values():
        own = [vals for vals in values if vals["company_id"] == company.id]
        made |= PurchaseOrder.with_company(company).create(own)
    by_company = defaultdict(list)
    for order in made:
        by_company[order.company_id.id].append(order.id)
    queues = {company_id: iter(ids) for company_id, ids in by_company.items()}
    pairs = []
    for order in plan.orders:
        company = demo.ref("site", order.site).company_id
        pairs.append((order, PurchaseOrder.browse(next(queues[company.id]))))
    for company in demo.all("company").values():
        own = made.filtered(lambda order, company=company: order.company_id == company)
        own.with_company(company).button_confirm()
    return pairs


def _pack(demo, item):
    if item.pack > 1:
        return demo.ref("pack", item.product)
    return demo.ref("product", item.product).uom_id


def _receive(demo, ledger, orders):
    """Validate the receipts, round by round: a later part comes as a backorder."""
    rounds = defaultdict(list)
    for order, record in orders:
        days = sorted({receipt.day for line in order.lines for receipt in line.receipts})
        for number, day in enumerate(days):
            rounds[number].append((order, record, day))
    for _number, arrivals in sorted(rounds.items()):
        pickings = demo.env["stock.picking"]
        moments = []
        for order, record, day in arrivals:
            picking = record.picking_ids.filtered(lambda each: each.state not in ("done", "cancel"))
            _unpack(demo, ledger, picking, order, day)
            pickings |= picking
            site = demo.ref("site", order.site)
            hour = dice("receipt", order.site, order.vendor, day).randint(8, 15)
            moments.append((demo.at(day, hour, site.tz), demo.at(order.due, 12, site.tz)))
        pickings._action_done()
        _date_pickings(pickings, moments)


def _unpack(demo, ledger, picking, order, day):
    """Say on a receipt what came that day, by lot and where it was stored."""
    came = {
        demo.ref("product", line.item.product): (line.item, receipt)
        for line in order.lines
        for receipt in line.receipts
        if receipt.day == day
    }
    picking.move_line_ids.unlink()
    lines = []
    for move in picking.move_ids:
        if move.product_id not in came:
            move.picked = False
            continue
        item, receipt = came[move.product_id]
        lines.append(
            {
                "move_id": move.id,
                "picking_id": picking.id,
                "product_id": move.product_id.id,
                "product_uom_id": move.product_id.uom_id.id,
                "quantity": receipt.quantity,
                "lot_id": ledger.lot(item.product, receipt.lot).id,
                "location_id": move.location_id.id,
                "location_dest_id": ledger.store(item).id,
                "picked": True,
            }
        )
    demo.env["stock.move.line"].create(lines)


def _date_pickings(pickings, moments):
    done = [moment for moment, _due in moments]
    due = [moment for _moment, moment in moments]
    by_picking = dict(zip(pickings.ids, done, strict=True))
    moves = pickings.move_ids.filtered(lambda move: move.state == "done")
    date_moves(moves, [by_picking[move.picking_id.id] for move in moves])
    backdate(pickings, {"date_done": done, "scheduled_date": due, "date_deadline": due})


def _bill(demo, orders):
    """Bill what was received, unless the bill is still on its way."""
    numbers = Counter()
    bills, dates = demo.env["account.move"], []
    for order, record in orders:
        days = [receipt.day for line in order.lines for receipt in line.receipts]
        if not days:
            continue
        die = dice("bill", order.site, order.vendor, order.day)
        day = max(days) + timedelta(days=die.randint(*BILL_DELAY))
        if day >= demo.today:
            continue
        record.with_company(record.company_id).action_create_invoice()
        bill = record.invoice_ids
        numbers[order.vendor] += 1
        bill.write(
            {
                "invoice_date": day,
                "date": day,
                "ref": f"{order.vendor[2:]}/{day:%Y}/{4000 + 7 * numbers[order.vendor]}",
            }
        )
        bills |= bill
        dates.append(demo.at(day, 11, "Europe/Berlin"))
    for company in demo.all("company").values():
        own = bills.filtered(lambda bill, company=company: bill.company_id == company)
        own.with_company(company).action_post()
    backdate(bills, {"create_date": dates})
    backdate_messages(bills, dates)


def _date_orders(demo, orders):
    records = demo.env["purchase.order"].concat(*(record for _order, record in orders))
    ordered, effective = [], []
    for order, record in orders:
        ordered.append(demo.at(order.day, 10, demo.ref("site", order.site).tz))
        done = record.picking_ids.filtered("date_done").mapped("date_done")
        effective.append(min(done) if done else None)
    backdate(
        records,
        {"create_date": ordered, "date_approve": ordered, "effective_date": effective},
    )
    backdate_messages(records, ordered)
    pickings, created = demo.env["stock.picking"], []
    for (_order, record), moment in zip(orders, ordered, strict=True):
        pickings |= record.picking_ids
        created += [moment] * len(record.picking_ids)
    backdate(pickings, {"create_date": created})
    backdate_messages(pickings, created)
