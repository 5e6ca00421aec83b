import re
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core import signing
from ...core.network import parse_networks
from ...core.target import Target
from ...core.wording import InvalidSetting
from ..events.ops_event_type import EVENT_SEVERITIES
from ..wording import in_words
from .ops_delivery import UNSETTLED

ADMIN = "healthcare_ops_automation.group_ops_admin"
# Changes that decide what leaves, how, and who may answer: each is audited.
AUDITED_FIELDS = {
    "site_ids",
    "connect_timeout",
    "total_timeout",
    "max_attempts",
    "state",
    "url",
    "event_patterns",
    "min_severity",
    "company_id",
    "allowed_networks",
    "secret_out",
    "secret_in",
    "user_id",
    "active",
}
SECRET_FIELDS = {"url", "secret_out", "secret_in"}


class OpsEndpoint(models.Model):
    """Another system: where events go, and the address at which its answers come in.

    Out: every sealed event whose type, severity, company and site match is delivered.
    In: the callback address holds a token that is an address, not a credential; what
    counts is the signature with the inbound secret.
    """

    _name = "ops.endpoint"
    _description = "Integration Endpoint"
    _inherit = ["mail.thread"]
    _order = "name"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
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
        "Broken: attempts failed in a row; deliveries are held, one is tried now and then. "
        "Disabled: no deliveries are created, and what waits is skipped.",
    )
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
    secret_out = fields.Char(
        string="Signing secret",
        groups=ADMIN,
        copy=False,
        default=lambda self: signing.new_secret(),
        help="Signs what we send. Give it to the receiver, who verifies with it.",
    )
    secret_in = fields.Char(
        string="Callback secret",
        groups=ADMIN,
        copy=False,
        default=lambda self: signing.new_secret(),
        help="Verifies what we receive. The other system signs its callbacks with it.",
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
    allowed_networks = fields.Text(
        string="Allowed networks",
        groups=ADMIN,
        help="Private networks that may be called, one a line, such as 10.20.0.0/16. "
        "Public addresses need no entry.",
    )
    connect_timeout = fields.Float(string="Connect within (s)", required=True, default=5.0)
    total_timeout = fields.Float(string="Answer within (s)", required=True, default=15.0)
    max_attempts = fields.Integer(
        string="Attempts at most",
        required=True,
        default=8,
        help="Attempts before a delivery is given up; the times between them are in Settings.",
    )
    concurrency_limit = fields.Integer(string="Requests at once", required=True, default=16)
    rate_limit = fields.Integer(string="Requests a minute", required=True, default=0)
    waiting_count = fields.Integer(compute="_compute_delivery_counts", string="Waiting")
    dead_count = fields.Integer(compute="_compute_delivery_counts", string="Given up")

    _token_uniq = models.UniqueIndex("(token)")
    _limits = models.Constraint(
        "CHECK (connect_timeout > 0 AND total_timeout BETWEEN connect_timeout AND 30"
        " AND max_attempts BETWEEN 1 AND 20)",
        "Timeouts and attempts: connect within more than 0 s, answer within at most 30 s and "
        "not less than the connect time, 1 to 20 attempts.",
    )

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

    @api.constrains("secret_out", "secret_in")
    def _check_secrets(self):
        for endpoint in self:
            for name in ("secret_out", "secret_in"):
                try:
                    signing.secret_key(endpoint[name] or "")
                except InvalidSetting as error:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: %(problem)s.",
                            field=self._fields[name]._description_string(self.env),
                            problem=in_words(self.env, error),
                        )
                    ) from error

    @api.constrains("allowed_networks")
    def _check_networks(self):
        for endpoint in self:
            try:
                parse_networks(endpoint.allowed_networks)
            except InvalidSetting as error:
                problem = in_words(self.env, error)
                raise ValidationError(self.env._("Allowed networks: %s.", problem)) from error

    @api.constrains("event_patterns")
    def _check_patterns(self):
        for endpoint in self:
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

    # -- what is computed -----------------------------------------------------------------

    @api.depends("token")
    def _compute_callback_url(self):
        for endpoint in self:
            endpoint.callback_url = (
                f"{endpoint.get_base_url()}/healthcare_ops/v1/callbacks/{endpoint.token}"
            )

    def _compute_delivery_counts(self):
        groups = self.env["ops.delivery"]._read_group(
            [
                ("endpoint_id", "in", self.ids),
                ("state", "in", (*UNSETTLED, "dead")),
            ],
            ["endpoint_id", "state"],
            ["__count"],
        )
        waiting, dead = {}, {}
        for endpoint, state, count in groups:
            target = dead if state == "dead" else waiting
            target[endpoint.id] = target.get(endpoint.id, 0) + count
        for endpoint in self:
            endpoint.waiting_count = waiting.get(endpoint.id, 0)
            endpoint.dead_count = dead.get(endpoint.id, 0)

    def _targets(self):
        """How to call each endpoint, as plain values.

        :return: a dict of :class:`~core.target.Target` by endpoint id
        """
        return {
            endpoint.id: Target(
                endpoint_id=endpoint.id,
                url=endpoint.url,
                secrets=(endpoint.secret_out,),
                networks=tuple(parse_networks(endpoint.allowed_networks)),
                connect_timeout=endpoint.connect_timeout,
                total_timeout=endpoint.total_timeout,
            )
            for endpoint in self
        }

    def _patterns(self):
        return (self.event_patterns or "").split()

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        endpoints._check_reach()
        self.env.registry.clear_cache()
        self.env["ops.audit.entry"]._record("endpoint.created", endpoints)
        return endpoints

    def write(self, vals):
        if not self:
            return super().write(vals)
        self._check_reach()
        result = super().write(vals)
        self._check_reach()
        self.env.registry.clear_cache()
        if vals.get("state") == "disabled" or vals.get("active") is False:
            self._skip_unsettled()
        changed = AUDITED_FIELDS & vals.keys()
        if changed:
            shown = {
                name: "changed" if name in SECRET_FIELDS else vals[name] for name in sorted(changed)
            }
            self.env["ops.audit.entry"]._record("endpoint.changed", self, shown)
        return result

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

    def _skip_unsettled(self):
        """What still waits is not sent months later, when somebody switches it on again."""
        # sudo: nobody writes deliveries; changing the endpoint was allowed
        # What is being sent right now is settled by who sends it.
        states = [state for state in UNSETTLED if state != "sending"]
        unsettled = [("endpoint_id", "in", self.ids), ("state", "in", states)]
        self.env["ops.delivery"].sudo().search(unsettled).write(
            {"state": "skipped", "lease_until": False}
        )

    def unlink(self):
        self._check_reach()
        self.env["ops.audit.entry"]._record("endpoint.deleted", self)
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # -- actions --------------------------------------------------------------------------

    def action_pause(self):
        self.write({"state": "paused"})

    def action_activate(self):
        if not self:
            return
        self._reset_circuit()
        self.write({"state": "active"})
        for xmlid in self.env["ops.event"]._lane_crons().values():
            self.env.ref(xmlid).sudo()._trigger()  # sudo: writing the endpoint was allowed

    def action_disable(self):
        self.write({"state": "disabled"})

    def action_open_waiting(self):
        return self._open_deliveries(search_default_unsettled=1)

    def action_open_dead(self):
        return self._open_deliveries(search_default_dead=1)

    def _open_deliveries(self, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_delivery_action"
        )
        return {**action, "domain": [("endpoint_id", "=", self.id)], "context": context}
