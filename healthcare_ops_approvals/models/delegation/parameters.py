"""Whole numbers that Settings keep as system parameters."""

from odoo.addons.healthcare_ops_automation.models.parameters import IntegerParameter

# A quarter: whoever is away for longer has somebody else put in their place.
MOST_DAYS = IntegerParameter("healthcare_ops_approvals.delegation_days", 90, minimum=1)
# Where a stage has no due time: a visit to the doctor is waited for, a day off is not.
ABSENCE_HOURS = IntegerParameter("healthcare_ops_approvals.absence_hours", 24, minimum=1)
