from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..domains import watched_fields

# Where a record belongs, and who works on it: known to clocks, so changes matter.
PLACE_FIELDS = ("company_id", "ops_site_id", "site_id", "user_id")


class OpsSlaPolicy(models.Model):
    """The native automation rule by which a policy learns at once of what records do.

    It watches the fields that the policy's filters ask for, and those of older versions that
    still have running clocks.
    """

    _inherit = "ops.sla.policy"

    automation_ids = fields.One2many(
        "base.automation",
        "ops_sla_policy_id",
        string="Automation rule",
        groups="base.group_system",
        context={"active_test": False},
    )

    def _keep_rule(self):
        """Make the rule, or let it be what the policy needs now."""
        # sudo: the rule is the engine's own; whoever changed the policy was allowed to.
        # Without context, so that an import of policies has its rules, too.
        for policy in self.sudo()._ops_engine():
            rules = policy.env["base.automation"].with_context(active_test=False)
            rule = rules.search([("ops_sla_policy_id", "=", policy.id)])
            wanted = {
                "name": self.env._("Service level: %s", policy.name),
                "model_id": policy.model_id.id,
                "active": policy.active,
            }
            triggers = policy._watched_field_ids()
            if not rule:
                rules.create(
                    {
                        **wanted,
                        "ops_sla_policy_id": policy.id,
                        "trigger": "on_create_or_write",
                        "trigger_field_ids": [Command.set(triggers.ids)],
                        "description": self.env._(
                            "Belongs to the service-level policy and is changed with it: it "
                            "starts, pauses and stops the clocks of records."
                        ),
                    }
                )
                continue
            # Writing what is the same would make every server load its registry anew.
            changed = {
                name: value
                for name, value in wanted.items()
                if rule._fields[name].convert_to_write(rule[name], rule) != value
            }
            if "model_id" in changed:
                changed["trigger"] = rule.trigger  # else computed anew with the model
            if rule.trigger_field_ids != triggers:
                changed["trigger_field_ids"] = [Command.set(triggers.ids)]
            if changed:
                rule.write(changed)

    def _drop_rule(self):
        # sudo: as in _keep_rule
        rules = self.env["base.automation"].sudo()._ops_engine(active_test=False)
        rules.search([("ops_sla_policy_id", "in", self.ids)]).unlink()

    def action_open_rule(self):
        """Open the automation rule, for those who may see Odoo's own."""
        self.ensure_one()
        return self.automation_ids._get_records_action()

    def _watched_field_ids(self):
        self.ensure_one()
        model = self.env[self.model_name]
        domains = [each for rules in self._rules_in_use() for each in rules.domains()]
        names = watched_fields(model, domains)
        names |= {
            name for name in PLACE_FIELDS if name in model._fields and model._fields[name].store
        }
        return self.env["ir.model.fields"].search(
            [("model", "=", self.model_name), ("name", "in", sorted(names))]
        )

    def _rules_in_use(self):
        """The present rules and those by which open clocks run."""
        versions = self.env["ops.sla.policy.version"]
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT version_id FROM ops_sla_clock
                    WHERE policy_id = %s AND state IN ('running', 'paused')""",
                self.id,
            )
        )
        in_use = versions.browse(row[0] for row in rows) | versions._current(self)
        return [version._rules() for version in in_use.sudo()]
