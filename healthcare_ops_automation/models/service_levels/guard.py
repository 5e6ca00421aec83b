"""What a guard lets through, and whom it leaves the rest to."""

from contextlib import contextmanager

import psycopg2

from odoo.exceptions import ConcurrencyError

# Compares records with clocks, and tells people what cannot be mended.
SWEEP_CRON = "healthcare_ops_automation.cron_sla_sweep"
# Notices what time alone does to clocks.
TICK_CRON = "healthcare_ops_automation.cron_sla_tick"
# A run that lasts longer ends and goes on in another: what watches over scheduled actions has
# little patience, and they cannot be changed while they run.
RUN_SECONDS = 20
CATEGORY = "service_level"
# Conflicts with other transactions are for Odoo to retry, a lost connection for nobody.
NOT_OURS = (psycopg2.OperationalError, psycopg2.InterfaceError, ConcurrencyError)
# What waits for the commit, and must wait again when it was dealt with in work that is undone:
# functions that take an environment and answer with a function that notes it again.
KEEPERS = []


@contextmanager
def undoable(env):
    """A savepoint within the work of a document.

    Odoo's own savepoint also runs what waits for the commit: in the midst of a document's work
    that would post its tracking messages and seal its events too early.
    """
    env.flush_all()
    noted = [keep(env) for keep in KEEPERS]
    with env.cr.savepoint(flush=False):
        try:
            yield
            env.flush_all()
        except BaseException:
            env.clear()  # all but what was done within is flushed
            for note_again in noted:
                note_again()
            raise
