from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.delivery.failure_causes import FAILURE_CAUSES

# Refusals told one by one; of the others how many there are.
TOLD = 20
# Ids that an audit entry names; the rest are found by endpoint, who and when.
IDS_NAMED = 100
REASON_LENGTH = 500


class OpsDeliveryOverride(models.TransientModel):
    """The decision of a person about deliveries: replay them, or skip them.

    Which ones is a selection, or what an exception or endpoint (and cause) has of dead letters:
    then they are found anew when it is carried out, by the rights of who decides. The dialog
    says beforehand how many it concerns, for which it is not possible, and why.
    """

    _name = "ops.delivery.override"
    _description = "Replay or Skip Deliveries"

    decision = fields.Selection(
        [("replay", "Replay"), ("skip", "Skip")], required=True, readonly=True
    )
    delivery_ids = fields.Many2many("ops.delivery", string="Selected", readonly=True)
    exception_id = fields.Many2one("ops.exception", readonly=True)
    endpoint_id = fields.Many2one("ops.endpoint", readonly=True)
    failure_cause = fields.Selection(FAILURE_CAUSES, string="Cause", readonly=True)
    reason = fields.Char(
        help="Why, for whoever looks at it later. It is kept with the deliveries and in the "
        "audit trail.",
    )
    per_minute = fields.Integer(
        string="Pace (events a minute)",
        help="For each endpoint. 0: all at once, as fast as the endpoint takes them.",
    )
    ready_count = fields.Integer(compute="_compute_preview", string="Deliveries")
    refused_count = fields.Integer(compute="_compute_preview", string="Not possible for")
    refusals = fields.Text(compute="_compute_preview", string="Why not")
    held = fields.Char(compute="_compute_preview", string="Held back")
    duration = fields.Char(compute="_compute_duration", string="Takes")

    # -- opening --------------------------------------------------------------------------

    @api.model
    def _open(self, decision, deliveries=None, exception=None, endpoint=None, cause=None):
        """The action that shows the dialog; one of the last four says what it is about.

        :raise AccessError: for who may not decide this
        :raise UserError: when there is nothing to decide about
        """
        self.env["ops.delivery"]._check_may_override()
        for records in (deliveries, exception, endpoint):
            if records is not None:
                records.check_access("read")
        dialog = self.create(
            {
                "decision": decision,
                "delivery_ids": deliveries and [fields.Command.set(deliveries.ids)],
                "exception_id": exception and exception.id,
                "endpoint_id": endpoint and endpoint.id,
                "failure_cause": cause,
            }
        )
        chosen = dialog._chosen()
        if not chosen:
            raise UserError(self.env._("There are no dead letters here."))
        dialog.per_minute = min(chosen._endpoints().mapped("replay_rate"), default=0)
        titles = {"replay": self.env._("Replay"), "skip": self.env._("Skip")}
        return {
            "type": "ir.actions.act_window",
            "name": titles[decision],
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _chosen(self):
        """The deliveries concerned, in the order of their events, as far as the user may see
        them."""
        self.ensure_one()
        if self.exception_id:
            domain = [("exception_id", "=", self.exception_id.id), ("state", "=", "dead")]
        elif self.endpoint_id:
            domain = [("endpoint_id", "=", self.endpoint_id.id), ("state", "=", "dead")]
            if self.failure_cause:
                domain += self.env["ops.delivery"]._of_cause(self.failure_cause)
        else:
            domain = [("id", "in", self.delivery_ids.ids)]
        return self.env["ops.delivery"].search(domain, order="sequence, id")

    # -- what it would do -----------------------------------------------------------------

    @api.depends("decision", "delivery_ids", "exception_id", "endpoint_id", "failure_cause")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_preview(self):
        for dialog in self:
            chosen = dialog._chosen()
            refused = chosen._refused(dialog.decision)
            dialog.ready_count = len(chosen) - len(refused)
            dialog.refused_count = len(refused)
            dialog.refusals = dialog._in_words(refused)
            dialog.held = dialog.decision == "replay" and dialog._held_in_words(chosen)

    def _in_words(self, refused):
        """Why not, a line for each of the first, and how many more."""
        lines = [
            f"{delivery.display_name}: {delivery._refusal_in_words(refused[delivery.id])}"
            for delivery in self.env["ops.delivery"].browse(list(refused)[:TOLD])
        ]
        if len(refused) > TOLD:
            lines.append(self.env._("… and %s more.", len(refused) - TOLD))
        return "\n".join(lines)

    def _held_in_words(self, chosen):
        """Which endpoints would not get them at once, and why."""
        words = []
        for endpoint in chosen._endpoints():
            if endpoint.test_mode and endpoint.state != "disabled":
                words.append(
                    self.env._("“%s” is in test mode: held until that ends.", endpoint.name)
                )
            elif endpoint.state == "paused":
                words.append(self.env._("“%s” is paused: held until it is resumed.", endpoint.name))
            elif endpoint.state == "broken":
                words.append(
                    self.env._("“%s” is broken: held until a probe is taken.", endpoint.name)
                )
        return " ".join(words)

    @api.depends("per_minute", "decision", "delivery_ids", "exception_id", "endpoint_id")
    def _compute_duration(self):
        for dialog in self:
            dialog.duration = dialog.decision == "replay" and dialog._duration_in_words()

    def _duration_in_words(self):
        if self.per_minute <= 0:
            return self.env._("As fast as the endpoint takes them")
        counts = self.env["ops.delivery"]._read_group(
            [("id", "in", self._chosen().ids)], ["endpoint_id"], ["__count"]
        )
        minutes = ceil(max((count for _endpoint, count in counts), default=0) / self.per_minute)
        if minutes < 2:
            return self.env._("About a minute")
        if minutes < 120:
            return self.env._("About %s minutes", minutes)
        return self.env._("About %s hours", ceil(minutes / 60))

    # -- carrying it out ------------------------------------------------------------------

    def action_confirm(self):
        """Carry the decision out where it is possible, and say where it is not.

        :raise AccessError: for who may not decide this
        :raise UserError: without a reason, or when it is possible for none of them
        """
        self.ensure_one()
        self.env["ops.delivery"]._check_may_override()
        reason = (self.reason or "").strip()[:REASON_LENGTH]
        if not reason:
            raise UserError(self.env._("Reason: say why, for whoever looks at it later."))
        if self.per_minute < 0:
            raise UserError(self.env._("Pace: give a number of events a minute, or 0."))
        chosen = self._chosen()
        refused = chosen._refused(self.decision)
        if len(refused) == len(chosen):
            raise UserError(
                self._in_words(refused) or self.env._("There are no dead letters here any more.")
            )
        # sudo: nobody writes deliveries; the role was checked, and these were found with the
        # user's own rights
        engine = chosen.sudo()
        if self.decision == "replay":
            done = engine._replay(reason, self.per_minute)
        else:
            done = engine._skip(reason)
        self._keep(done, reason)
        return self._told(len(done), refused)

    def _keep(self, done, reason):
        """Write down who decided what: in the audit trail, and where people talk about it."""
        by_endpoint, by_exception = {}, {}
        for delivery_id, endpoint_id, exception_id in done:
            by_endpoint.setdefault(endpoint_id, []).append(delivery_id)
            if exception_id:
                by_exception.setdefault(exception_id, []).append(delivery_id)
        action = {"replay": "delivery.replayed", "skip": "delivery.skipped"}[self.decision]
        for endpoint_id, ids in by_endpoint.items():
            # sudo: to note on it what was done to its deliveries
            endpoint = self.env["ops.endpoint"].sudo().browse(endpoint_id)
            details = {
                "reason": reason,
                "count": len(ids),
                "delivery_ids": ids[:IDS_NAMED],
                "per_minute": self.per_minute if self.decision == "replay" else None,
                "cause": self.failure_cause or None,
            }
            self.env["ops.audit.entry"]._record(action, endpoint, details)
            endpoint.message_post(body=self._note(len(ids), reason))
        for exception_id, ids in by_exception.items():
            # sudo: as above
            exception = self.env["ops.exception"].sudo().browse(exception_id)
            exception.message_post(body=self._note(len(ids), reason))

    def _note(self, count, reason):
        events = self.env["ops.delivery"]._events_in_words(count)
        if self.decision == "replay":
            return self.env._("%(events)s replayed: %(reason)s", events=events, reason=reason)
        return self.env._("%(events)s skipped: %(reason)s", events=events, reason=reason)

    def _told(self, count, refused):
        """The notification that says what was done, and for which it was not possible."""
        events = self.env["ops.delivery"]._events_in_words(count)
        if self.decision == "replay":
            message = self.env._("%s will be sent again.", events)
        else:
            message = self.env._("%s skipped.", events)
        if refused:
            message += "\n" + self._in_words(refused)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "success",
                "message": message,
                "sticky": bool(refused),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
