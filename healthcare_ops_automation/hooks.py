"""What Odoo's uninstallation does not remove by itself, and what it must leave."""


def uninstall_hook(env):
    """Drop the database objects made in ``init()``: triggers, function, sequence."""
    immutable = env["ops.immutable"]
    for name in immutable._tables():
        env[name]._drop_append_only()
    env.cr.execute("DROP FUNCTION IF EXISTS ops_audit_to_seal() CASCADE")
    env.cr.execute("DROP SEQUENCE IF EXISTS ops_event_sequence")
    # Odoo deletes the records of a module's data one by one: nothing may refer to them then.
    forget_escalations(env, "%")
    env.cr.execute("DELETE FROM ops_sla_clock")
    env.cr.execute("UPDATE ops_exception SET cause_id = NULL, resolution_id = NULL")
    env.invalidate_all(flush=False)


def forget_escalations(env, models):
    """For a pack's uninstall hook, too: policies about its models go with them, and their runs
    stand in the way of that.

    :param str models: pattern of the models' names, as in LIKE
    """
    env.flush_all()
    env.cr.execute(
        """DELETE FROM ops_escalation WHERE policy_id IN (
               SELECT policy.id FROM ops_escalation_policy policy
                 JOIN ir_model model ON model.id = policy.model_id
                WHERE model.model LIKE %s)""",
        [models],
    )
    env.invalidate_all(flush=False)


def forget_controls(env, models):
    """For a pack's uninstall hook, too: controls of its models go with them; what they found stays,
    and is left to people.

    :param str models: pattern of the models' names, as in LIKE
    """
    env.flush_all()
    env.cr.execute(
        """UPDATE ops_exception SET control_id = NULL WHERE control_id IN (
               SELECT control.id FROM ops_control control
                 JOIN ir_model model ON model.id = control.model_id
                WHERE model.model LIKE %s)""",
        [models],
    )
    env.invalidate_all(flush=False)


def keep_used_categories(env, module):
    """For a pack's uninstall hook: exceptions outlive the pack that raised them.

    Categories of the module that exceptions refer to lose their external id, so Odoo does
    not try to delete them; they are archived. Installed again, the module takes them back:
    ``ops.exception.category._adopt``.
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
