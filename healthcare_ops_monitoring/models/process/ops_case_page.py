from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_datetime

from odoo.addons.healthcare_ops_automation.models.durations import in_words

# Of a longer case the last ones are shown; the list of steps has all.
SHOWN = 200
# Icon and colour of a milestone's role; the words say the same.
LOOKS = {
    "start": ("fa-play", "info"),
    "step": ("fa-flag-o", "secondary"),
    "end": ("fa-check", "success"),
    "rework": ("fa-undo", "warning"),
}


class OpsCase(models.Model):
    """A case as people read it: durations in words, its way as a timeline."""

    _inherit = "ops.case"

    duration = fields.Char(
        compute="_compute_words",
        help="From the first milestone to the end; of an open case its age.",
    )
    working_duration = fields.Char(
        string="Working time",
        compute="_compute_words",
        help="The same in working hours of the site, once the case is closed.",
    )
    timeline = fields.Json(string="Its way", compute="_compute_timeline")
    event_count = fields.Integer(
        string="Events", compute="_compute_event_count", help="Those you may see."
    )

    @api.depends("record_name", "record_key", "process_id", "round")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for case in self:
            name = case.record_name or case.record_key
            if case.round > 1:
                name = self.env._("%(record)s, round %(round)s", record=name, round=case.round)
            case.display_name = f"{case.process_id.name}: {name}"

    @api.depends("state", "opened_at", "wall_seconds", "working_seconds")
    @api.depends_context("lang")
    def _compute_words(self):
        now = fields.Datetime.now()
        for case in self:
            if case.state == "open":
                # Working time is known up to the last step: beside an age it would read wrong.
                wall = (now - case.opened_at).total_seconds()
                case.working_duration = False
            else:
                wall = case.wall_seconds
                case.working_duration = in_words(self.env, case.working_seconds)
            case.duration = in_words(self.env, wall, days=True)

    def _compute_event_count(self):
        for case in self:
            case.event_count = self.env["ops.event"].search_count(case._event_domain())

    @api.depends("step_ids")
    @api.depends_context("uid", "lang", "tz")
    def _compute_timeline(self):
        for case in self:
            steps = case.step_ids
            case.timeline = {
                "items": [step._told() for step in steps[-SHOWN:]],
                "more": max(len(steps) - SHOWN, 0),
            }

    def _event_domain(self):
        types = self.process_id.sudo()._event_types()  # sudo: what the case is made of
        return list(
            Domain("res_model", "=", self.res_model)
            & Domain("res_id", "=", self.res_id)
            & Domain("type_code", "in", types.mapped("code"))
        )

    def action_open_record(self):
        """Open the record that the case is about, if it still exists and may be read."""
        self.ensure_one()
        record = (
            self.res_model in self.env and self.env[self.res_model].browse(self.res_id).exists()
        )
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.record_name))
        record.check_access("read")
        return record._get_records_action()

    def action_open_events(self):
        """The events of the record in this process, of all rounds."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_event_action"
        )
        domain = self._event_domain()
        return {**action, "name": self.display_name, "domain": domain, "context": {}}


class OpsCaseStep(models.Model):
    """A step as people read it."""

    _inherit = "ops.case.step"

    since_previous = fields.Char(string="Since the step before", compute="_compute_words")
    working_since_previous = fields.Char(string="In working time", compute="_compute_words")
    since_start = fields.Char(compute="_compute_words")
    working_from_start = fields.Char(
        string="Since the start, in working time", compute="_compute_words"
    )

    @api.depends("wall_seconds", "working_seconds", "wall_since_start", "working_since_start")
    @api.depends_context("lang")
    def _compute_words(self):
        for step in self:
            step.since_previous = in_words(self.env, step.wall_seconds, days=True)
            step.working_since_previous = in_words(self.env, step.working_seconds)
            step.since_start = in_words(self.env, step.wall_since_start, days=True)
            step.working_from_start = in_words(self.env, step.working_since_start)

    def action_open_event(self):
        """Open the event that the step stands for."""
        self.ensure_one()
        self.event_id.check_access("read")
        return self.event_id._get_records_action()

    def _told(self):
        """The step for the timeline, in the reader's language."""
        role = "rework" if self.rework else self.milestone_id.role
        icon, colour = LOOKS[role]
        return {
            "key": self.id,
            "event": self.event_id.id,
            "icon": icon,
            "colour": colour,
            "title": self.milestone_id.name,
            "at": format_datetime(self.env, self.at, dt_format="medium"),
            # sudo: the name of who did it
            "who": self.env._("Automation") if self.automated else self.actor_id.sudo().name or "",
            "automated": self.automated,
            "rework": self.rework,
            "site": self.site_id.sudo().name or "",  # sudo: the name of the place
            "since": self._since_in_words(),
        }

    def _since_in_words(self):
        """How long after the step before: “2 h 15 min working, 1 d 3 h in all”."""
        if not self.previous_milestone_id:
            return ""
        if self.working_seconds == self.wall_seconds:
            return self.env._("%s later", self.since_previous)
        return self.env._(
            "%(working)s working, %(wall)s in all",
            working=self.working_since_previous,
            wall=self.since_previous,
        )
