import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ops_delivery import UNSETTLED


class OpsEndpoint(models.Model):
    """Status: whether deliveries flow, are held or are not made at all, and the buttons."""

    _inherit = "ops.endpoint"

    state = fields.Selection(
        [
            ("active", "Active"),
            ("paused", "Paused"),
            ("broken", "Broken"),
            ("disabled", "Disabled"),
        ],
        string="Status",
        required=True,
        default="active",
        tracking=True,
        help="Active: events are delivered. Paused: they are held and delivered later. "
        "Broken: it failed again and again; deliveries are held, and one is tried now and "
        "then until it works. Disabled: no deliveries are created, and what waits is skipped.",
    )
    test_mode = fields.Boolean(
        string="Test mode",
        tracking=True,
        help="No events are delivered, only the samples you send. For setting up the other "
        "system before it goes live.",
    )

    def _check_not_broken_by_hand(self, vals):
        if vals.get("state") == "broken" and not self.env.su:
            raise UserError(
                self.env._(
                    "Status: “Broken” is found out by the deliveries and cannot be chosen. "
                    "To hold deliveries, pause the endpoint."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_broken_by_hand(vals)
        return super().create(vals_list)

    def copy_data(self, default=None):
        # Sends nothing before somebody has looked at it: it would call the same address.
        return [
            {
                **vals,
                "name": self.env._("%s (copy)", vals["name"]),
                "state": "disabled",
                **(default or {}),
            }
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        self._check_not_broken_by_hand(vals)
        broken = self.filtered(lambda endpoint: endpoint.state == "broken")
        result = super().write(vals)
        broken.filtered(lambda endpoint: endpoint.state != "broken")._reset_circuit()
        if vals.get("state") == "disabled" or vals.get("active") is False:
            self._skip_unsettled()
        return result

    def _skip_unsettled(self):
        """What still waits is not sent months later, when somebody switches it on again."""
        # What is being sent right now is settled by who sends it.
        states = [state for state in UNSETTLED if state != "sending"]
        self.env["ops.delivery"].flush_model(["endpoint_id", "state"])
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        """UPDATE ops_delivery SET state = 'skipped', lease_until = NULL
                            WHERE endpoint_id = ANY(%s) AND state = ANY(%s)""",
                        self.ids,
                        states,
                    ),
                    log_exceptions=False,
                )
        except psycopg2.errors.SerializationFailure:
            # A lane has claimed some since this transaction began, and would again in the next
            # try. From the commit on none is claimed any more: the sweeper skips them then.
            self.env["ops.event"]._wake({"healthcare_ops_automation.cron_sweep"})
        self.env["ops.delivery"].invalidate_model(flush=False)

    # -- actions --------------------------------------------------------------------------

    def action_disable(self):
        self.write({"state": "disabled"})

    def _check_may_send_sample(self):
        """Whether the user may send samples to it, and whether anything may leave.

        :raise AccessError: when the user may not operate the endpoint
        :raise UserError: when nothing can be sent, saying why
        """
        self._check_may_operate()
        # sudo: who may operate the endpoint was checked; whether there is an address is told
        if not self.sudo().url:
            raise UserError(self.env._("URL: give one first, a sample needs somewhere to go."))
        if self.state == "disabled" or not self.active:
            raise UserError(
                self.env._("Status: the endpoint is disabled. Activate or pause it first.")
            )
        if not self.env["ops.event"]._may_leave():
            raise UserError(
                self.env._("Nothing leaves this database: it is a neutralized copy of another.")
            )

    def action_send_sample(self):
        """Open the dialog that sends a sample event; see ``ops.endpoint.sample``."""
        self.ensure_one()
        self._check_may_send_sample()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_endpoint_sample_action"
        )
        return {**action, "context": {"default_endpoint_id": self.id}}

    def action_open_waiting(self):
        return self._open("ops_delivery_action", search_default_unsettled=1)

    def action_open_dead(self):
        return self._open("ops_delivery_action_dead", search_default_dead=1)

    def action_open_attempts(self):
        return self._open("ops_delivery_attempt_action", search_default_last_day=1)

    def _open(self, name, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"healthcare_ops_automation.{name}")
        return {**action, "domain": [("endpoint_id", "=", self.id)], "context": context}
