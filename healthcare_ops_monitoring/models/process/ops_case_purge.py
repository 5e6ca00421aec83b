from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .parameters import CASE_YEARS, PURGED_BEFORE

BATCH = 5000


class OpsCase(models.Model):
    """Retention: closed cases go after the years of the Settings; open ones stay."""

    _inherit = "ops.case"

    @api.autovacuum
    def _gc_cases(self):
        """Remove cases that were closed too long ago, with their steps, in one batch.

        Their events stay in the log. The moment up to which was purged is kept: a record that
        is folded anew does not bring back what was purged.

        :return: how many were removed, and how many are left at least
        """
        before = fields.Datetime.now() - relativedelta(years=CASE_YEARS.value(self.env))
        if before > self._purged_before():
            # sudo: how far was purged is for the projector
            parameters = self.env["ir.config_parameter"].sudo()
            parameters.set_param(PURGED_BEFORE, fields.Datetime.to_string(before))
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM ops_case WHERE id IN (
                       SELECT id FROM ops_case WHERE state = 'closed' AND closed_at < %s
                        LIMIT %s)
                RETURNING id""",
                before,
                BATCH,
            )
        )
        self.invalidate_model(flush=False)
        self.env["ops.case.step"].invalidate_model(flush=False)
        return len(rows), int(len(rows) == BATCH)

    @api.model
    def _purged_before(self):
        """Cases closed before this moment are gone for good."""
        # sudo: see _gc_cases
        text = self.env["ir.config_parameter"].sudo().get_param(PURGED_BEFORE)
        return fields.Datetime.to_datetime(text) if text else datetime.min
