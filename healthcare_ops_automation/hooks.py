"""What Odoo's uninstallation does not remove by itself."""


def uninstall_hook(env):
    """Drop the database objects made in ``init()``: triggers, functions, the sequence."""
    env["ops.audit.entry"]._drop_append_only()
    env.cr.execute("DROP SEQUENCE IF EXISTS ops_event_sequence")
