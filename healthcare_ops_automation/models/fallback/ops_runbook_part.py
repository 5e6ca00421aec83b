from odoo import api, fields, models


class OpsRunbookPart(models.AbstractModel):
    """What a runbook is made of; changing a part is changing its runbook."""

    _name = "ops.runbook.part"
    _description = "Part of a Runbook"
    _order = "sequence, id"

    runbook_id = fields.Many2one("ops.runbook", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals.get("runbook_id") for vals in vals_list} - {None, False}
        with self.env["ops.runbook"].browse(ids)._noting_changes():
            return super().create(vals_list)

    def write(self, vals):
        moved_to = self.env["ops.runbook"].browse(vals.get("runbook_id") or ())
        with (self.runbook_id | moved_to)._noting_changes():
            return super().write(vals)

    def unlink(self):
        with self.runbook_id._noting_changes():
            return super().unlink()


class OpsRunbookStep(models.Model):
    """One thing to do by hand: what, who does it, and where it is written down."""

    _name = "ops.runbook.step"
    _description = "Runbook Step"
    _inherit = ["ops.runbook.part"]
    _rec_name = "what"

    what = fields.Char(required=True, translate=True, help="What is done, as an instruction.")
    who = fields.Char(
        translate=True, help="Who does it: a role or a function, such as nurse in charge."
    )
    where_noted = fields.Char(
        string="Written down in",
        translate=True,
        help="Where it is written down, so that it can be entered later.",
    )


class OpsRunbookLine(models.Model):
    """One column of the paper form on which the work is written down meanwhile."""

    _name = "ops.runbook.line"
    _description = "Field of a Downtime Form"
    _inherit = ["ops.runbook.part"]
    _rec_name = "label"

    label = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True, help="Printed small under the label.")
    width = fields.Selection(
        [("1", "Narrow"), ("2", "Normal"), ("4", "Wide")],
        required=True,
        default="2",
        help="How much room there is to write: narrow for a number, wide for a sentence.",
    )
