"""Booking many stock movements at once, each on its own day."""

from dataclasses import dataclass
from datetime import date

from odoo.fields import Command

from .backdate import backdate
from .context import dice
from .tables import table


@dataclass(frozen=True)
class Slip:
    """The transfer that a movement belongs to; equal slips make one transfer."""

    picking_type: int
    origin: str
    day: date
    source: int
    destination: int
    partner: int | bool = False


class Ledger:
    """Collects stock movements and books them in one go."""

    def __init__(self, demo):
        self.demo = demo
        self.storage = {row["code"]: row["storage"] for row in table("products")}
        self.tz = {row["code"]: row["tz"] for row in table("sites")}
        self._lots = {}
        self._moves = []

    def store(self, item):
        """The location of the site where an item is kept."""
        return self.demo.ref("location", f"{item.site} {self.storage[item.product]}")

    def lot(self, product_code, lot):
        """The ``stock.lot`` of a planned lot; made on first use, empty without a name."""
        Lot = self.demo.env["stock.lot"]
        if not lot.name:
            return Lot
        key = (product_code, lot.name)
        if key not in self._lots:
            expires = self.demo.at(lot.expires, 12, "UTC") if lot.expires else False
            self._lots[key] = Lot.create(
                {
                    "name": lot.name,
                    "product_id": self.demo.ref("product", product_code).id,
                    "company_id": False,
                    "expiration_date": expires,
                }
            )
        return self._lots[key]

    def count(self, item, lot, location, day, label):
        """Note that a count found ``lot`` at ``location``."""
        product = self.demo.ref("product", item.product)
        company = self.demo.ref("site", item.site).company_id
        loss = product.with_company(company).property_stock_inventory
        values = {"is_inventory": True, "inventory_name": label}
        self._note(item, lot, loss, location, day, values)

    def transfer(self, item, lot, source, destination, slip):
        """Note that ``lot`` moved between two locations, on the transfer ``slip``."""
        self._note(item, lot, source, destination, slip.day, {"picking_id": slip})

    def _note(self, item, lot, source, destination, day, values):
        product = self.demo.ref("product", item.product)
        common = {
            "product_id": product.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "company_id": self.demo.ref("site", item.site).company_id.id,
        }
        line = {
            **common,
            "product_uom_id": product.uom_id.id,
            "quantity": lot.quantity,
            "lot_id": self.lot(item.product, lot).id,
            "picked": True,
        }
        move = {
            **common,
            **values,
            "product_uom": product.uom_id.id,
            "product_uom_qty": lot.quantity,
            "state": "confirmed",
            "picked": True,
        }
        hour = dice("movement", item.site, day).randint(8, 15)
        self._moves.append((move, line, self.demo.at(day, hour, self.tz[item.site])))

    def book(self):
        """Do the movements noted so far."""
        pickings = self._pickings()
        values, moments, slip_moments = [], [], {}
        for move, line, moment in self._moves:
            if slip := move.pop("picking_id", None):
                picking = pickings[slip]
                slip_moments[picking.id] = moment
                move = {**move, "picking_id": picking.id, "picking_type_id": slip.picking_type}
                line = {**line, "picking_id": picking.id}
            values.append({**move, "move_line_ids": [Command.create(line)]})
            moments.append(moment)
        self._moves = []
        moves = self.demo.env["stock.move"].create(values)
        moves.filtered(lambda move: not move.picking_id)._action_done()
        moves.picking_id._action_done()
        date_moves(moves, moments)
        date_pickings(moves.picking_id, slip_moments)

    def _pickings(self):
        """An empty transfer for each slip noted, by slip."""
        slips = list(
            dict.fromkeys(m["picking_id"] for m, _l, _d in self._moves if "picking_id" in m)
        )
        pickings = self.demo.env["stock.picking"].create(
            [
                {
                    "picking_type_id": slip.picking_type,
                    "origin": slip.origin,
                    "location_id": slip.source,
                    "location_dest_id": slip.destination,
                    "partner_id": slip.partner,
                }
                for slip in slips
            ]
        )
        return dict(zip(slips, pickings, strict=True))


def date_moves(moves, moments):
    """Back-date done moves (parallel to ``moments``) with their lines."""
    backdate(moves, {"date": moments, "create_date": moments})
    by_move = dict(zip(moves.ids, moments, strict=True))
    lines = moves.move_line_ids
    line_moments = [by_move[line.move_id.id] for line in lines]
    backdate(lines, {"date": line_moments, "create_date": line_moments})


def date_pickings(pickings, moments):
    """Back-date transfers that were done as planned; ``moments`` by id."""
    done = [moments[picking.id] for picking in pickings]
    backdate(pickings, dict.fromkeys(("date_done", "scheduled_date", "create_date"), done))
