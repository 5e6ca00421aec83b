import hashlib
import hmac
import secrets

from odoo import api, models

# SHA-256 of the token. It has 256 random bits, so there is nothing to guess and nothing to slow
# down.
TOKEN_PARAMETER = "healthcare_ops_monitoring.metrics_token_sha256"


class OpsMetrics(models.AbstractModel):
    """The token that a scraper shows. The database knows its hash, nobody else knows more."""

    _inherit = "ops.metrics"

    @api.model
    def _token_hash(self):
        # sudo: compared with, and shown to nobody
        return self.env["ir.config_parameter"].sudo().get_param(TOKEN_PARAMETER) or ""

    @api.model
    def _is_token(self, text):
        """Whether ``text`` is the token; takes as long whichever part of it is wrong."""
        known = self._token_hash()
        return bool(known) and hmac.compare_digest(known, _hashed(text))

    @api.model
    def _new_token(self):
        """Make another token; the one before is none from now on.

        :return: the token, which is kept nowhere
        """
        token = secrets.token_urlsafe(32)
        # sudo: the caller has checked that a system administrator asks
        self.env["ir.config_parameter"].sudo().set_param(TOKEN_PARAMETER, _hashed(token))
        return token

    @api.model
    def _forget_token(self):
        self.env["ir.config_parameter"].sudo().set_param(TOKEN_PARAMETER, False)  # sudo: as above


def _hashed(token):
    return hashlib.sha256(token.encode()).hexdigest()
