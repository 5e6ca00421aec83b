from collections import defaultdict
from dataclasses import fields as dataclass_fields

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.events.ops_event_seal import LOCK_SPACE

from ...core.cases import Case, Happening

# Second key of the lock that lets one projector work at a time.
PROJECTOR_LOCK = 0x70726F6A
# Columns of events that are never pruned; nothing else is read.
EVENT_COLUMNS = (
    "id",
    "type_code",
    "res_model",
    "res_id",
    "record_key",
    "record_name",
    "company_id",
    "site_id",
    "occurred_at",
    "sequence",
    "actor_id",
)
# Types of columns, as arrays of values.
INT, BIG, TEXT = SQL("int[]"), SQL("int8[]"), SQL("varchar[]")
MOMENT, YES_NO = SQL("timestamp[]"), SQL("bool[]")
CASE_COLUMNS = {
    "process_id": INT,
    "record_key": TEXT,
    "res_model": TEXT,
    "res_id": INT,
    "record_name": TEXT,
    "round": INT,
    "company_id": INT,
    "site_id": INT,
    "state": TEXT,
    "opened_at": MOMENT,
    "closed_at": MOMENT,
    "last_milestone_id": INT,
    "last_at": MOMENT,
    "end_milestone_id": INT,
    "step_count": INT,
    "rework_count": INT,
    "reopened_count": INT,
    "touch": TEXT,
    "wall_seconds": BIG,
    "working_seconds": BIG,
    "calendar_fingerprint": TEXT,
}
CASE_KEY = ("process_id", "record_key", "round")
STEP_COLUMNS = {
    "event_id": INT,
    "case_id": INT,
    "process_id": INT,
    "milestone_id": INT,
    "previous_milestone_id": INT,
    "company_id": INT,
    "site_id": INT,
    "at": MOMENT,
    "actor_id": INT,
    "automated": YES_NO,
    "rework": YES_NO,
    "wall_seconds": BIG,
    "working_seconds": BIG,
    "wall_since_start": BIG,
    "working_since_start": BIG,
    "calendar_fingerprint": TEXT,
}


