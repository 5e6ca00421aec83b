from odoo import api, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_automation.models.authoring import check_field

from .ops_alert_rule import HEALTH, KPI, THRESHOLD_FIELDS

# Types of fields by whose values alerts can be told apart; the likeliest first.
GROUP_TYPES = ("many2one", "selection", "boolean", "char")
# Fields that a refusal proposes.
PROPOSED_AT_MOST = 15


class OpsAlertRule(models.Model):
    """What a rule may say."""

    _inherit = "ops.alert.rule"

    @api.constrains("source", "kpi_id", "health_check", "operator", "grouping", "group_field")
    def _check_watched(self):
        for rule in self:
            if rule.source == HEALTH:
                if not rule.health_check:
                    raise ValidationError(self.env._("Health check: choose what is watched."))
                if rule.grouping != "rule":
                    raise ValidationError(
                        self.env._("Alerts: a health check has one alert for all.")
                    )
                continue
            kpi = rule.kpi_id
            if not kpi:
                raise ValidationError(self.env._("KPI: choose what is watched."))
            if not kpi.company_field:
                raise ValidationError(
                    self.env._("KPI: “%s” does not tell companies apart.", kpi.name)
                )
            if kpi.direction == "none" and rule.operator == "direction":
                raise ValidationError(
                    self.env._(
                        "Fires when it is: “%s” has no bad direction; choose above or below.",
                        kpi.name,
                    )
                )
            rule._check_grouping()

    def _check_grouping(self):
        name = self._group_by()
        if self.grouping == "rule":
            return
        model = self.env.get(self.kpi_id.model_name)
        if self.kpi_id.kind == "method" or not name:
            raise ValidationError(
                self.env._("Alerts: “%s” cannot be taken apart like this.", self.kpi_id.name)
            )
        field = model is not None and model._fields.get(name)
        if model is not None and not (field and field.store and field.type in GROUP_TYPES):
            raise ValidationError(
                self.env._(
                    "Group field: “%(name)s” is no stored field of the records by which they can "
                    "be told apart. These are: %(proposed)s.",
                    name=name,
                    proposed=", ".join(self._proposed_group_fields(model)),
                )
            )
        if field and field.groups:
            raise ValidationError(
                self.env._(
                    "Group field: “%s” is for certain people only, and alerts are for others, too.",
                    name,
                )
            )

    @api.model
    def _proposed_group_fields(self, model):
        """Names of fields by which alerts can be told apart: not by who wrote the record last,
        and not by the company, of which each alert has one."""
        left_out = {*models.MAGIC_COLUMNS, "company_id"}
        found = [
            field
            for name, field in model._fields.items()
            if field.store
            and field.type in GROUP_TYPES
            and name not in left_out
            and model._has_field_access(field, "read")
            and not field.groups
        ]
        found.sort(key=lambda field: (GROUP_TYPES.index(field.type), field.name))
        return [field.name for field in found[:PROPOSED_AT_MOST]]

    def _check_grouping_readable(self):
        """Refuse to tell alerts apart by what the author may not read, because the engine reads
        it as superuser. Called with the rights of whoever writes."""
        for rule in self:
            name = rule.source == KPI and rule._group_by()
            model = self.env.get(rule.kpi_id.model_name) if name else None
            if model is not None:
                label = rule._fields["group_field"]._description_string(self.env)
                check_field(model, model._fields[name], "read", label)

    @api.constrains("kpi_id", *THRESHOLD_FIELDS)
    def _check_thresholds(self):
        for rule in self.filtered(lambda rule: rule.source == KPI and rule.kpi_id):
            limits = rule._limits()
            order = 1 if limits.above else -1
            if order * (limits.threshold - limits.clear) < 0:
                raise ValidationError(
                    self.env._("Clears at: it must lie on the good side of the threshold.")
                )
            if limits.critical is not None and order * (limits.critical - limits.threshold) <= 0:
                raise ValidationError(
                    self.env._("Critical beyond: it must lie on the bad side of the threshold.")
                )

    @api.constrains("site_id", "company_id")
    def _check_site(self):
        for rule in self.filtered("site_id"):
            if rule.site_id.company_id != rule.company_id:
                raise ValidationError(
                    self.env._("Site: “%s” is of another company.", rule.site_id.display_name)
                )
