from datetime import datetime, time, timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

# Whose change is a step: the field, and what kind of step it is.
TRACKED = {
    "state": "status",
    "user_id": "owner",
    "team_id": "team",
    "severity": "severity",
    "due_at": "due",
    "cause_id": "cause",
    "parent_id": "grouped",
}


class OpsException(models.Model):
    """What happened to an exception, kept in narrow rows while it happens."""

    _inherit = "ops.exception"

    step_ids = fields.One2many("ops.exception.step", "exception_id", string="Steps", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._keep_steps(
            {
                "exception_id": exception.id,
                "kind": "raised",
                "at": exception.first_seen,
                "count": exception.occurrence_count,
                "new": exception.user_id.name or exception.team_id.name,
            }
            for exception in exceptions
        )
        return exceptions

    def write(self, vals):
        # Status and owner bring each other along: see _follows_from.
        together = {"state", "user_id"}
        along = together if together & vals.keys() else set()
        names = [name for name in TRACKED if name in vals.keys() | along]
        if not names:
            return super().write(vals)
        before = {each.id: {name: each._as_step(name) for name in names} for each in self}
        states = {each.id: each.state for each in self}
        result = super().write(vals)
        rows = []
        for each in self:
            for name in names:
                old, new = before[each.id][name], each._as_step(name)
                if old != new:
                    row = {"exception_id": each.id, "kind": TRACKED[name], "old": old, "new": new}
                    if name == "state":
                        row |= each._about_status(states[each.id])
                    rows.append(row)
        self._keep_steps(rows)
        return result

    def _as_step(self, name):
        """A value as a step keeps it: a code, a moment, or the name it has now."""
        value = self[name]
        field = self._fields[name]
        if field.type == "many2one":
            # sudo: the name of an owner or a cause, which every reader of the exception sees
            return value.sudo().display_name or ""
        if field.type == "datetime":
            return fields.Datetime.to_string(value) or ""
        return value or ""

    def _about_status(self, old):
        """How long the status before lasted, and what was said on coming to this one."""
        said = {
            "waiting": self.waiting_reason,
            "resolved": self.resolution,
            "accepted": self.resolution,
        }
        return {"seconds": self._seconds_in_status(), "note": said.get(self.state)}

    def _seconds_in_status(self):
        """Since the last change of the status, or since it was raised."""
        last = (
            self.env["ops.exception.step"]
            .sudo()
            .search(
                [("exception_id", "=", self.id), ("kind", "in", ("raised", "status"))],
                order="at desc, id desc",
                limit=1,
            )
        )
        since = last.at or self.first_seen
        return max(int((fields.Datetime.now() - since).total_seconds()), 0)

    def _keep_steps(self, rows):
        now = fields.Datetime.now()
        who = False if self.env.uid == SUPERUSER_ID else self.env.uid
        # sudo: nobody writes steps; they tell what was done, by whom
        steps = self.env["ops.exception.step"].sudo()
        return steps.create([{"at": now, "user_id": who, **row} for row in rows])

    def _keep_repeat(self, count):
        """Count a repeat for today; the row of the exception is locked, so nobody else does."""
        if not self:
            return
        now = fields.Datetime.now()
        self.env["ops.exception.step"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_exception_step
                          (exception_id, kind, day, at, last_at, count)
                   SELECT id, 'repeated', %s, %s, %s, %s FROM unnest(%s) AS e(id)
              ON CONFLICT (exception_id, day) WHERE kind = 'repeated'
            DO UPDATE SET count = ops_exception_step.count + EXCLUDED.count,
                          last_at = EXCLUDED.last_at""",
                now.date(),
                now,
                now,
                count,
                list(self.ids),
            )
        )
        self.env["ops.exception.step"].invalidate_model(flush=False)
        self.invalidate_recordset(["step_ids"], flush=False)

    def _repeats_since(self, moment):
        """How often each happened again since a moment (by day, UTC): {id: count}."""
        counts = self.env["ops.exception.step"]._read_group(
            [
                ("exception_id", "in", self.ids),
                ("kind", "=", "repeated"),
                ("day", ">=", moment.date()),
            ],
            ["exception_id"],
            ["count:sum"],
        )
        return {exception.id: count for exception, count in counts}

    def _last_steps(self):
        """The id of the last step that somebody took on each: {id: step id}. Whoever decides
        about an exception compares it with the one they looked at."""
        counts = self.env["ops.exception.step"]._read_group(
            [("exception_id", "in", self.ids), ("kind", "not in", ("repeated", "reviewed"))],
            ["exception_id"],
            ["id:max"],
        )
        return {exception.id: last for exception, last in counts}

    def _trend(self, days):
        """How often it happened on each of the last days (UTC), the oldest first."""
        today = fields.Datetime.now().date()
        first = today - timedelta(days=days - 1)
        counts = dict.fromkeys((first + timedelta(days=each) for each in range(days)), 0)
        for step in self.step_ids.filtered(lambda each: each.kind in ("raised", "repeated")):
            day = step.day or step.at.date()
            if day in counts:
                counts[day] += step.count
        return [(datetime.combine(day, time()), count) for day, count in counts.items()]
