from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ..authoring import check_domain, check_domain_readable, check_field, may_be_subject
from ..domains import parse_domain
from .ops_control import TOO_MANY


class OpsControl(models.Model):
    """What a control must say to make sense, and what its author must be allowed to read."""

    _inherit = "ops.control"

    @api.constrains("kind", "model_id", "domain", "date_field_id", "group_field_id")
    def _check_subject(self):
        for control in self:
            if not may_be_subject(self.env, control.model_name) or (
                control.model_name == "ops.exception"
            ):
                raise ValidationError(
                    self.env._(
                        "Looks at: no control can look at “%s”. Choose records that people work "
                        "with.",
                        control.model_id.name or "",
                    )
                )
            model = self.env[control.model_name]
            check_domain(model, control.domain, control._label("domain"))
            label = control._label("domain")
            if parse_domain(self.env, control.domain, label).is_true():
                raise ValidationError(
                    self.env._(
                        "In the state: say which records are looked at; without a filter every "
                        "old record would be a finding."
                    )
                )
            field = control.date_field_id
            if field.model_id != control.model_id or field.ttype not in ("date", "datetime"):
                raise ValidationError(
                    self.env._("Since: choose a date of “%s”.", control.model_id.name)
                )
            control._check_group_field(model)

    def _check_group_field(self, model):
        if self.kind != TOO_MANY:
            return
        found = model._fields.get(self.group_field_id.name or "")
        if found is None or found.type != "many2one" or not found.store:
            raise ValidationError(
                self.env._(
                    "Counted for each: choose a field of “%s” that names a person or thing.",
                    self.model_id.name,
                )
            )

    @api.constrains("company_id", "site_id")
    def _check_place(self):
        for control in self:
            site, company = control.site_id, control.company_id
            if site and company and site.company_id != company:
                raise ValidationError(
                    self.env._(
                        "Site: “%(site)s” belongs to %(company)s.",
                        site=site.display_name,
                        company=site.company_id.display_name,
                    )
                )

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _check_author(self):
        """Who writes a control must be allowed to read what it looks at.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.

        :raise AccessError: naming the field
        """
        for control in self:
            model = self.env[control.model_name]
            if not model.has_access("read"):
                raise AccessError(
                    self.env._(
                        "Looks at: you may not read “%s”, so you cannot have it looked at.",
                        control.model_id.sudo().name,  # sudo: the name of what was chosen
                    )
                )
            check_domain_readable(model, control.domain, control._label("domain"))
            since = model._fields[control.sudo().date_field_id.name]  # sudo: only its name
            check_field(model, since, "read", control._label("date_field_id"))
            group = control.sudo().group_field_id.name  # sudo: only its name
            if group:
                check_field(model, model._fields[group], "read", control._label("group_field_id"))
