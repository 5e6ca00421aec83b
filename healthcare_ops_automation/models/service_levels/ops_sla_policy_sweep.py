import logging
from time import monotonic

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.service_level import OPEN_STATES
from .guard import CATEGORY, NOT_OURS, RUN_SECONDS, SWEEP_CRON

_logger = logging.getLogger(__name__)

# Records that are followed in one transaction.
BATCH = 500


class OpsSlaPolicy(models.Model):
    """Comparing records with clocks, for what the automation rules never saw.

    SQL, module updates, changes of related records, filters with dates, and whatever went
    wrong while a document was saved. Here errors become exceptions.
    """

    _inherit = "ops.sla.policy"

    @api.model
    def _cron_sweep(self):
        """Let every clock be as its record says; start those that are missing."""
        clocks = self.env["ops.sla.clock"]._ops_engine_of_cron()
        clocks._despite_conflicts(clocks._cancel_orphans)
        until = monotonic() + RUN_SECONDS
        policies = clocks.env["ops.sla.policy"].with_context(active_test=False)
        for policy in policies.search([("active", "in", [True, False])]):
            for find in (policy._differing, policy._missing):
                policy._sweep(clocks, find, until)
        clocks._despite_conflicts(clocks._retell)
        clocks._despite_conflicts(clocks._report_hourless)

    def _sweep(self, clocks, find, until):
        """Follow what ``find`` finds, page by page; the rest another time when it takes long.

        :param find: callable of an id; gives the ids of the next records after it
        :param float until: monotonic moment from which on no page is begun
        """
        last = 0
        while last is not None:

            def step(after=last):
                ids = find(after)
                problems = self._follow_each(self.env[self.model_name].browse(ids))
                if problems:
                    self._report(self._without_clock(*problems[0]), count=len(problems))
                return max(ids) if len(ids) == BATCH else None

            last = clocks._despite_conflicts(lambda: self._or_report(step))
            if last is not None and monotonic() > until:
                clocks._despite_conflicts(lambda: clocks._go_on_with(SWEEP_CRON))
                break

    def _follow_each(self, records):
        """Follow; where that fails for some of the records, the others follow all the same.

        :return: list of (record, problem in words)
        """
        if not records:
            return []
        try:
            with self.env.cr.savepoint():
                return self._follow(records)
        except NOT_OURS:
            raise
        except Exception as error:
            if len(records) == 1:
                _logger.info("Clocks of %s cannot follow %s", self, records, exc_info=True)
                return [(records, f"{type(error).__name__}: {error}")]
        middle = len(records) // 2
        return self._follow_each(records[:middle]) + self._follow_each(records[middle:])

    def _or_report(self, step):
        """Run a step; a policy that cannot even be asked about its records is reported."""
        try:
            with self.env.cr.savepoint():
                return step()
        except NOT_OURS:
            raise
        except Exception as error:
            _logger.info("%s cannot be compared with its records", self, exc_info=True)
            self._report(
                self.env._(
                    "The records of the service-level policy “%(policy)s” cannot be found: "
                    "%(error)s. Check its filters.",
                    policy=self.name,
                    error=error,
                )
            )
            return None

    def _without_clock(self, record, problem):
        return self.env._(
            "No service-level clock for “%(record)s”: %(problem)s",
            record=record.display_name,
            problem=problem,
        )

    def _report(self, reason, cause_key=None, count=1):
        self.env["ops.exception"]._raise_exception(
            CATEGORY, reason, self, cause_key=cause_key or f"sla_policy:{self.id}", count=count
        )

    # -- what differs ---------------------------------------------------------------------

    def _records(self):
        return self.env[self.model_name].sudo()._ops_engine(active_test=False)

    def _differing(self, after):
        """Ids of records whose open clock is not in the state they ask for."""
        self.ensure_one()
        found = set()
        versions = self.env["ops.sla.policy.version"]
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT version_id FROM ops_sla_clock
                    WHERE policy_id = %s AND state IN %s""",
                self.id,
                OPEN_STATES,
            )
        )
        for (version_id,) in rows:
            rules = versions.browse(version_id)._rules()
            ending = rules.stop | rules.cancel | ~rules.domain
            for state, wrong in (
                ("running", ending | rules.pause),
                ("paused", ending | ~rules.pause),
            ):
                open_ids = SQL(
                    "(SELECT res_id FROM ops_sla_clock WHERE version_id = %s AND state = %s)",
                    version_id,
                    state,
                )
                found.update(self._page(wrong & self._id_in(open_ids), after))
        return sorted(found)[:BATCH]

    def _missing(self, after):
        """Ids of records that ask for a clock and have none."""
        self.ensure_one()
        rules = self.env["ops.sla.policy.version"]._current(self)._rules()
        if not self.active or rules.by_hand:
            return []
        having = SQL(
            "(SELECT res_id FROM ops_sla_clock WHERE policy_id = %s AND state IN %s)",
            self.id,
            OPEN_STATES,
        )
        # Where it is known how a record says its company, those of others need no look.
        place = Domain.TRUE
        if self.company_id and "company_id" in self._records()._fields:
            place = Domain("company_id", "in", [self.company_id.id, False])
        wanting = (
            rules.domain
            & rules.start
            & ~rules.stop
            & ~rules.cancel
            & Domain.OR(target.domain for target in rules.targets)
            & place
        )
        after = max(after, self.existing_up_to)
        return self._page(wanting & ~self._id_in(having), after)

    def _page(self, domain, after):
        records = self._records()
        return list(records.search(domain & Domain("id", ">", after), order="id", limit=BATCH)._ids)

    @api.model
    def _id_in(self, subselect):
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "id", query), subselect
            )
        )
