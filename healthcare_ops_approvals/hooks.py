from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.hooks import (
    forget_controls,
    forget_escalations,
    keep_used_categories,
)


def uninstall_hook(env):
    """Drop the database objects made in ``init()``; exceptions stay, and with them their
    categories."""
    env["ops.approval.decision"]._drop_append_only()
    env["ops.approval.delegation"]._drop_turns()
    env.cr.execute("DROP SEQUENCE IF EXISTS ops_approval_request_number")
    # They go with their tables; before that, what is shipped goes, and they would hold its rows.
    for table in ("ops_request_document", "ops_request"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    for models in ("ops.approval.%", "ops.request%"):
        forget_escalations(env, models)
        forget_controls(env, models)
    keep_used_categories(env, "healthcare_ops_approvals")
