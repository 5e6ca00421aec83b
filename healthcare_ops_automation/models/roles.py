"""Roles that several models ask for."""

# Who needs to see what content says about people: to decide, to mend, and to check.
NEED = (
    "healthcare_ops_automation.group_ops_manager",
    "healthcare_ops_automation.group_ops_admin",
    "healthcare_ops_automation.group_ops_auditor",
)
NEED_GROUPS = ",".join(NEED)
# Who operates what runs: pauses, replays, skips. Configuring it is for administrators.
OPERATORS = (
    "healthcare_ops_automation.group_ops_manager",
    "healthcare_ops_automation.group_ops_admin",
)
