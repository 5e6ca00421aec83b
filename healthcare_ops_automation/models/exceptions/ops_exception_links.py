from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .ops_exception import OPEN_STATES


class OpsException(models.Model):
    """Exceptions that belong together.

    *Same cause as* puts several under one main exception, which is worked on for all of them:
    when it is closed, they are, with its resolution. *Related* only points at each other.
    """

    _inherit = "ops.exception"

    parent_id = fields.Many2one(
        "ops.exception",
        string="Same cause as",
        index="btree_not_null",
        ondelete="set null",
        domain="[('is_open', '=', True), ('parent_id', '=', False), ('id', '!=', id),"
        " ('company_id', '=', company_id)]",
        help="The main exception. When it is closed, this one is, with its resolution.",
    )
    grouped_ids = fields.One2many("ops.exception", "parent_id", string="Same cause", readonly=True)
    grouped_count = fields.Integer(
        compute="_compute_grouped_count", string="Grouped", help="Others of the same cause."
    )
    # One table, read from both ends: what is related to me, and to what I am.
    link_ids = fields.Many2many(
        "ops.exception", "ops_exception_link_rel", "exception_id", "other_id", string="Links"
    )
    linked_by_ids = fields.Many2many(
        "ops.exception", "ops_exception_link_rel", "other_id", "exception_id", string="Linked by"
    )
    related_ids = fields.Many2many(
        "ops.exception",
        compute="_compute_related_ids",
        inverse="_inverse_related_ids",
        domain="[('id', '!=', id), ('company_id', '=', company_id)]",
        help="Have to do with each other, but each is resolved by itself.",
    )

    @api.depends("grouped_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_grouped_count(self):
        counts = dict(self._read_group([("parent_id", "in", self.ids)], ["parent_id"], ["__count"]))
        for exception in self:
            exception.grouped_count = counts.get(exception._origin, 0)

    @api.depends("link_ids", "linked_by_ids")
    def _compute_related_ids(self):
        for exception in self:
            exception.related_ids = exception.link_ids | exception.linked_by_ids

    def _inverse_related_ids(self):
        for exception in self:
            wanted = exception.related_ids - exception
            # sudo: that the user may work on this one was checked when it was written, and
            # which the others are follows from what the user may read
            own = exception.sudo()
            gone = (own.link_ids | own.linked_by_ids).filtered(
                lambda each, wanted=wanted: each not in wanted
            )
            # What the user may not see stays linked.
            gone = gone.with_env(self.env)._filtered_access("read").sudo()
            new = wanted.sudo() - own.link_ids - own.linked_by_ids
            own.link_ids = [
                *(Command.unlink(each.id) for each in gone),
                *(Command.link(each.id) for each in new),
            ]
            own.linked_by_ids = [Command.unlink(each.id) for each in gone]

    @api.constrains("parent_id")
    def _check_parent(self):
        for exception in self.filtered("parent_id"):
            main = exception.parent_id
            if main == exception or main.parent_id or exception.sudo().grouped_ids:
                raise ValidationError(
                    self.env._(
                        "Same cause as: “%(main)s” cannot be the main one of “%(exception)s”. "
                        "One main exception has the others below it, and none below those.",
                        main=main.display_name,
                        exception=exception.display_name,
                    )
                )
            if main.company_id != exception.company_id:
                raise ValidationError(
                    self.env._("Same cause as: “%s” is of another company.", main.display_name)
                )

    def _check_workable(self, vals):
        result = super()._check_workable(vals)
        if vals.get("parent_id"):
            main = self.browse(vals["parent_id"])
            # It will be closed by whoever closes the main one: both must be theirs to work on.
            main._check_may_work()
            if not main.is_open:
                raise main._closed_error()
        return result

    def write(self, vals):
        state = vals.get("state")
        closing = self.filtered("is_open") if state and state not in OPEN_STATES else self.browse()
        reopening = self - self.filtered("is_open") if state in OPEN_STATES else self.browse()
        result = super().write(vals)
        closing._close_grouped()
        if alone := reopening.filtered("parent_id"):
            # What is taken up again is looked at by itself.
            alone.sudo().write({"parent_id": False})
        return result

    def _close_grouped(self):
        """Close what is grouped under these as they were closed."""
        # sudo: who put them under the main one had the right to work on both
        for main in self.sudo():
            grouped = main.grouped_ids.filtered("is_open")
            if grouped:
                values = {
                    "state": main.state,
                    "resolution": main.resolution,
                    "resolution_id": main.resolution_id.id,
                }
                if main.cause_id:
                    values["cause_id"] = main.cause_id.id
                grouped.write(values)

    def action_ungroup(self):
        """Look at it by itself again."""
        self.write({"parent_id": False})

    def action_open_grouped(self):
        self.ensure_one()
        if not self.grouped_count:
            raise UserError(self.env._("Nothing is grouped under “%s”.", self.display_name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same cause"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("parent_id", "=", self.id)],
        }
