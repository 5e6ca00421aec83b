from odoo import fields, models

LINE, WAIT, ESCALATE = "line", "wait", "escalate"
IF_ABSENT = [
    (LINE, "Ask one level up instead"),
    (WAIT, "Wait for them"),
    (ESCALATE, "Raise an exception"),
]


class OpsApprovalStage(models.Model):
    _inherit = "ops.approval.stage"

    if_absent = fields.Selection(
        IF_ABSENT,
        string="If somebody is away",
        required=True,
        default=LINE,
        help="When the stage cannot be passed in time without somebody who is away and for whom "
        "nobody stands in. For somebody who has left or lost the role, nobody waits: with “Ask one "
        "level up”, the nearest manager who may approve is asked, else an exception is raised.",
    )

    def _cell(self):
        cell = super()._cell()
        if self.if_absent != LINE:
            words = dict(self._fields["if_absent"]._description_selection(self.env))
            cell["notes"].append(
                self.env._("if somebody is away: %s", words[self.if_absent].lower())
            )
        return cell
