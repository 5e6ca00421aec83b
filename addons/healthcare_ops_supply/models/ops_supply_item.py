from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_repr

from ..contracts.supply_item import BELOW_CRITICAL

VED_CLASSES = [("vital", "Vital"), ("essential", "Essential"), ("desirable", "Desirable")]


class OpsSupplyItem(models.Model):
    """A consumable at a site: how critical it is, its levels, and what is usable of it.

    Vital, essential, desirable (VED) is set by a clinical committee and reviewed; ABC
    follows from annual value. Category I, reviewed most closely, is any V or A.
    """

    _name = "ops.supply.item"
    _description = "Supply Item"
    _inherit = ["mail.thread"]
    _order = "availability_order, ved_class desc, product_id"
    _check_company_auto = True

    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_storable', '=', True)]",
        check_company=True,
    )
    site_id = fields.Many2one("ops.site", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="site_id.company_id", store=True, index=True)
    active = fields.Boolean(default=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    default_code = fields.Char(related="product_id.default_code", string="Reference")
    ved_class = fields.Selection(
        VED_CLASSES,
        string="VED class",
        required=True,
        default="essential",
        tracking=True,
        help="How care is affected when the item is missing. Set by the clinical committee.",
    )
    ved_review_date = fields.Date(
        string="Review class by", help="When the committee looks at the class again."
    )
    abc_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        string="ABC class",
        help="By annual value: A the items that make up 70 % of it, B the next 20 %, C the rest.",
    )
    category_one = fields.Boolean(
        compute="_compute_category_one",
        store=True,
        string="Category I",
        help="Vital, or class A by value: reviewed most closely.",
    )
    critical_level = fields.Float(
        string="Critical level",
        digits="Product Unit",
        tracking=True,
        help="When usable stock falls below this, an event is written and suppliers are asked.",
    )
    par_level = fields.Float(
        string="Par level", digits="Product Unit", tracking=True, help="Refill to this level."
    )
    on_hand_usable = fields.Float(
        string="Usable",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="On hand at the site, without expired and quarantined stock. Reservations do not "
        "count.",
    )
    below_critical = fields.Boolean(string="Below critical level", readonly=True, copy=False)
    availability = fields.Selection(
        [
            ("out_of_stock", "Out of stock"),
            ("below_critical", "Below critical level"),
            ("ok", "Available"),
        ],
        compute="_compute_availability",
        store=True,
    )
    availability_order = fields.Integer(
        string="Order by availability", compute="_compute_availability", store=True
    )
    preferred_vendor_ids = fields.Many2many(
        "res.partner", string="Preferred vendors", check_company=True
    )
    substitute_ids = fields.Many2many(
        "product.product", string="Substitutes", help="What may be used instead."
    )
    answer_ids = fields.One2many("ops.supply.answer", "item_id", string="Supplier answers")
    exception_count = fields.Integer(compute="_compute_exception_count", string="Open exceptions")

    _product_site_uniq = models.UniqueIndex(
        "(product_id, site_id)", "This product is already a supply item of this site."
    )
    _levels = models.Constraint(
        "CHECK (critical_level >= 0 AND par_level >= critical_level)",
        "Levels: the critical level is zero or more, and the par level is not below it.",
    )

    @api.constrains("product_id")
    def _check_product(self):
        for item in self:
            if not item.product_id.is_storable:
                raise ValidationError(
                    self.env._(
                        "Product: “%s” is not tracked in stock. Switch on Track Inventory first.",
                        item.product_id.display_name,
                    )
                )

    @api.depends("product_id", "site_id")
    def _compute_display_name(self):
        for item in self:
            parts = (item.product_id.display_name, item.site_id.code)
            item.display_name = " @ ".join(part for part in parts if part)

    @api.depends("ved_class", "abc_class")
    def _compute_category_one(self):
        for item in self:
            item.category_one = item.ved_class == "vital" or item.abc_class == "a"

    @api.depends("product_id", "on_hand_usable", "below_critical")
    def _compute_availability(self):
        order = {"out_of_stock": 0, "below_critical": 1, "ok": 2}
        for item in self:
            # An item that is just being entered has no unit yet, and no stock.
            if not item.uom_id or item.uom_id.compare(item.on_hand_usable, 0) <= 0:
                item.availability = "out_of_stock"
            else:
                item.availability = "below_critical" if item.below_critical else "ok"
            item.availability_order = order[item.availability]

    def _compute_exception_count(self):
        exceptions, counts = self.env["ops.exception"], {}
        if exceptions.has_access("read"):
            about = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            about.append(("is_open", "=", True))
            counts = dict(exceptions._read_group(about, ["res_id"], ["__count"]))
        for item in self:
            item.exception_count = counts.get(item.id, 0)

    def _ops_place(self):
        return [(item.company_id, item.site_id) for item in self]

    # -- what events say ------------------------------------------------------------------

    def _level_data(self):
        """Data of an event about the item's level, as its contract wants it."""
        self.ensure_one()
        product = self.product_id
        return {
            "item": {
                "code": product.default_code or f"product-{product.id}",
                "name": product.name,
                "barcode": product.barcode or None,
                "ved_class": self.ved_class,
                "uom": self.uom_id.name,
            },
            "site": {"code": self.site_id.code, "name": self.site_id.name},
            "on_hand": self.on_hand_usable,
            "critical_level": self.critical_level,
            "par_level": self.par_level,
        }

    def _below_critical_data(self):
        return {
            **self._level_data(),
            "suggested_quantity": max(self.par_level - self.on_hand_usable, 0.0),
            "preferred_vendors": [
                {"ref": self._vendor_ref(vendor), "name": vendor.name}
                for vendor in self.preferred_vendor_ids
            ],
        }

    @api.model
    def _vendor_ref(self, vendor):
        """The reference under which other systems know a vendor."""
        return vendor.ref or f"partner-{vendor.id}"

    # -- the suppliers' answer ------------------------------------------------------------

    @api.model
    def _ops_take_availability(self, event, data, callback):
        """Effect of the callback ``supply.availability.answered``: keep what the suppliers
        said, show it on the item, and call procurement when no preferred vendor delivers.

        :param event: the ``ops.event`` that asked
        :param data: the checked ``AvailabilityAnswered``
        :param callback: the ``ops.callback``
        :return: the answer for the sender
        """
        item = self.browse(event.res_id).exists()
        if event.type_code != BELOW_CRITICAL or not item:
            raise ValidationError(
                self.env._("inreplyto: the event does not ask for a supply item that still exists.")
            )
        item.check_access("read")
        # sudo: the user may read the item, and its signed answer is what may be written here:
        # answers, a note, an exception. Users of other systems have no rights to write any
        # of them by themselves, nor to read the product's name and unit.
        item = item.sudo()
        answers = item.answer_ids._store(item, event, data)
        summary = answers._summary()
        item.message_post(
            body=answers._as_message(),
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
        deliverable = any(answer.preferred and answer.can_deliver for answer in answers)
        exception = self.env["ops.exception"]
        if not deliverable and item.below_critical:
            exception = exception._raise_exception(
                "supply.no_preferred_vendor",
                self.env._(
                    "No preferred vendor can deliver %(item)s. Usable: %(on_hand)s %(uom)s, "
                    "critical level: %(critical)s. %(summary)s",
                    item=item.display_name,
                    on_hand=item._quantity_text(item.on_hand_usable),
                    uom=item.uom_id.name,
                    critical=item._quantity_text(item.critical_level),
                    summary=summary,
                ),
                item,
                event=event,
                severity="critical" if item.ved_class == "vital" else None,
            )
        return {
            "summary": summary,
            "answers": len(answers),
            "preferred_can_deliver": deliverable,
            "exception_raised": bool(exception),
        }

    def _quantity_text(self, quantity):
        """A quantity without superfluous decimals."""
        return float_repr(quantity, 2).rstrip("0").rstrip(".")

    # -- actions --------------------------------------------------------------------------

    def action_open_exceptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_exception_action"
        )
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        return {**action, "domain": domain, "context": {"search_default_open": 1}}
