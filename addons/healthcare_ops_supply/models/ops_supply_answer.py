from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.healthcare_ops_automation.core.envelope import naive_utc


class OpsSupplyAnswer(models.Model):
    """What a supplier said it can deliver, when asked about an item below its level."""

    _name = "ops.supply.answer"
    _description = "Supplier Answer"
    _order = "checked_at desc, id"
    _rec_name = "vendor_name"

    item_id = fields.Many2one(
        "ops.supply.item", required=True, index=True, ondelete="cascade", readonly=True
    )
    event_id = fields.Many2one(
        "ops.event", string="Asked by", index=True, ondelete="set null", readonly=True
    )
    company_id = fields.Many2one(related="item_id.company_id", store=True, index=True)
    site_id = fields.Many2one(related="item_id.site_id", store=True, index=True)
    vendor_id = fields.Many2one(
        "res.partner",
        ondelete="set null",
        readonly=True,
        help="The vendor with this reference, when there is one.",
    )
    vendor_ref = fields.Char(string="Vendor reference", required=True, readonly=True)
    vendor_name = fields.Char(string="Supplier", required=True, readonly=True)
    preferred = fields.Boolean(
        readonly=True, help="A preferred vendor of the item when the answer came in."
    )
    can_deliver = fields.Boolean(string="Can deliver", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    lead_days = fields.Integer(string="Lead time (days)", readonly=True, aggregator="avg")
    note = fields.Char(readonly=True)
    asked_at = fields.Datetime(
        related="event_id.occurred_at", string="Asked", store=True, help="When the item fell."
    )
    checked_at = fields.Datetime(string="Checked", required=True, readonly=True)

    @api.model
    def _store(self, item, event, data):
        """Keep the suppliers' answers; which vendors are preferred is for Odoo to say."""
        preferred = {item._vendor_ref(vendor): vendor for vendor in item.preferred_vendor_ids}
        return self.create(
            [
                {
                    "item_id": item.id,
                    "event_id": event.id,
                    "vendor_id": preferred[supplier.ref].id if supplier.ref in preferred else False,
                    "vendor_ref": supplier.ref,
                    "vendor_name": supplier.name,
                    "preferred": supplier.ref in preferred,
                    "can_deliver": supplier.can_deliver,
                    "quantity": supplier.quantity,
                    "lead_days": supplier.lead_days or 0,
                    "note": supplier.note,
                    "checked_at": naive_utc(data.checked_at),
                }
                for supplier in data.suppliers
            ]
        )

    def _summary(self):
        """The answers in one sentence."""
        able = self.filtered("can_deliver")
        if not self:
            return self.env._("No supplier answered.")
        if not able:
            return self.env._("None of %s suppliers can deliver.", len(self))
        best = able.sorted(lambda answer: (not answer.preferred, answer.lead_days))[0]
        return self.env._(
            "%(able)s of %(all)s suppliers can deliver; best: %(name)s, %(quantity)s in "
            "%(days)s days.",
            able=len(able),
            all=len(self),
            name=best.vendor_name,
            quantity=best.item_id._quantity_text(best.quantity),
            days=best.lead_days,
        )

    def _as_message(self):
        """The answers as a chatter message; names are escaped, they come from outside."""
        line = Markup("<li>%s: %s</li>")
        lines = Markup("").join(line % (answer.vendor_name, answer._in_words()) for answer in self)
        title = Markup("<p><strong>%s</strong> %s</p>") % (
            self.env._("Supplier availability checked."),
            self._summary(),
        )
        return title + (Markup("<ul>%s</ul>") % lines if lines else Markup(""))

    def _in_words(self):
        self.ensure_one()
        if not self.can_deliver:
            text = self.env._("cannot deliver")
        else:
            text = self.env._(
                "%(quantity)s in %(days)s days",
                quantity=self.item_id._quantity_text(self.quantity),
                days=self.lead_days,
            )
        if self.preferred:
            text = self.env._("%s (preferred)", text)
        return f"{text}. {self.note}" if self.note else text
