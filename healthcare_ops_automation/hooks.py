"""What Odoo's uninstallation does not remove by itself, and what it must leave."""


def uninstall_hook(env):
    """Drop the database objects made in ``init()``: triggers, function, sequence."""
    env["ops.audit.entry"]._drop_append_only()
    env.cr.execute("DROP SEQUENCE IF EXISTS ops_event_sequence")


def keep_used_categories(env, module):
    """For a pack's uninstall hook: exceptions outlive the pack that raised them.

    Categories of the module that exceptions refer to lose their external id, so Odoo does
    not try to delete them; they are archived.
    """
    data = env["ir.model.data"].search(
        [("module", "=", module), ("model", "=", "ops.exception.category")]
    )
    used = dict(
        env["ops.exception"]._read_group(
            [("category_id", "in", data.mapped("res_id"))], ["category_id"], ["__count"]
        )
    )
    kept = env["ops.exception.category"].concat(*used)
    kept.active = False
    data.filtered(lambda each: each.res_id in kept.ids).unlink()
