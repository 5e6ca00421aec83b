from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED
from .scope import Scope


class OpsKpi(models.Model):
    """A KPI's own page: what it says now, its records, its history."""

    _inherit = "ops.kpi"

    figure = fields.Char(
        compute="_compute_figure",
        string="Last 30 days",
        help="Of the companies that you have switched on, as far as you may see them.",
    )
    value_count = fields.Integer(compute="_compute_value_count", string="Days kept")
    records_words = fields.Char(compute="_compute_in_words", string="Kind of record")
    period_words = fields.Char(compute="_compute_in_words", string="Records of a period")
    module_words = fields.Char(compute="_compute_in_words", string="Brought by")

    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_figure(self):
        scope = Scope.of(self.env)
        for kpi in self:
            measure = kpi._measure(scope)
            kpi.figure = kpi._words(measure.value) or kpi._status_words(measure.status)

    def _status_words(self, status):
        """Why there is no figure, in words."""
        return {
            FEW: self.env._("Too few records"),
            NO_DATA: self.env._("No records"),
            NO_ACCESS: self.env._("No access"),
            NOT_INSTALLED: self.env._("Not installed"),
        }.get(status, "")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_value_count(self):
        counts = {}
        if self.env["ops.kpi.value"].has_access("read"):
            counts = dict(
                self.env["ops.kpi.value"]._read_group(
                    [("kpi_id", "in", self.ids)], ["kpi_id"], ["date:count_distinct"]
                )
            )
        for kpi in self:
            kpi.value_count = counts.get(kpi, 0)

    @api.depends_context("lang")
    def _compute_in_words(self):
        for kpi in self:
            kpi.records_words = kpi._records_words()
            kpi.period_words = kpi._period_words()
            kpi.module_words = kpi._module_words()

    def action_show_records(self):
        """The records behind the figure of the last 30 days, no more and no fewer."""
        self.ensure_one()
        measure = self._measure(Scope.of(self.env))
        if measure.status in (NO_ACCESS, NOT_INSTALLED):
            raise UserError(
                self.env._(
                    "%(kpi)s: %(why)s.", kpi=self.name, why=self._status_words(measure.status)
                )
            )
        return self._open(measure.domain)

    def _open(self, domain):
        """The window action that lists exactly the records of a domain.

        Its search bar is empty, so its name says what the list is narrowed to.
        """
        name = self.env._("%s (last 30 days)", self.name) if self.period_field else self.name
        action = self.list_action and self.env.ref(self.list_action, raise_if_not_found=False)
        if action:
            found = self.env["ir.actions.act_window"]._for_xml_id(self.list_action)
        else:
            found = {
                "type": "ir.actions.act_window",
                "res_model": self.model_name,
                "views": [(False, "list"), (False, "form")],
            }
        return {**found, "name": name, "domain": domain, "context": {}}

    def action_open_history(self):
        """What was kept of this KPI alone, which is what a graph can show."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_monitoring.action_kpi_value"
        )
        # Who sees certain sites only does not see the whole; a graph then tells the sites apart.
        context = {"search_default_whole_company": 1}
        if self.env.user.ops_site_ids:
            context = {"search_default_by_site": 1, "graph_groupbys": ["date:day", "site_id"]}
        return {
            **action,
            "name": self.env._("%s: history", self.name),
            "view_mode": "list,graph",
            "views": [(False, "list"), (False, "graph")],
            "domain": [("kpi_id", "=", self.id)],
            # A graph draws a day without a figure as zero.
            "context": {**context, "search_default_told": 1},
        }
