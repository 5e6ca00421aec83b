from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What people write, as long as nobody has settled it.
NOTED_FIELDS = {"name", "happened_at", "done_by", "note", "record_ref", "site_id"}
WORKERS = (
    "healthcare_ops_automation.group_ops_user",
    "healthcare_ops_automation.group_ops_admin",
)


class OpsFallbackItem(models.Model):
    """One thing to catch up on after working by hand: what happened, or what is on paper."""

    _name = "ops.fallback.item"
    _description = "Catch-up Item"
    _order = "happened_at, id"

    fallback_id = fields.Many2one("ops.fallback", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("delivery", "Held event"),
            ("record", "Changed record"),
            ("manual", "On paper"),
        ],
        required=True,
        default="manual",
        readonly=True,
    )
    name = fields.Char(string="What", required=True)
    happened_at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    done_by = fields.Char(
        string="Who did it", help="As it stands on the form: a name or a function."
    )
    note = fields.Text()
    delivery_id = fields.Many2one(
        "ops.delivery",
        string="Held event",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    delivery_state = fields.Selection(related="delivery_id.state", string="Delivery")
    type_id = fields.Many2one(related="delivery_id.type_id", string="Event type")
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", readonly=True)
    record_ref = fields.Reference(
        selection="_selection_record_ref",
        string="Record",
        compute="_compute_record_ref",
        inverse="_inverse_record_ref",
    )
    record_name = fields.Char(compute="_compute_record_name", string="Concerns")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict")
    user_id = fields.Many2one(related="fallback_id.user_id", string="Looked after by")
    state = fields.Selection(
        [
            ("open", "To do"),
            ("done", "Done"),
            ("not_needed", "Not needed"),
            ("redone", "Redone by the automation"),
        ],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    settled_by_id = fields.Many2one(
        "res.users", string="Settled by", readonly=True, ondelete="set null"
    )
    settled_at = fields.Datetime(string="Settled", readonly=True)

    _delivery_uniq = models.UniqueIndex("(fallback_id, delivery_id) WHERE delivery_id IS NOT NULL")

    @api.model
    def _selection_record_ref(self):
        """What a record may be of: business documents that the user may read."""
        # sudo: the names of kinds of records
        kinds = (
            self.env["ir.model"]
            .sudo()
            .search([("transient", "=", False), ("is_mail_thread", "=", True)], order="name")
        )
        allowed = self.env["ir.model.access"]._get_allowed_models()
        return [
            (kind.model, kind.name)
            for kind in kinds
            if kind.model in self.env
            and not self.env[kind.model]._abstract
            and (self.env.su or kind.model in allowed)
        ]

    @api.depends("res_model", "res_id")
    def _compute_record_ref(self):
        for item in self:
            # A model that is not installed any more has no records to refer to.
            known = item.res_model in self.env and item.res_id
            item.record_ref = known and f"{item.res_model},{item.res_id}"

    def _inverse_record_ref(self):
        for item in self:
            record = item.record_ref
            # sudo: the two columns behind the field that was just written
            item.sudo().write(
                {"res_model": record and record._name, "res_id": record and record.id}
            )

    @api.depends("res_model", "res_id", "delivery_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_record_name(self):
        for model, items in self.grouped("res_model").items():
            if model not in self.env:
                items.record_name = False
                continue
            records = self.env[model].browse(items.mapped("res_id")).exists()
            readable = records._filtered_access("read")
            for item in items:
                record = self.env[model].browse(item.res_id)
                if record in readable:
                    item.record_name = record.display_name
                elif record in records:
                    item.record_name = self.env._(
                        "%(kind)s no. %(id)s", kind=item.name, id=record.id
                    )
                else:
                    item.record_name = self.env._("Deleted")

    # -- entering -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_entered(vals_list)
        for vals in vals_list:
            known = vals.get("fallback_id") or self.env.context.get("default_fallback_id")
            fallback = self.env["ops.fallback"].browse(known)
            if "company_id" not in vals or not self.env.su:
                vals["company_id"] = fallback.company_id.id
            if not self.env.su and not vals.get("site_id"):
                vals["site_id"] = fallback.site_id.id
        items = super().create(vals_list)
        if not self.env.su:
            closed = items.fallback_id.filtered(lambda each: each.state == "closed")
            if closed:
                raise UserError(
                    self.env._("“%s” is closed: everything on its list is settled.", closed[0].name)
                )
        return items

    def _check_entered(self, vals_list):
        """People enter what was done on paper, and nothing else."""
        may = NOTED_FIELDS | {"fallback_id", "kind", "state", "company_id"}
        for vals in vals_list:
            is_manual = vals.get("kind", "manual") == "manual"
            if not is_manual or vals.get("state", "open") != "open" or vals.keys() - may:
                raise UserError(
                    self.env._(
                        "What happened meanwhile is listed by itself; add what was done on paper."
                    )
                )

    def write(self, vals):
        if not self.env.su:
            facts = vals.keys() - NOTED_FIELDS
            told = vals.keys() - {"note"}
            if facts or (told and any(item.kind != "manual" for item in self)):
                names = sorted(facts or told)
                labels = [self._fields[name].string for name in names if name in self._fields]
                raise UserError(
                    self.env._(
                        "%s: this is what happened and cannot be edited. Write what you know "
                        "into the note.",
                        ", ".join(labels),
                    )
                )
            if told and any(item.state != "open" for item in self):
                raise UserError(self.env._("This item is settled: take it up again first."))
        return super().write(vals)

    @api.constrains("name")
    def _check_name(self):
        for item in self:
            if not item.name.strip():
                raise ValidationError(self.env._("What: say what was done."))

    # -- settling -------------------------------------------------------------------------

    def action_done(self):
        """It was done by hand, or has been entered now."""
        return self._settle("done")

    def action_not_needed(self):
        """Nothing has to be done about it any more."""
        return self._settle("not_needed")

    def action_redone(self):
        """The automation has done it after all."""
        return self._settle("redone")

    def action_reopen(self):
        """It was settled by mistake."""
        return self._settle("open")

    def _settle(self, state):
        """Settle these, by the user; close the fallbacks whose list is worked off.

        :raise AccessError: for who may not work on the list
        :raise UserError: for what is settled (or open) already
        """
        self.check_access("write")
        if not self.env.su and not any(self.env.user.has_group(group) for group in WORKERS):
            raise AccessError(self.env._("The catch-up list is for operations users."))
        chosen = self.filtered(lambda item: (item.state == "open") == (state != "open"))
        if not chosen:
            raise UserError(
                self.env._("Nothing of it is settled.")
                if state == "open"
                else self.env._("Somebody else has settled that already.")
            )
        if state == "open" and any(each.state == "closed" for each in chosen.fallback_id):
            raise UserError(self.env._("The fallback is closed: add a new entry elsewhere."))
        user = state != "open" and self.env.uid
        # sudo: nobody writes the status; access to the items was checked
        chosen.sudo().write(
            {
                "state": state,
                "settled_by_id": user,
                "settled_at": user and fields.Datetime.now(),
            }
        )
        for fallback, items in chosen.sudo().grouped("fallback_id").items():
            details = {"state": state, "item_ids": items.ids[:100], "count": len(items)}
            self.env["ops.audit.entry"]._record("fallback.settled", fallback, details)
        # sudo: to close those that are worked off; access to the items was checked
        chosen.sudo().fallback_id._follow()

    def action_open_record(self):
        """Open the record it is about, also of an event that was held."""
        self.ensure_one()
        if not self.res_model:
            raise UserError(self.env._("It names no record."))
        model, res_id = self.res_model, self.res_id
        record = model in self.env and self.env[model].browse(res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.name))
        record.check_access("read")
        return record._get_records_action()
