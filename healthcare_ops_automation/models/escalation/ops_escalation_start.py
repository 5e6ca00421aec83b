import logging
import uuid

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.causation import current_cause
from ...core.escalation import next_due
from ..domains import parse_domain
from ..events.ops_event_emit import MAX_DEPTH
from ..service_levels.guard import undoable
from ..time.resource_calendar import WorkingTimes
from ..worker import CONFLICTS
from .ops_escalation import EXECUTE_CRON
from .plan import counting, steps_of

_logger = logging.getLogger(__name__)

# Columns that a start fills, in the order of the rows.
COLUMNS = (
    "policy_id",
    "version_id",
    "res_model",
    "res_id",
    "res_name",
    "cause_key",
    "reason",
    "company_id",
    "site_id",
    "state",
    "stop_domain",
    "started_at",
    "base_at",
    "ended_at",
    "end_reason",
    "next_step_at",
    "next_step",
    "step_count",
    "responsible_id",
    "holder_id",
    "tries",
    "actor_id",
    "correlation_id",
    "causation_id",
    "depth",
)


class OpsEscalationPolicy(models.Model):
    """Starting: from a call on a recordset to one running escalation a record."""

    _inherit = "ops.escalation.policy"

    @api.private
    def _start(self, records, reason, cause_key=None, stop_domain=None, due_base=None):
        """Escalate the records, each once for a policy and a cause, however often it is asked.

        Records that match the stop domain already, and those of another company than the
        policy's, are not started. The statements do not grow with the number of records.

        :param records: of the policy's model
        :param str reason: why, in words
        :param str cause_key: what makes two causes different; by default there is one
        :param str stop_domain: instead of the policy's
        :param datetime due_base: from when delays count (naive UTC); by default now
        :return: the running escalations of the records, the new ones and those known
        :raise ValidationError: for records of another model
        """
        self.ensure_one()
        # The caller's context decides nothing about an escalation. sudo: the caller is private
        # to RPC and has decided that the records are escalated; their names and places are facts.
        policy = self.sudo()._ops_engine()
        records = records.browse(dict.fromkeys(records._ids)).sudo()._ops_engine()
        runs = self.env["ops.escalation"].sudo()._ops_engine()
        version = policy.version_ids[:1]
        if not records or not policy.active or not version.plan["steps"]:
            return runs.with_env(self.env)
        if records._name != policy.model_name:
            raise ValidationError(
                self.env._(
                    "“%(policy)s” is about %(model)s, not about %(other)s.",
                    policy=policy.name,
                    model=policy.model_id.name,
                    other=records._description,
                )
            )
        stop_domain = stop_domain or policy.stop_domain or ""
        records -= policy._settled(records, stop_domain)
        places = policy._places(records)
        if policy.company_id:
            places = [place for place in places if place[1] == policy.company_id]
        now = fields.Datetime.now()
        common = {
            "policy_id": policy.id,
            "version_id": version.id,
            "res_model": records._name,
            "cause_key": cause_key or "",
            "reason": reason,
            "state": "running",
            "stop_domain": stop_domain,
            "started_at": now,
            "base_at": due_base or now,
            "step_count": 0,
            "tries": 0,
            "actor_id": self.env.uid,
        }
        common |= self._chain()
        started = policy._insert([common | facts for facts in policy._first_steps(common, places)])
        if any(due_at <= now for _id, due_at in started):
            self.env.ref(EXECUTE_CRON).sudo()._trigger()  # sudo: waking the engine
        return runs.search(
            [
                ("policy_id", "=", policy.id),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("cause_key", "=", cause_key or ""),
                ("state", "=", "running"),
            ]
        ).with_env(self.env)

    def _settled(self, records, stop_domain):
        """Which of the records need no escalation, whoever may see them."""
        domain = parse_domain(self.env, stop_domain, self._label("stop_domain"))
        if domain.is_true():
            return records.browse()
        found = records.with_context(active_test=False).search(
            domain & Domain("id", "in", records.ids)
        )
        return records & found.with_env(records.env)

    def _places(self, records):
        """(record, company, site) of each."""
        home = self.company_id or self.env.company
        try:
            places = records._ops_place()
        except ValidationError:
            places = [self._place_of(record, home) for record in records]
        return [
            (record, company, site) for record, (company, site) in zip(records, places, strict=True)
        ]

    @api.model
    def _place_of(self, record, home):
        """(company, site) of a record; what belongs to no company is at home where the work was
        done."""
        try:
            return record._ops_place()[0]
        except ValidationError:
            return home, self.env["ops.site"]

    def _first_steps(self, common, places):
        """What differs between the records: who has each in hand, and when its first step is
        due."""
        plan = self.version_ids[:1].plan
        responsible, steps, times = plan["responsible"], steps_of(plan), WorkingTimes()
        for record, company, site in places:
            due = next_due(steps, common["base_at"], (), counting(plan, company, site, times))
            holder = record[responsible].id if responsible else False
            yield {
                "res_id": record.id,
                "res_name": record.display_name,
                "company_id": company.id,
                "site_id": site.id or None,
                "next_step_at": due.at,
                "next_step": due.step.name,
                "responsible_id": holder or None,
                "holder_id": holder or None,
            }

    @api.model
    def _chain(self):
        """Where in a chain of automation the start stands, see ``core/causation.py``."""
        cause = current_cause(self.env.cr)
        return {
            "correlation_id": (cause and cause.correlation_id) or f"esc_{uuid.uuid4().hex}",
            "causation_id": cause.event_uuid if cause else None,
            "depth": cause.depth if cause else 0,
        }

    @api.model
    def _insert(self, rows):
        """Insert runs in one statement; those that run already stay as they are.

        :return: (id, due time of the first step) of the new ones
        """
        if not rows:
            return []
        runs = self.env["ops.escalation"]
        runs.flush_model()  # a run that ends in this very transaction makes room for the next
        inserted = self.env.execute_query(
            SQL(
                "INSERT INTO ops_escalation (%s) VALUES %s ON CONFLICT DO NOTHING"
                " RETURNING id, next_step_at",
                SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
                SQL(", ").join(
                    SQL("(%s)", SQL(", ").join(SQL("%s", row.get(name)) for name in COLUMNS))
                    for row in rows
                ),
            )
        )
        runs.invalidate_model(flush=False)
        return inserted

    def _start_guarded(self, records, reason, cause_key=None, stop_domain=None, due_base=None):
        """Start for rules and hooks: whatever is wrong with the escalation, the document goes
        through.

        As :meth:`_start`. A start that fails, or that follows from too long a chain of
        automation, is kept as a failed escalation, and an exception tells of it after the commit.
        """
        cause = current_cause(self.env.cr)
        if cause and cause.depth > MAX_DEPTH:
            problem = self.env._(
                "It would follow from %(depth)s others, each caused by the one before; more than "
                "%(most)s are taken for a loop.",
                depth=cause.depth,
                most=MAX_DEPTH,
            )
            self._keep_failed(records, reason, problem)
            return self.env["ops.escalation"]
        self.env.flush_all()  # what fails here is the document's own
        try:
            with undoable(self.env):
                return self._start(records, reason, cause_key, stop_domain, due_base)
        except CONFLICTS:
            raise  # for Odoo to run the document's transaction again, never for us to swallow
        except Exception as error:
            _logger.info("Start of %s on %s failed", self, records, exc_info=True)
            self._keep_failed(records, reason, str(error))
            return self.env["ops.escalation"]

    def _keep_failed(self, records, reason, problem):
        """Keep starts that failed, without reading anything of the records."""
        # sudo: the engine writes down what its rule could not do
        policy = self.sudo()._ops_engine()
        version = policy.version_ids[:1]
        if not version:
            return
        now = fields.Datetime.now()
        company = policy.company_id or policy.env.company
        common = {
            "policy_id": policy.id,
            "version_id": version.id,
            "res_model": records._name,
            "cause_key": "",
            "reason": reason,
            "company_id": company.id,
            "state": "failed",
            "started_at": now,
            "base_at": now,
            "ended_at": now,
            "end_reason": self.env._("It could not be started: %s", problem),
            "step_count": 0,
            "tries": 0,
            "actor_id": self.env.uid,
        }
        rows = [
            {"res_id": res_id, "res_name": f"{records._name},{res_id}"} for res_id in records.ids
        ]
        policy._insert([common | self._chain() | row for row in rows])
        self.env.ref(EXECUTE_CRON).sudo()._trigger()  # sudo: waking the engine
