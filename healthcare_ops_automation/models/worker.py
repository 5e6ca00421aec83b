import logging

from odoo import api, models
from odoo.exceptions import ConcurrencyError, LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

# What passes by itself: another transaction was faster, or holds a row.
CONFLICTS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError)
CONFLICT_TRIES = 10


class OpsWorker(models.AbstractModel):
    """What scheduled actions of the engine share: steps that are committed, and run again when
    they met a conflict, because nobody else would."""

    _name = "ops.worker"
    _description = "Work in Steps"

    @api.model
    def _despite_conflicts(self, step, processed=0):
        """Run a step and commit it; again when it met a conflict.

        :param step: callable that may be run again after a rollback
        :param int processed: records to report as progress
        :return: what the step returned; None when it failed for good, which is logged
        """
        for _try in range(CONFLICT_TRIES):
            try:
                self._commit()  # so that the step begins with a fresh view of the database
                result = step()
                self._commit(processed)
                return result
            except CONFLICTS:
                self._roll_back()
            except Exception:
                self._roll_back()
                _logger.exception("A step of %s failed", self._name)
                return None
        _logger.error("A step of %s met conflicts %s times", self._name, CONFLICT_TRIES)
        return None

    # Commits and rollbacks are here, so that tests can run within a transaction.

    @api.model
    def _commit(self, processed=0):
        cron = self.env["ir.cron"]
        if not processed:
            # Nothing to report: only the commit, without a write of the progress before it.
            cron = cron.with_context(ir_cron_progress_id=False)
        cron._commit_progress(processed)

    @api.model
    def _roll_back(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
