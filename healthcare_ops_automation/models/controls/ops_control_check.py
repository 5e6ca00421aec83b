import logging
import time
from dataclasses import dataclass, field
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domains import parse_domain
from ..worker import CONFLICTS
from .ops_control import TOO_MANY

_logger = logging.getLogger(__name__)

# New exceptions of one run: more at once would bury the queue; the rest follows at the next run.
OPENED_MOST = 500
FAILED_CATEGORY = "control_failed"
RUN_CRON = "healthcare_ops_automation.cron_run_controls"
# No control is begun later than this in a run of the scheduled action.
RUN_SECONDS = 20


@dataclass
class Finding:
    """What a run found: a record, since when it is so (naive UTC), where, and in words why."""

    record: object
    since: datetime
    place: tuple
    reason: str


@dataclass
class Look:
    """What a run saw so far: its findings by what they are about, and what it could not judge."""

    checked: int = 0
    found: dict = field(default_factory=dict)
    homeless: set = field(default_factory=set)
    opened: int = 0
    closed: int = 0
    left_over: int = 0


class OpsControl(models.Model):
    """Running: when a control looks, and what follows from its findings for exceptions."""

    _name = "ops.control"
    _inherit = ["ops.control", "ops.worker"]

    @api.model
    def _cron_run_due(self):
        """Run the controls that are due, each once and in a transaction of its own; begin none
        after 20 seconds."""
        end, taken = time.monotonic() + RUN_SECONDS, []
        while time.monotonic() < end:
            before = len(taken)
            self._despite_conflicts(lambda: self._run_next(taken), 1)
            if len(taken) == before:
                return
        self.env.ref(RUN_CRON)._trigger()

    @api.model
    def _run_next(self, taken):
        """Run one control that is due, if there is one that others do not have in hand.

        :param list taken: ids that had their turn; the one that is run is added, so that one
            that cannot even be written down as failed holds up no other
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM ops_control
                    WHERE active AND next_run_at <= %s AND id <> ALL(%s::int[])
                    ORDER BY next_run_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                taken,
            )
        )
        for (control_id,) in rows:
            try:
                self._ops_engine().browse(control_id)._run()
            except CONFLICTS:
                raise  # run again, so it had no turn yet
            except Exception:
                taken.append(control_id)
                raise
            taken.append(control_id)

    def _run(self):
        """Look once, and write down what came of it; a control that fails is told of.

        :return: the ``ops.control.run``
        """
        self.ensure_one()
        started = fields.Datetime.now()
        values = {"control_id": self.id, "company_id": self.company_id.id, "started_at": started}
        try:
            with self.env.cr.savepoint():
                look = self._look(started)
            values |= {
                "state": "done",
                "checked": look.checked,
                "findings": len(look.found),
                "opened": look.opened,
                "closed": look.closed,
                "error": self._remarks(look),
            }
        except CONFLICTS:
            raise
        except Exception as error:
            expected = isinstance(error, UserError)
            level = logging.INFO if expected else logging.WARNING
            _logger.log(level, "Control %s failed", self.code, exc_info=not expected)
            problem = str(error) if expected else f"{type(error).__name__}: {error}"
            values |= {"state": "failed", "error": problem}
            self.env["ops.exception"]._raise_exception(FAILED_CATEGORY, problem, self)
        run = self.env["ops.control.run"].create({**values, "finished_at": fields.Datetime.now()})
        self.write({"last_run_id": run.id, "next_run_at": self._following_run(started)})
        return run

    def _remarks(self, look):
        remarks = []
        if look.left_over:
            remarks.append(
                self.env._(
                    "%s more are left to the next run, not to bury the queue.", look.left_over
                )
            )
        if look.homeless:
            remarks.append(
                self.env._("%s belong to no company and could not be judged.", len(look.homeless))
            )
        return " ".join(remarks) or False

    def _look(self, now):
        """Find what the control looks for, open and close exceptions.

        :param datetime now: naive UTC
        :return: :class:`Look`
        """
        model = self.env.get(self.model_name)
        if model is None:
            raise UserError(self.env._("What it looks at is not installed any more."))
        # sudo: a control looks at all records of its places, whoever may see them
        records = model.sudo()._ops_engine()
        in_state = parse_domain(self.env, self.domain, self._label("domain"))
        look = Look(checked=records.search_count(in_state))
        for finding in getattr(self, f"_find_{self.kind}")(records, in_state, now, look):
            company = finding.place[0]
            look.found[self._key(finding.record._name, finding.record.id, company)] = finding
        self._close_settled(look)
        self._open_new(look)
        return look

    def _key(self, model_name, record_id, company):
        """What makes two findings the same. What one person or thing has too many of is counted in
        each company; a record stays the same wherever it goes."""
        return model_name, record_id, company.id if self.kind == TOO_MANY else None

    def _key_of(self, exception):
        return self._key(exception.res_model, exception.res_id, exception.company_id)

    # -- exceptions -----------------------------------------------------------------------

    def _findings(self, *domain):
        exceptions = self.env["ops.exception"].sudo()._ops_engine()  # sudo: as for _look
        return exceptions.search([("control_id", "=", self.id), *domain])

    def _close_settled(self, look):
        opened = self._findings(("is_open", "=", True))
        # Of records that could not be judged nobody knows.
        unknown = {(self.model_name, record_id, None) for record_id in look.homeless}
        found = look.found.keys() | unknown
        settled = opened.filtered(lambda each: self._key_of(each) not in found)
        if settled:
            settled.write(
                {
                    "state": "resolved",
                    "resolution": self.env._(
                        "“%(control)s” does not find it any more: the record left the state, or "
                        "does not exist any more.",
                        control=self.name,
                    ),
                }
            )
        look.closed = len(settled)

    def _open_new(self, look):
        """Open an exception for each finding that has none; what stays found is no repeat, and
        what a person accepted stays accepted for as long as the record does not move."""
        known = {self._key_of(each) for each in self._findings(("is_open", "=", True))}
        about = [record_id for _model_name, record_id, _company_id in look.found]
        accepted = self._findings(("state", "=", "accepted"), ("res_id", "in", about))
        known |= {
            self._key_of(each)
            for each in accepted
            if (finding := look.found.get(self._key_of(each))) and each.first_seen >= finding.since
        }
        new = [key for key in look.found if key not in known]
        look.left_over = len(new[OPENED_MOST:])
        for key in new[:OPENED_MOST]:
            finding = look.found[key]
            record = finding.record
            self.env["ops.exception"]._raise_exception(
                self.category_id.code,
                finding.reason,
                record,
                severity=self.severity,
                cause_key=f"control:{self.id}:{record._name},{record.id}",
                place=finding.place,
                facts={"control_id": self.id},
            )
        look.opened = len(new[:OPENED_MOST])
