import re
from fnmatch import translate as glob_to_regex

from odoo import api, models, tools

from ...core.contract import SEVERITIES


class OpsEndpoint(models.Model):
    """Who receives what: asked at every seal, so answered from a cache of plain values."""

    _inherit = "ops.endpoint"

    def _patterns(self):
        return (self.event_patterns or "").split()

    def _pattern(self):
        """A regular expression that matches the codes of the types subscribed to."""
        self.ensure_one()
        return re.compile("|".join(glob_to_regex(pattern) for pattern in self._patterns()))

    @api.model
    @tools.ormcache()
    def _subscriptions(self):
        """Every subscription, as plain values: (endpoint id, pattern, severities, company id,
        site ids)."""
        # sudo: what is delivered does not depend on who caused the event
        endpoints = self.sudo()._ops_engine()
        endpoints = endpoints.search(
            [("state", "!=", "disabled"), ("url", "!=", False), ("test_mode", "=", False)]
        )
        return tuple(
            (
                endpoint.id,
                endpoint._pattern(),
                frozenset(SEVERITIES[SEVERITIES.index(endpoint.min_severity) :]),
                endpoint.company_id.id,
                frozenset(endpoint.with_context(active_test=False).site_ids.ids),
            )
            for endpoint in endpoints
        )

    @api.model
    def _subscribed_to(self, event):
        """Ids of the endpoints that receive an event.

        :param dict event: ``type_code``, ``severity``, ``company_id`` and ``site_id``
        """
        return [
            endpoint_id
            for endpoint_id, pattern, severities, company_id, site_ids in self._subscriptions()
            if pattern.fullmatch(event["type_code"])
            and event["severity"] in severities
            and (not company_id or company_id == event["company_id"])
            and (not site_ids or event["site_id"] in site_ids)
        ]
