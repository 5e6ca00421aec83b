"""What Odoo's uninstallation does not remove by itself, and what it must leave."""

from odoo.addons.healthcare_ops_automation.hooks import keep_used_categories


def uninstall_hook(env):
    """Drop the triggers that count for metrics, and their functions: the engine's tables stay.
    Exceptions that alerts opened stay, too, and keep their category."""
    env["ops.metric.counter"]._drop_functions()
    keep_used_categories(env, "healthcare_ops_monitoring")
