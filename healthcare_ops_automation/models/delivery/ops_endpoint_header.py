from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.orm.models import NO_ACCESS

from ...core.headers import check_header_name, check_header_value

# Shown in place of each value. No header can hold it, so typing within it is noticed.
MASK = "••••••••"
HEADERS_AT_MOST = 20


class OpsEndpointHeader(models.Model):
    """One header sent besides ours, such as ``Authorization`` for a receiver that cannot
    verify a signature.

    Its value is a credential: whoever may write it cannot read it again. It is stored in
    a field that no user can read, search, group, sort or export by; ``value`` takes it
    and shows a mask.
    """

    _name = "ops.endpoint.header"
    _description = "Endpoint Header"
    _order = "name, id"

    endpoint_id = fields.Many2one("ops.endpoint", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True)
    name = fields.Char(required=True, help="Such as Authorization or X-Api-Key.")
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        help="Can be written, but never read again.",
    )
    secret_value = fields.Char(string="Stored value", groups=NO_ACCESS, copy=False)

    _name_uniq = models.UniqueIndex(
        "(endpoint_id, lower(name))", "Name: the endpoint has a header of this name already."
    )

    @api.constrains("name")
    def _check_name(self):
        for header in self:
            try:
                check_header_name(header.name)
            except ValueError as error:
                raise ValidationError(self.env._("Name: %s.", str(error))) from error

    @api.constrains("endpoint_id")
    def _check_number(self):
        for endpoint in self.endpoint_id:
            if len(endpoint.header_ids) > HEADERS_AT_MOST:
                raise ValidationError(
                    self.env._("Extra headers: at most %s are sent.", HEADERS_AT_MOST)
                )

    @api.depends("secret_value")
    def _compute_value(self):
        for header in self:
            # sudo: whether there is a value is no secret
            header.value = MASK if header.sudo().secret_value else False

    def _inverse_value(self):
        for header in self:
            if header.value == MASK:
                continue
            try:
                check_header_value(header.value)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Value of %(name)s: %(problem)s.", name=header.name, problem=str(error)
                    )
                ) from error
            # sudo: the stored value is closed to everybody; writing the header was allowed
            header.sudo().secret_value = header.value

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("value") in (None, False, "", MASK):
                raise ValidationError(
                    self.env._("Value of %s: a header needs one.", vals.get("name"))
                )
        headers = super().create(vals_list)
        headers._forget_value()
        headers.endpoint_id._check_reach()
        headers._audit("endpoint.header_added")
        return headers

    def write(self, vals):
        if "endpoint_id" in vals and any(
            header.endpoint_id.id != vals["endpoint_id"] for header in self
        ):
            # Its value would be sent to another receiver, by somebody who cannot read it.
            raise UserError(
                self.env._("A header stays with its endpoint; add it to the other one.")
            )
        self.endpoint_id._check_reach()
        result = super().write(vals)
        self._forget_value()
        if "name" in vals or vals.get("value", MASK) != MASK:
            self._audit("endpoint.header_changed")
        return result

    def unlink(self):
        self.endpoint_id._check_reach()
        self._audit("endpoint.header_removed")
        return super().unlink()

    def _forget_value(self):
        """Let the cache not answer with what was just written."""
        self.invalidate_recordset(["value"], flush=False)

    def _audit(self, action):
        """Tell the endpoint's audit trail which header it was, never its value."""
        for header in self:
            self.env["ops.audit.entry"]._record(action, header.endpoint_id, {"header": header.name})
