import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import signing
from ...core.network import parse_networks
from ...core.target import Target
from ...core.tls import check_certificates
from ...core.wording import InvalidSetting
from ..wording import in_words
from .ops_endpoint import ADMIN

_logger = logging.getLogger(__name__)

SECRETS = ("secret_out", "secret_in", "previous_secret_out", "previous_secret_in")


class OpsEndpoint(models.Model):
    """Security: secrets and their rotation, how the receiver proves who it is, and all of
    it as the plain values a sender needs.

    While a secret is rotated two are valid: we sign with both (Standard Webhooks allows
    several signatures), and accept what is signed with either.
    """

    _inherit = "ops.endpoint"

    secret_out = fields.Char(
        string="Signing secret",
        groups=ADMIN,
        copy=False,
        default=lambda self: signing.new_secret(),
        help="Signs what we send. Give it to the receiver, who verifies with it. Typing "
        "another replaces it at once; rotating keeps the old one valid for a while.",
    )
    secret_in = fields.Char(
        string="Callback secret",
        groups=ADMIN,
        copy=False,
        default=lambda self: signing.new_secret(),
        help="Verifies what we receive. The other system signs its callbacks with it. Typing "
        "another replaces it at once; rotating keeps the old one valid for a while.",
    )
    previous_secret_out = fields.Char(string="Old signing secret", groups=ADMIN, copy=False)
    previous_secret_out_until = fields.Datetime(
        string="Old signing secret until",
        groups=ADMIN,
        copy=False,
        help="Until then we sign with the old secret too.",
    )
    previous_secret_in = fields.Char(string="Old callback secret", groups=ADMIN, copy=False)
    previous_secret_in_until = fields.Datetime(
        string="Old callback secret until",
        groups=ADMIN,
        copy=False,
        help="Until then callbacks signed with the old secret are accepted too.",
    )
    header_ids = fields.One2many(
        "ops.endpoint.header", "endpoint_id", string="Extra headers", groups=ADMIN
    )
    tls_verification = fields.Selection(
        [
            ("public", "Public certificate authorities"),
            ("own", "Own certificates"),
            ("off", "No verification"),
        ],
        string="The receiver proves itself by",
        required=True,
        default="public",
        tracking=True,
        help="How the certificate of an https:// receiver is verified.",
    )
    tls_ca = fields.Text(
        string="Own certificates (PEM)",
        groups=ADMIN,
        help="The certificate authority of the receiver, or its own self-signed certificate. "
        "Several may follow each other. Only these are trusted.",
    )

    # -- checks ---------------------------------------------------------------------------

    @api.constrains(*SECRETS)
    def _check_secrets(self):
        for endpoint in self:
            for name in SECRETS:
                if name.startswith("previous") and not endpoint[name]:
                    continue
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

    @api.constrains("tls_verification", "tls_ca")
    def _check_certificates(self):
        for endpoint in self:
            if not endpoint.tls_ca and endpoint.tls_verification != "own":
                continue
            try:
                check_certificates(endpoint.tls_ca or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._("Own certificates (PEM): %s.", str(error))
                ) from error

    # -- rotation -------------------------------------------------------------------------

    def action_rotate_secret_out(self):
        """Sign with a new secret, and for a while with the old one too."""
        self._rotate("secret_out")

    def action_rotate_secret_in(self):
        """Accept a new secret, and for a while the old one too."""
        self._rotate("secret_in")

    def action_end_overlap_out(self):
        """Retire the old signing secret now."""
        self._end_overlap("secret_out")

    def action_end_overlap_in(self):
        """Retire the old callback secret now."""
        self._end_overlap("secret_in")

    def _rotate(self, name):
        # A second rotation would retire the first secret of three while it may be in use.
        until = fields.Datetime.now() + timedelta(hours=self._default_limit("overlap_hours"))
        label = self._fields[name]._description_string(self.env)
        for endpoint in self:
            if len(endpoint._valid_secrets(name)) > 1:
                raise UserError(
                    self.env._(
                        "%s: the old one is still valid. Retire it first, then rotate again.",
                        label,
                    )
                )
            endpoint.write(
                {
                    name: signing.new_secret(),
                    f"previous_{name}": endpoint[name],
                    f"previous_{name}_until": until,
                }
            )
            endpoint.message_post(
                body=self.env._(
                    "%(secret)s rotated; the old one is valid until %(until)s (UTC).",
                    secret=label,
                    until=fields.Datetime.to_string(until),
                )
            )

    def _end_overlap(self, name):
        self.write({f"previous_{name}": False, f"previous_{name}_until": False})

    @api.autovacuum
    def _gc_previous_secrets(self):
        """A secret that is not valid any more is not kept either."""
        now = fields.Datetime.now()
        for name in ("secret_out", "secret_in"):
            self.with_context(active_test=False).search(
                [(f"previous_{name}_until", "<=", now)]
            )._end_overlap(name)

    # -- for the engine -------------------------------------------------------------------

    def _valid_secrets(self, name):
        """The secrets valid at present, the current one first."""
        self.ensure_one()
        until = self[f"previous_{name}_until"]
        previous = self[f"previous_{name}"]
        if previous and until and until > fields.Datetime.now():
            return (self[name], previous)
        return (self[name],)

    def _secrets_in(self):
        """The secrets with which a callback may be signed at present."""
        return self._valid_secrets("secret_in")

    def _targets(self):
        """How to call each endpoint, as plain values.

        :return: a dict of :class:`~core.target.Target` by endpoint id; without those whose
            settings cannot be used, which the log names
        """
        targets = {}
        # sudo: the values go to the sender and to nobody else; nobody reads the headers
        for endpoint in self.sudo():
            try:
                targets[endpoint.id] = endpoint._target()
            except ValueError:
                # Such as a network that came past the checks: the others are served all the same.
                _logger.exception("Endpoint %s cannot be called", endpoint.id)
        return targets

    def _target(self):
        return Target(
            endpoint_id=self.id,
            url=self.url,
            secrets=self._valid_secrets("secret_out"),
            headers=tuple((each.name, each.secret_value) for each in self.header_ids),
            networks=tuple(parse_networks(self.allowed_networks)),
            connect_timeout=self.connect_timeout,
            total_timeout=self.total_timeout,
            verify_tls=self.tls_verification != "off",
            ca=(self.tls_ca or "") if self.tls_verification == "own" else "",
        )
