import re
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..events.ops_event_type import EVENT_SEVERITIES

ADMIN = "healthcare_ops_automation.group_ops_admin"
# Changes that decide what leaves, how, and who may answer: each is audited.
AUDITED_FIELDS = {
    "site_ids",
    "connect_timeout",
    "total_timeout",
    "max_attempts",
    "concurrency_limit",
    "rate_limit",
    "callback_rate_limit",
    "answers_expected",
    "owner_id",
    "replay_rate",
    "state",
    "test_mode",
    "url",
    "event_patterns",
    "min_severity",
    "company_id",
    "allowed_networks",
    "secret_out",
    "secret_in",
    "previous_secret_out",
    "previous_secret_out_until",
    "previous_secret_in",
    "previous_secret_in_until",
    "tls_verification",
    "tls_ca",
    "user_id",
    "active",
}
# Of these the audit trail says that they changed, not to what.
UNSAID_FIELDS = {
    "url",
    "secret_out",
    "secret_in",
    "previous_secret_out",
    "previous_secret_in",
    "tls_ca",
}


class OpsEndpoint(models.Model):
    """Another system: where events go, and the address at which its answers come in.

    Out: every sealed event whose type, severity, company and site match is delivered.
    In: the callback address holds a token that is an address, not a credential; what
    counts is the signature with the inbound secret. Secrets, limits, subscriptions and
    the figures shown are in files of their own.
    """

    _name = "ops.endpoint"
    _description = "Integration Endpoint"
    _inherit = ["mail.thread"]
    _order = "name"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", index=True, tracking=True, help="Empty: events of every company."
    )
    description = fields.Text(help="What the other system does with the events, and who runs it.")
    url = fields.Char(
        string="URL",
        groups=ADMIN,
        help="Where events are posted to. Often a credential in itself: shown to "
        "administrators only and never written to a log.",
    )
    event_patterns = fields.Text(
        string="Event types",
        required=True,
        default="*",
        help="One pattern a line: a code such as supply.item.below_critical, or with a "
        "wildcard such as supply.*",
    )
    site_ids = fields.Many2many("ops.site", string="Sites", help="Empty: every site.")
    min_severity = fields.Selection(
        EVENT_SEVERITIES, string="From severity", required=True, default="info", tracking=True
    )
    token = fields.Char(
        string="Address token",
        required=True,
        readonly=True,
        copy=False,
        groups=ADMIN,
        default=lambda self: secrets.token_urlsafe(18),
    )
    callback_url = fields.Char(
        string="Callback address", compute="_compute_callback_url", groups=ADMIN
    )
    user_id = fields.Many2one(
        "res.users",
        string="Integration user",
        groups=ADMIN,
        help="Callbacks take effect with the rights of this user. Without one, callbacks "
        "are refused.",
    )

    _token_uniq = models.UniqueIndex("(token)")

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("url", "state")
    def _check_url(self):
        for endpoint in self:
            if not endpoint.url:
                continue
            try:
                parts = urlsplit(endpoint.url)
                valid = (
                    parts.scheme in ("http", "https")
                    and parts.hostname
                    and not parts.username
                    and (parts.port or 1)
                )
            except ValueError:
                valid = False
            if not valid:
                raise ValidationError(
                    self.env._(
                        "URL: give a complete http:// or https:// address without user name "
                        "or password."
                    )
                )

    @api.constrains("event_patterns")
    def _check_patterns(self):
        for endpoint in self:
            if not endpoint._patterns():
                raise ValidationError(self.env._("Event types: give at least one, or * for all."))
            for pattern in endpoint._patterns():
                if not re.fullmatch(r"[a-z0-9_.*]+", pattern):
                    raise ValidationError(
                        self.env._(
                            "Event types: “%s” is no pattern. Use a code such as "
                            "supply.item.below_critical or a wildcard such as supply.*",
                            pattern,
                        )
                    )

    @api.constrains("user_id")
    def _check_integration_user(self):
        group = "healthcare_ops_automation.group_ops_integration"
        for endpoint in self:
            if endpoint.user_id and not endpoint.user_id.has_group(group):
                raise ValidationError(
                    self.env._(
                        "Integration user: %s does not have the role “Integration”.",
                        endpoint.user_id.name,
                    )
                )

    def _check_reach(self):
        """An endpoint without company gets the events of all: only who may enter every
        company sets one up or changes it."""
        if self.env.su or all(endpoint.company_id for endpoint in self):
            return
        # sudo: counts the companies the user may not see
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        if companies - self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "Company: an endpoint without company receives the events of every company. "
                    "Choose one of yours, or ask somebody who works for all of them."
                )
            )

    @api.depends("token")
    def _compute_callback_url(self):
        for endpoint in self:
            endpoint.callback_url = (
                f"{endpoint.get_base_url()}/healthcare_ops/v1/callbacks/{endpoint.token}"
            )

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        endpoints._check_reach()
        self._forget_subscriptions()
        self.env["ops.audit.entry"]._record("endpoint.created", endpoints)
        return endpoints

    def write(self, vals):
        if not self:
            return super().write(vals)
        self._check_reach()
        states = set(self.mapped("state"))
        result = super().write(vals)
        self._check_reach()
        # A circuit that opens and closes changes nothing about who subscribes.
        if vals.keys() != {"state"} or not (states | {vals["state"]}) <= {"active", "broken"}:
            self._forget_subscriptions()
        changed = AUDITED_FIELDS & vals.keys()
        if changed:
            shown = {
                name: "changed" if name in UNSAID_FIELDS else vals[name] for name in sorted(changed)
            }
            self.env["ops.audit.entry"]._record("endpoint.changed", self, shown)
        return result

    def unlink(self):
        self._check_reach()
        self.env["ops.audit.entry"]._record("endpoint.deleted", self)
        result = super().unlink()
        self._forget_subscriptions()
        return result

    def _forget_subscriptions(self):
        """Clear the cache now, for this transaction, and once more when it is committed: in
        between another thread may have filled it with what was."""
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
