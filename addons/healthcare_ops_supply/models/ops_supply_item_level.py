from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..contracts.supply_item import BELOW_CRITICAL, RECOVERED

CHECK_SCHEDULED = "healthcare_ops_supply.check_levels"


class OpsSupplyItem(models.Model):
    """Levels: usable stock follows every change of quants, once a transaction.

    How it works: a change notes the products concerned; before the commit their items are
    computed with one statement and written. Writing makes two transactions that consume
    the same item at once conflict, so that the second runs again and sees both: neither
    can miss that together they went below the level.
    """

    _inherit = "ops.supply.item"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_no_facts(vals)
        items = super().create(vals_list)
        items._ops_recompute(silent=True)
        return items

    def write(self, vals):
        self._check_no_facts(vals)
        result = super().write(vals)
        if vals.keys() & {"critical_level", "product_id", "site_id", "active"}:
            self._ops_recompute()
        return result

    def _check_no_facts(self, vals):
        """Refuse to have usable stock, and whatever is computed, written by hand."""
        facts = {
            name
            for name in vals
            if (field := self._fields.get(name)) and field.store and field.readonly
        }
        if facts and not self.env.su:
            raise UserError(
                self.env._(
                    "%s: computed, and cannot be written. Count or move the stock instead.",
                    ", ".join(self._fields[name].string for name in sorted(facts)),
                )
            )

    @api.model
    def _check_before_commit(self, products):
        """Note that usable stock of the products may have changed in this transaction."""
        precommit = self.env.cr.precommit
        noted = precommit.data.get(CHECK_SCHEDULED)
        if noted is None:
            noted = precommit.data[CHECK_SCHEDULED] = set()
            # sudo: levels are kept for every site, whoever moves the stock
            precommit.add(self.sudo()._ops_engine().browse()._check_noted)
        noted.update(products.ids)

    @api.model
    def _check_noted(self):
        product_ids = self.env.cr.precommit.data.pop(CHECK_SCHEDULED, ())
        self.search([("product_id", "in", list(product_ids))])._ops_recompute()

    @api.model
    def _cron_check_levels(self):
        """Look at every item: stock also stops being usable by the passing of time."""
        self.search([("active", "=", True)])._ops_recompute()

    def _ops_recompute(self, silent=False):
        """Bring usable stock up to date; emit for each item that crossed its level.

        :param bool silent: arm without emitting, for set-up and import
        :return: the items that crossed
        """
        changed = self._write_levels()
        crossed = self.browse(item_id for item_id, has_crossed in changed if has_crossed)
        if not silent and crossed:
            fallen = crossed.filtered("below_critical")
            events = self.env["ops.event"]
            events._emit_guarded(BELOW_CRITICAL, fallen, lambda item: item._below_critical_data())
            events._emit_guarded(RECOVERED, crossed - fallen, lambda item: item._level_data())
        return crossed

    def _write_levels(self):
        """Write usable stock where it changed.

        :return: ``(item id, whether it crossed the level)`` of the items written
        """
        if not self:
            return []
        self.flush_recordset()
        for model in ("stock.quant", "stock.location", "stock.lot", "stock.warehouse"):
            self.env[model].flush_model()
        levels = self.env.execute_query(
            SQL(
                """SELECT item.id, item.on_hand_usable, item.below_critical,
                          COALESCE(item.critical_level, 0), COALESCE(usable.quantity, 0)
                     FROM ops_supply_item item
                     LEFT JOIN (%s) usable ON usable.item_id = item.id
                    WHERE item.id = ANY(%s)""",
                self._usable_query(),
                self.ids,
            )
        )
        changed = []
        for item_id, known, was_below, critical, on_hand in levels:
            item = self.browse(item_id)
            rounding = item.uom_id
            below = rounding.compare(float(on_hand), float(critical)) < 0
            if below != bool(was_below) or rounding.compare(float(on_hand), float(known or 0)):
                # sudo: computed facts; people may not write them and need not be able to
                item.sudo().write({"on_hand_usable": float(on_hand), "below_critical": below})
                changed.append((item_id, below != bool(was_below)))
        return changed

    def _usable_query(self):
        """SQL: usable quantity of each of the items, over all companies (engine SQL)."""
        return SQL(
            """SELECT counted.id AS item_id, SUM(quant.quantity) AS quantity
                 FROM ops_supply_item counted
                 JOIN stock_quant quant ON quant.product_id = counted.product_id
                 JOIN stock_location location ON location.id = quant.location_id
                 JOIN stock_warehouse warehouse ON warehouse.id = location.warehouse_id
                 LEFT JOIN stock_lot lot ON lot.id = quant.lot_id
                WHERE counted.id = ANY(%s)
                  AND location.usage = 'internal'
                  AND warehouse.ops_site_id = counted.site_id
                  AND (lot.expiration_date IS NULL
                       OR lot.expiration_date > now() AT TIME ZONE 'UTC')
                  AND NOT EXISTS (SELECT FROM stock_location closed
                                   WHERE closed.ops_quarantine
                                     AND location.parent_path LIKE closed.parent_path || '%%')
                GROUP BY counted.id""",
            self.ids,
        )
