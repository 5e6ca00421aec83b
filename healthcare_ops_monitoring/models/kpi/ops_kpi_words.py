from odoo import api, models
from odoo.tools import formatLang

from odoo.addons.healthcare_ops_automation.models.durations import in_words

# Of a whole number none, of others one is enough to tell two figures apart.
DIGITS = 1


class OpsKpi(models.Model):
    """KPIs and their figures in words."""

    _inherit = "ops.kpi"

    @api.model
    def _by_code(self, code):
        """The KPI of a code, as the reader; empty when there is none or it is switched off."""
        return self.search([("code", "=", code)], limit=1)

    def _words(self, value):
        """A figure in the reader's language: "2 h 15 min", "93.4 %", "17"; "" for None.

        :param value: in the KPI's unit, a share between 0 and 1, as in a ``Measure``
        """
        self.ensure_one()
        if value is None:
            return ""
        if self.unit in ("seconds", "working_seconds"):
            return in_words(self.env, value, days=self.unit == "seconds")
        if self.unit == "share":
            return self.env._("%s %%", self._number(value * 100))
        number = self._number(value)
        if self.unit == "milliseconds":
            return self.env._("%s ms", number)
        if self.unit == "days":
            return self.env._("%s d", number)
        return number

    def _number(self, value):
        value = round(value, DIGITS)
        return formatLang(self.env, value, digits=0 if value == int(value) else DIGITS)

    def _definition(self):
        """What stands behind the figure, in words, for tooltips and exports.

        :return: dict: ``code``, ``name``, ``formula``, ``unit``, ``direction``, ``records`` (the
            kind of record), ``period`` (which records belong to one), ``module``; and ``by_site``
            and ``by_process``: whether a site or process narrows it
        """
        self.ensure_one()

        def words(name):
            return dict(self._fields[name]._description_selection(self.env))[self[name]]

        return {
            "code": self.code,
            "name": self.name,
            "formula": self.formula,
            "unit": words("unit"),
            "direction": words("direction"),
            "records": self._records_words(),
            "period": self._period_words(),
            "module": self._module_words(),
            "by_site": bool(self.site_field),
            "by_process": bool(self.process_field),
        }

    def _records_words(self):
        """The kind of record, in the reader's language."""
        if self.model_name not in self.env:
            return self.env._("not installed")
        return self.env["ir.model"]._get(self.model_name).name

    def _period_words(self):
        if not self.period_field:
            return self.env._("The state of things now, whatever the period.")
        if self.model_name not in self.env:
            return ""
        field = self.env[self.model_name]._fields[self.period_field]
        label = field._description_string(self.env)
        return self.env._("Records whose time “%s” is within the period.", label)

    def _module_words(self):
        # sudo: titles of modules are no secret, and everybody sees them in Apps
        modules = self.env["ir.module.module"].sudo()
        return modules.search([("name", "=", self.owner)], limit=1).shortdesc or self.owner
