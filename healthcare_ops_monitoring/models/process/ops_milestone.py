from odoo import fields, models

from .ops_process import label_from_code


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
    event_type_count = fields.Integer("Event types", compute="_compute_event_counts")
    event_count = fields.Integer(
        "Events",
        compute="_compute_event_counts",
        help="Events of your companies and sites.",
    )

    _code_uniq = models.UniqueIndex(
        "(process_id, code)", "The process has a milestone with this code already."
    )

    def _compute_event_counts(self):
        types = self.process_id._event_types()
        for milestone in self:
            own = milestone._own(types)
            milestone.event_type_count = len(own)
            milestone.event_count = sum(own.mapped("event_count"))

    def write(self, vals):
        self.env["ops.process"]._refuse_derived(vals)
        return super().write(vals)

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
        """Make these milestones those of ``codes``, in their order."""
        known = {milestone.code: milestone for milestone in self}
        for sequence, code in enumerate(codes, start=1):
            milestone = known.get(code)
            if not milestone:
                self.create(
                    {
                        "process_id": process.id,
                        "code": code,
                        "name": label_from_code(code),
                        "sequence": sequence,
                    }
                )
            elif milestone.sequence != sequence:
                milestone.sequence = sequence
        self.filtered(lambda milestone: milestone.code not in codes).unlink()
