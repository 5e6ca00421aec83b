"""Real stock moves for the story: a receipt that tops an item up, a use that empties it.

Both go through ordinary pickings, validated as in the web client.
"""

import math
from datetime import timedelta

from odoo import fields

from .timeline import StoryFailed

SHELF_DAYS = 365
# Of the critical level: where the story begins at least, and where the use leads.
ENOUGH = 1.2
TOO_LITTLE = 0.9


def warehouse_of(item):
    """Return the warehouse that serves the item's site, empty when there is none."""
    return item.env["stock.warehouse"].search([("ops_site_id", "=", item.site_id.id)], limit=1)


def story_items(env):
    """Return two vital items that the user may move, at two sites if possible.

    They are the same each time, so that a second run shows what repeats.
    """
    items = env["ops.supply.item"].search(
        [
            ("ved_class", "=", "vital"),
            ("critical_level", ">=", 2),
            ("preferred_vendor_ids", "!=", False),
        ]
    )
    items = items.filtered(lambda item: warehouse_of(item) and item.product_id.tracking != "serial")
    items = items.sorted(lambda item: (item.site_id.code, item.product_id.default_code or ""))
    first = items[:1]
    others = items.filtered(lambda item: item.product_id != first.product_id)
    second = (others.filtered(lambda item: item.site_id != first.site_id) or others)[:1]
    if second:
        return first + second
    raise StoryFailed(
        "there are no two vital items with a critical level and preferred vendors at a site with "
        "a warehouse: install the demo network"
    )


def top_up(item):
    """Receive what brings the item a little above its level; return the received quantity."""
    missing = math.ceil(item.critical_level * ENOUGH) - item.on_hand_usable
    if missing <= 0:
        return 0.0
    warehouse = warehouse_of(item)
    product = item.product_id
    lot = item.env["stock.lot"]
    if product.tracking == "lot":
        now = fields.Datetime.now()
        expires = now + timedelta(days=SHELF_DAYS)
        lot = lot.create(
            {
                "name": f"STORY-{item.site_id.code}-{now:%Y%m%d-%H%M%S}",
                "product_id": product.id,
                "company_id": item.company_id.id,
                **({"expiration_date": expires} if product.use_expiration_date else {}),
            }
        )
    _move(
        item,
        warehouse.in_type_id,
        item.env.ref("stock.stock_location_suppliers"),
        warehouse.lot_stock_id,
        [{"lot_id": lot.id, "quantity": missing}],
    )
    return missing


def use(item):
    """Take so much that the item is a little below its level; return the done picking."""
    warehouse = warehouse_of(item)
    # One less at least: the smallest level of a story's item is 2.
    left = min(math.floor(item.critical_level * TOO_LITTLE), math.ceil(item.critical_level) - 1)
    wanted = item.on_hand_usable - left
    lines = []
    for quant in _usable_quants(item, warehouse):
        taken = min(wanted, quant.quantity - quant.reserved_quantity)
        if taken > 0:
            lines.append(
                {
                    "location_id": quant.location_id.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "quantity": taken,
                }
            )
            wanted -= taken
    if not item.product_id.uom_id.is_zero(wanted):
        raise StoryFailed(f"{item.display_name}: {wanted:g} are reserved for somebody else")
    return _move(
        item,
        warehouse.out_type_id,
        warehouse.lot_stock_id,
        item.env.ref("stock.stock_location_customers"),
        lines,
    )


def _usable_quants(item, warehouse):
    """Return the item's stock that is not expired and not in quarantine, oldest first."""
    quants = item.env["stock.quant"].search(
        [
            ("product_id", "=", item.product_id.id),
            ("location_id", "child_of", warehouse.view_location_id.id),
            ("location_id.usage", "=", "internal"),
            ("location_id.ops_quarantine", "=", False),
        ]
    )
    now = fields.Datetime.now()
    quants = quants.filtered(
        lambda quant: not quant.lot_id.expiration_date or quant.lot_id.expiration_date > now
    )
    return quants.sorted(lambda quant: (quant.in_date, quant.id))


def _move(item, picking_type, source, destination, lines):
    """Make a picking of these lines and validate it, like its button."""
    env = item.env
    product = item.product_id
    place = {"location_id": source.id, "location_dest_id": destination.id}
    picking = env["stock.picking"].create(
        {
            **place,
            "picking_type_id": picking_type.id,
            "company_id": item.company_id.id,
            "origin": "Supply story",
        }
    )
    move = env["stock.move"].create(
        {
            **place,
            "picking_id": picking.id,
            "company_id": item.company_id.id,
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": sum(line["quantity"] for line in lines),
        }
    )
    picking.action_confirm()
    move.move_line_ids.unlink()
    env["stock.move.line"].create(
        [
            {
                **place,
                "picking_id": picking.id,
                "move_id": move.id,
                "company_id": item.company_id.id,
                "product_id": product.id,
                "product_uom_id": product.uom_id.id,
                "picked": True,
                **line,
            }
            for line in lines
        ]
    )
    picking.button_validate()
    if picking.state != "done":
        raise StoryFailed(f"{picking.name} was not validated, it is {picking.state}")
    return picking