class OpsProjector(models.AbstractModel):
    """The rows: what the projector reads of events and cases, and how it writes in bulk."""

    _inherit = "ops.projector"

    # -- reading --------------------------------------------------------------------------

    @api.model
    def _try_lock(self):
        """Whether this transaction is the one that projects; until its end."""
        [(mine,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_SPACE, PROJECTOR_LOCK)
        )
        return mine

    @api.model
    def _take(self, limit):
        """Some events that were not projected yet, the new ones first. Rows that somebody holds
        come with a later batch; business that refers to those taken is not held up."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT %s FROM ops_event e
                    WHERE e.state = 'sealed' AND e.projected IS NOT TRUE
                    ORDER BY e.projected NULLS FIRST, e.id LIMIT %s
                      FOR NO KEY UPDATE SKIP LOCKED""",
                self._event_columns(),
                limit,
            )
        )

    def _event_columns(self):
        columns = SQL(", ").join(SQL.identifier("e", name) for name in EVENT_COLUMNS)
        # Events that are older than the column: as their actor tells.
        automated = SQL("COALESCE(e.automated, e.actor_id = %s, FALSE)", SUPERUSER_ID)
        return SQL("%s, %s AS automated", columns, automated)

    @api.model
    def _catalogue(self):
        """``{event type code: (process id, milestone id, role)}``"""
        rows = self.env.execute_query(
            SQL(
                """SELECT t.code, p.id, m.id, m.role
                     FROM ops_event_type t
                     JOIN ops_process p ON p.code = t.process_code
                     JOIN ops_milestone m ON m.process_id = p.id AND m.code = t.milestone_code"""
            )
        )
        return {code: tuple(facts) for code, *facts in rows}

    def _happening(self, row, milestone_id, role):
        return Happening(
            id=row["id"],
            occurred_at=row["occurred_at"],
            sequence=row["sequence"] or 0,
            milestone=milestone_id,
            role=role,
            automated=row["automated"],
            place=(row["company_id"], row["site_id"], row["record_name"]),
            actor=row["actor_id"],
        )

    def _known_steps(self, event_ids):
        """Of the events those that are steps already."""
        rows = self.env.execute_query(
            SQL("SELECT event_id FROM ops_case_step WHERE event_id = ANY(%s)", event_ids)
        )
        return {event_id for (event_id,) in rows}

    def _look_up(self, records):
        """Give each record its latest case, and the order of that one's last event."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT DISTINCT ON (c.process_id, c.record_key) c.*, last.*
                     FROM %s
                     JOIN ops_case c USING (process_id, record_key)
                    CROSS JOIN LATERAL (
                          SELECT e.occurred_at, e.sequence, e.id AS event_id
                            FROM ops_case_step s JOIN ops_event e ON e.id = s.event_id
                           WHERE s.case_id = c.id ORDER BY s.at DESC, s.id DESC LIMIT 1) AS last
                    ORDER BY c.process_id, c.record_key, c.round DESC""",
                _keys(records.values()),
            )
        )
        for row in rows:
            record = records[row["process_id"], row["record_key"]]
            record.last = _case(row)
            record.last_order = row["occurred_at"], row["sequence"] or 0, row["event_id"]

    def _count_events(self, records, catalogue):
        """``{key: how many events the log has}``"""
        rows = self.env.execute_query(
            SQL(
                "SELECT process_id, record_key, count(*) FROM (%s) AS log GROUP BY 1, 2",
                self._log_of(records, catalogue, SQL("k.process_id, k.record_key")),
            )
        )
        counts = defaultdict(int)
        counts.update({(process_id, key): count for process_id, key, count in rows})
        return counts

    def _load_events(self, records, catalogue):
        """``{key: all events of the log}``"""
        loaded = defaultdict(list)
        if not records:
            return loaded
        columns = SQL("k.process_id, %s", self._event_columns())
        for row in self.env.execute_query_dict(self._log_of(records, catalogue, columns)):
            _process_id, milestone_id, role = catalogue[row["type_code"]]
            happening = self._happening(row, milestone_id, role)
            loaded[row["process_id"], row["record_key"]].append(happening)
        return loaded

    def _log_of(self, records, catalogue, columns):
        """SQL: what the log has about some records in their processes."""
        codes = [(process_id, code) for code, (process_id, *_rest) in catalogue.items()]
        return SQL(
            """SELECT %s
                 FROM %s
                 JOIN %s USING (process_id)
                 JOIN ops_event e ON e.res_model = k.res_model AND e.res_id = k.res_id
                                 AND e.type_code = t.code AND e.state = 'sealed'""",
            columns,
            _keys(records),
            _unnested("t", {"process_id": INT, "code": TEXT}, codes),
        )

    # -- writing --------------------------------------------------------------------------

    def _forget_steps(self, records):
        if records:
            self.env.cr.execute(
                SQL(
                    """DELETE FROM ops_case_step WHERE case_id IN (
                           SELECT c.id FROM %s JOIN ops_case c USING (process_id, record_key))""",
                    _keys(records),
                )
            )

    def _forget_cases(self, records, case_ids):
        """Remove the rounds that are none any more. The others keep their ids."""
        if records:
            self.env.cr.execute(
                SQL(
                    """DELETE FROM ops_case WHERE id != ALL(%s) AND id IN (
                           SELECT c.id FROM %s JOIN ops_case c USING (process_id, record_key))""",
                    list(case_ids.values()),
                    _keys(records),
                )
            )

    def _write_cases(self, folded):
        """Write cases, over those with the same key.

        :param folded: pairs of a record and a case
        :return: ``{(process id, record key, round): id}``
        """
        if not folded:
            return {}
        names = list(CASE_COLUMNS)
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO ops_case (%s) SELECT * FROM %s
                   ON CONFLICT (process_id, record_key, round) DO UPDATE SET %s
                   RETURNING process_id, record_key, round, id""",
                _identifiers(names),
                _unnested("v", CASE_COLUMNS, [_case_row(*each) for each in folded]),
                SQL(", ").join(
                    SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name))
                    for name in names
                    if name not in CASE_KEY
                ),
            )
        )
        return {(process_id, key, round_): id_ for process_id, key, round_, id_ in rows}

    def _write_steps(self, folded, case_ids):
        """Write the steps that were added, in their order. An event is one step, once."""
        rows = [
            _step_row(record, step, case_ids[(*record.key, case.round)])
            for record, case in folded
            for step in case.steps
        ]
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO ops_case_step (%s) SELECT * FROM %s"
                    " ON CONFLICT (event_id) DO NOTHING",
                    _identifiers(STEP_COLUMNS),
                    _unnested("v", STEP_COLUMNS, rows),
                )
            )

    @api.model
    def _mark(self, event_ids):
        self.env.cr.execute(
            SQL(
                """UPDATE ops_event SET projected = TRUE
                    WHERE id = ANY(%s) AND projected IS NOT TRUE""",
                event_ids,
            )
        )
        self.env["ops.event"].invalidate_model(["projected"], flush=False)


def _identifiers(names):
    return SQL(", ").join(SQL.identifier(name) for name in names)


def _unnested(alias, columns, rows):
    """SQL: rows of values as a table.

    :param dict columns: the type of each column, by name
    """
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return SQL(
        "unnest(%s) AS %s (%s)",
        SQL(", ").join(
            SQL("%s::%s", list(each), type_)
            for type_, each in zip(columns.values(), values, strict=True)
        ),
        SQL.identifier(alias),
        _identifiers(columns),
    )


def _keys(records):
    """SQL: the processes and records as a table ``k``."""
    columns = {"process_id": INT, "record_key": TEXT, "res_model": TEXT, "res_id": INT}
    return _unnested("k", columns, [(*record.key, *record.subject) for record in records])


def _case(row):
    """The case of a row of the table."""
    others = {
        "last_milestone": row["last_milestone_id"],
        "end_milestone": row["end_milestone_id"],
        "calendar": row["calendar_fingerprint"],
        "place": (row["company_id"], row["site_id"], row["record_name"]),
        "steps": [],
    }
    names = [each.name for each in dataclass_fields(Case) if each.name not in others]
    return Case(**{name: row[name] for name in names}, **others)


def _case_row(record, case):
    company_id, site_id, record_name = case.place
    return (
        *record.key,
        *record.subject,
        record_name,
        case.round,
        company_id,
        site_id,
        "open" if case.is_open else "closed",
        case.opened_at,
        case.closed_at,
        case.last_milestone,
        case.last_at,
        case.end_milestone,
        case.step_count,
        case.rework_count,
        case.reopened_count,
        case.touch,
        case.wall_seconds,
        case.working_seconds,
        case.calendar,
    )


def _step_row(record, step, case_id):
    happening = step.happening
    company_id, site_id, _record_name = happening.place
    return (
        happening.id,
        case_id,
        record.key[0],
        happening.milestone,
        step.previous_milestone,
        company_id,
        site_id,
        happening.at,
        happening.actor,
        happening.automated,
        step.rework,
        step.since_previous.wall,
        step.since_previous.working,
        step.since_start.wall,
        step.since_start.working,
        step.since_previous.calendar,
    )
