from odoo import api, fields, models
from odoo.tools import SQL

# Of use: long enough to even out weeks, short enough to follow the season.
DAYS = 90


class OpsSupplyItem(models.Model):
    """How long usable stock lasts, at the rate at which it was used lately.

    Worked out every night in one statement; in between, stock moves on and the rate hardly does.
    Use is what left the site's stock for patients and customers or for production. Transfers
    between sites, returns to vendors and corrections of the count are none.
    """

    _inherit = "ops.supply.item"

    daily_use = fields.Float(
        string="Use a day",
        digits=(16, 4),
        readonly=True,
        copy=False,
        help="What left the site for customers or production within the last 90 days, divided "
        "by 90.",
    )
    days_of_cover = fields.Float(
        string="Days of cover",
        digits=(16, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Usable stock divided by the use a day, as of last night. 0 without any use.",
    )

    @api.model
    def _cron_cover(self):
        """Bring the use and the days of cover of every item up to date."""
        self._write_cover()

    def _write_cover(self):
        """Engine SQL over all companies: each item is of one site, and so is what it reads.

        :return: number of items that changed
        """
        self.flush_model()
        for model in ("stock.move.line", "stock.location", "stock.warehouse"):
            self.env[model].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH used AS (
                    SELECT line.product_id, warehouse.ops_site_id AS site_id,
                           SUM(line.quantity_product_uom) / %(days)s AS daily
                      FROM stock_move_line line
                      JOIN stock_location source ON source.id = line.location_id
                      JOIN stock_location target ON target.id = line.location_dest_id
                      JOIN stock_warehouse warehouse ON warehouse.id = source.warehouse_id
                     WHERE line.state = 'done' AND source.usage = 'internal'
                       AND target.usage IN ('customer', 'production')
                       AND line.date >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                     GROUP BY line.product_id, warehouse.ops_site_id),
                covered AS (
                    SELECT item.id, ROUND(COALESCE(used.daily, 0)::numeric, 4) AS daily,
                           CASE WHEN used.daily > 0
                                THEN ROUND((GREATEST(COALESCE(item.on_hand_usable, 0), 0)
                                            / used.daily)::numeric, 1)
                                ELSE 0 END AS days
                      FROM ops_supply_item item
                      LEFT JOIN used ON used.product_id = item.product_id
                                    AND used.site_id = item.site_id)
                UPDATE ops_supply_item item
                   SET daily_use = covered.daily, days_of_cover = covered.days
                  FROM covered
                 WHERE covered.id = item.id
                   AND (item.daily_use IS DISTINCT FROM covered.daily
                        OR item.days_of_cover IS DISTINCT FROM covered.days)
                """,
                days=DAYS,
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model(["daily_use", "days_of_cover"])
        return changed
