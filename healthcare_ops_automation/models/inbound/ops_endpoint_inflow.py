import logging
import math
import random
import time

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ...core.problem import Problem

_logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
TRIES = 50


class OpsEndpointInflow(models.Model):
    """How fast callbacks come in: one narrow row an endpoint, written at each callback.

    The generic cell rate algorithm (ITU-T I.371): ``due_at`` is when the next callback would
    be due if they came evenly. As many as the limit may come at once, then one by one. It is
    written in a short transaction of its own, so that callbacks of one endpoint
    meet here for a moment and never while they take effect.
    """

    _name = "ops.endpoint.inflow"
    _description = "Endpoint Inflow"
    _rec_name = "endpoint_id"
    _log_access = False

    endpoint_id = fields.Many2one("ops.endpoint", required=True, ondelete="cascade", readonly=True)
    due_at = fields.Float(
        string="Next one due (Unix time)",
        digits=False,
        required=True,
        readonly=True,
        aggregator=None,
        help="If callbacks came evenly.",
    )

    _endpoint_uniq = models.UniqueIndex("(endpoint_id)")

    @api.model
    def _admit(self, endpoint, call):
        """Count a verified call against the endpoint's rate limit, once for each call.

        :raise Problem: 429 with the seconds to wait
        """
        limit = endpoint.callback_rate_limit
        if not limit or call.is_admitted:
            return
        wait = self._take_turn(endpoint.id, limit)
        if wait:
            raise Problem(
                429,
                "Too many callbacks",
                f"At most {limit} a minute are taken. Send it again after the time in Retry-After.",
                retry_after=math.ceil(wait),
            )
        call.is_admitted = True

    @api.model
    def _take_turn(self, endpoint_id, limit):
        """Seconds to wait before a callback may come in; 0 when it may, and then it is counted."""
        try:
            with self.env.registry.cursor() as cr:
                for _try in range(TRIES):
                    try:
                        return self._turn(cr, endpoint_id, WINDOW_SECONDS / limit)
                    except psycopg2.errors.SerializationFailure:
                        cr.rollback()
                        time.sleep(random.uniform(0, 0.005))
        except psycopg2.pool.PoolError:
            # No connection is left: this server has too many at present, whatever the limit says.
            _logger.info("A callback of endpoint %s waits for a connection", endpoint_id)
        return 1.0

    @api.model
    def _turn(self, cr, endpoint_id, step):
        """One try of :meth:`_take_turn`.

        :param float step: seconds between two callbacks that come evenly
        """
        now = SQL("extract(epoch FROM statement_timestamp())::float8")
        # Rounding must not cost the last of a burst its turn.
        burst = WINDOW_SECONDS - step + 0.001
        cr.execute(
            SQL(
                """INSERT INTO ops_endpoint_inflow AS flow (endpoint_id, due_at)
                   VALUES (%(endpoint)s, %(now)s + %(step)s)
                   ON CONFLICT (endpoint_id) DO UPDATE
                      SET due_at = greatest(flow.due_at, %(now)s) + %(step)s
                    WHERE flow.due_at <= %(now)s + %(burst)s""",
                endpoint=endpoint_id,
                now=now,
                step=step,
                burst=burst,
            ),
            log_exceptions=False,
        )
        if cr.rowcount:
            return 0.0
        cr.execute(
            SQL(
                "SELECT due_at - %s - %s FROM ops_endpoint_inflow WHERE endpoint_id = %s",
                burst,
                now,
                endpoint_id,
            )
        )
        [wait] = cr.fetchone()
        return max(wait, 0.001)
