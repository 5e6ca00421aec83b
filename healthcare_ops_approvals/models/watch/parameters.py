"""Whole numbers that Settings keep as system parameters."""

from odoo.addons.healthcare_ops_automation.models.parameters import IntegerParameter

# Two working days: whoever is at work has seen it by then.
STUCK_HOURS = IntegerParameter("healthcare_ops_approvals.stuck_hours", 16)
# The first correction is work; from the third time on something is wrong with the request.
REWORK_FROM = IntegerParameter("healthcare_ops_approvals.rework_from", 3, minimum=2)
