import time

from psycopg2.errors import LockNotAvailable

from odoo import api, models

from ...core import signing
from ...core.problem import Problem

WAIT_SECONDS = 20


class OpsCallback(models.Model):
    """One callback at a time for each endpoint.

    Callbacks that come at once meet on the same rows: the same message, the same record, the
    same exception. Each conflict would make Odoo run one of them again after up to some
    seconds, and give up after five times: of sixteen at once one was answered 503.
    """

    _inherit = "ops.callback"

    @api.model
    def _await_turn(self, token, headers, raw):
        """Wait until no other callback of this endpoint is at work. The transaction is another
        one afterwards, which sees what the one before has committed.

        A call without a valid signature does not wait, and nobody waits for it.

        :raise Problem: 409 when it took too long
        """
        # sudo: an address is looked up, and nothing is read for the caller
        endpoint = self.sudo()._endpoint_at(token)
        if not endpoint:
            return
        try:
            signing.verify(endpoint._secrets_in(), headers, raw, time.time())
        except signing.SignatureError:
            return  # refused by whoever takes it in
        self._lock_until_the_end(endpoint.id)

    def _lock_until_the_end(self, endpoint_id):
        """Hold the endpoint's lock until the transaction ends, with a snapshot taken after the
        lock: of a transaction's own lock the snapshot would be as old as the wait.

        So the lock is first taken for the session, and handed to a transaction begun then.
        """
        cr, key = self.env.cr, [endpoint_id]
        cr.execute("SET LOCAL lock_timeout = %s", [f"{WAIT_SECONDS}s"])
        try:
            cr.execute(f"SELECT pg_advisory_lock({KEY})", key, log_exceptions=False)
        except LockNotAvailable as error:
            raise Problem(409, "Busy", "Others are being worked on. Send it again.") from error
        try:
            cr.rollback()
            cr.execute(f"SELECT pg_advisory_xact_lock({KEY})", key)
        finally:
            cr.execute(f"SELECT pg_advisory_unlock({KEY})", key)


KEY = "hashtext('ops_callback'), %s"
