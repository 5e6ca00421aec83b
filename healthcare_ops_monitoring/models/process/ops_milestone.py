from odoo import api, fields, models
from odoo.tools import SQL

from .ops_process import label_from_code

ROLES = [
    ("start", "Starts a case"),
    ("step", "Step on the way"),
    ("end", "Ends the case"),
    ("rework", "Goes back: rework"),
]
EDITABLE_FIELDS = {"name", "description", "role"}


class OpsMilestone(models.Model):
    """A point that a case of a process passes, told by events. Derived like the process."""

    _name = "ops.milestone"
    _description = "Milestone"
    _order = "process_id, sequence, id"

    process_id = fields.Many2one(
        "ops.process", required=True, readonly=True, index=True, ondelete="cascade"
    )
    code = fields.Char(required=True, readonly=True, help="As the event types write it.")
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="What has happened when a case is here.")
    sequence = fields.Integer(
        readonly=True, help="The order in which the event types name the milestones."
    )
    role = fields.Selection(
        ROLES,
        required=True,
        default="step",
        help="What it does to a case. Start: opens one, after the end the next round; on an open "
        "case it is rework. Step: a point on the way. End: closes the case. Rework: done again; "
        "after the end it opens the case again. A change works all cases of the process out anew.",
    )
    role_by_hand = fields.Boolean(
        string="Role chosen by hand", readonly=True, help="An update of its module leaves it."
    )
    role_is_changed = fields.Boolean(
        compute="_compute_role_is_changed", help="On the form, and not saved yet."
    )
    rebuild_asked_at = fields.Datetime(related="process_id.rebuild_asked_at")
    event_type_count = fields.Integer("Event types", compute="_compute_event_counts")
    event_count = fields.Integer(
        "Events",
        compute="_compute_event_counts",
        help="Events of your companies and sites.",
    )

    _code_uniq = models.UniqueIndex(
        "(process_id, code)", "The process has a milestone with this code already."
    )

    @api.depends("role")
    def _compute_role_is_changed(self):
        for milestone in self:
            kept = milestone._origin
            milestone.role_is_changed = bool(kept) and milestone.role != kept.role

    def _compute_event_counts(self):
        types = self.process_id._event_types()
        for milestone in self:
            own = milestone._own(types)
            milestone.event_type_count = len(own)
            milestone.event_count = sum(own.mapped("event_count"))

    def write(self, vals):
        self.env["ops.process"]._refuse_derived(vals, EDITABLE_FIELDS)
        before = {milestone: milestone.role for milestone in self} if "role" in vals else {}
        result = super().write(vals)
        changed = self.filtered(lambda each: before.get(each, each.role) != each.role)
        if changed and not self.env.su:
            changed._chosen_by_hand()
        changed.process_id._rebuild()
        return result

    def _chosen_by_hand(self):
        """Remember that people chose these roles, unless they are those of the module again."""
        declared = self.env["ops.process"]._milestone_roles()
        for milestone in self:
            own = declared.get((milestone.process_id.code, milestone.code), "step")
            # sudo: who may write the role was checked; this column follows from it
            milestone.sudo().role_by_hand = milestone.role != own
            self.env["ops.audit.entry"]._record(
                "milestone.role", milestone, {"role": milestone.role}
            )

    def action_open_events(self):
        """The events behind the number."""
        self.ensure_one()
        types = self._own(self.process_id._event_types())
        return self.process_id._open_events(self.display_name, types)

    def _own(self, types):
        """Those of the event types that tell this milestone."""
        place = (self.process_id.code, self.code)
        return types.filtered(lambda type_: (type_.process_code, type_.milestone_code) == place)

    def _sync(self, process, codes):
        """Make these milestones those of ``codes``, in their order. Known ones keep their roles.

        :return: those that are new
        """
        new = self.browse()
        known = {milestone.code: milestone for milestone in self}
        declared = self.env["ops.process"]._milestone_roles()
        for sequence, code in enumerate(codes, start=1):
            milestone = known.get(code)
            if not milestone:
                new += self.create(
                    {
                        "process_id": process.id,
                        "code": code,
                        "name": label_from_code(code),
                        "sequence": sequence,
                        "role": declared.get((process.code, code), "step"),
                    }
                )
                continue
            if milestone.sequence != sequence:
                milestone.sequence = sequence
        self.filtered(lambda milestone: milestone.code not in codes).unlink()
        return new

    def _were_followed(self):
        """Whether events tell of these milestones that were followed already: they had been away,
        and their cases with them, for instance while their pack was uninstalled."""
        if not self:
            return False
        types = self._own_types()
        self.env["ops.event"].flush_model(["projected", "type_code", "type_id"])
        # Events of a type that was removed have none; there is an index by it.
        [(found,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM ops_event
                                   WHERE type_code = ANY(%s) AND projected
                                     AND (type_id IS NULL OR type_id = ANY(%s)))""",
                types.mapped("code"),
                types.ids,
            )
        )
        return found

    def _own_types(self):
        types = self.process_id._event_types()
        return types.browse().union(*(milestone._own(types) for milestone in self))
