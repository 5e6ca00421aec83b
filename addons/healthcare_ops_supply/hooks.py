from odoo.addons.healthcare_ops_automation.hooks import keep_used_categories


def uninstall_hook(env):
    """Exceptions that the pack raised stay, and with them their categories."""
    keep_used_categories(env, "healthcare_ops_supply")
