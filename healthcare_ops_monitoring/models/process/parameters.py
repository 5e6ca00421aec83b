from odoo.addons.healthcare_ops_automation.models.parameters import IntegerParameter

PREFIX = "healthcare_ops_monitoring."
# Six years: 45 CFR 164.316(b)(2)(i). Less than one would cut the figures of a year.
CASE_YEARS = IntegerParameter(f"{PREFIX}case_years", 6, minimum=1)
# Closed before this moment, a case was purged: it does not come back.
PURGED_BEFORE = f"{PREFIX}cases_purged_before"
