from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import undoable

ROLES = (
    "healthcare_ops_automation.group_ops_manager",
    "healthcare_ops_automation.group_ops_admin",
)


class OpsApprovalHandover(models.TransientModel):
    """The dialog by which everything somebody leaves behind goes to others.

    What is found, and so what is handed over, is what who hands over may see: managers and
    administrators do it for their companies and sites. Each record gets its answer.
    """

    _name = "ops.approval.handover"
    _description = "Hand-over"

    user_id = fields.Many2one(
        "res.users",
        string="From",
        required=True,
        domain="[('share', '=', False)]",
        context={"active_test": False},
        help="Who leaves, or gives everything up. May be archived already.",
    )
    successor_id = fields.Many2one(
        "res.users",
        string="To",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Empty: by the rule. Decisions and requests then go one level up, exceptions to whom "
        "they would have gone had they been raised now.",
    )
    reason = fields.Char(help="Kept in the history of each request.")
    part_ids = fields.One2many("ops.approval.handover.part", "handover_id", string="What")
    by_hand_ids = fields.One2many(
        "ops.approval.handover.named", "handover_id", string="To be changed by hand"
    )
    line_ids = fields.One2many("ops.approval.handover.line", "handover_id", string="Answers")
    is_done = fields.Boolean(readonly=True)
    done_count = fields.Integer(compute="_compute_counts", string="Handed over")
    left_count = fields.Integer(compute="_compute_counts", string="Left")

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog, vals in zip(dialogs, vals_list, strict=True):
            # A form sends what was ticked, and not what it only showed.
            if "part_ids" not in vals:
                dialog._look()
            elif "by_hand_ids" not in vals:
                dialog._look_by_hand()
        return dialogs

    @api.onchange("user_id")
    def _look(self):
        """List what the person has, as far as who hands over may see it."""
        person, parts = self.user_id._origin, []
        for code, words in person._ops_handover_sources() if person else ():
            count = len(person._ops_handover_found(code))
            if count:
                parts.append({"code": code, "name": words, "count": count})
        self.part_ids = [fields.Command.clear(), *map(fields.Command.create, parts)]
        self._look_by_hand()

    def _look_by_hand(self):
        person, named = self.user_id._origin, []
        for records in person._ops_handover_by_hand() if person else ():
            named += [
                {"name": each.display_name, "res_model": each._name, "res_id": each.id}
                for each in records
            ]
        self.by_hand_ids = [fields.Command.clear(), *map(fields.Command.create, named)]

    @api.depends("line_ids.is_done")
    def _compute_counts(self):
        for dialog in self:
            done = dialog.line_ids.filtered("is_done")
            dialog.done_count = len(done)
            dialog.left_count = len(dialog.line_ids - done)

    def _shown(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What was handed over") if self.is_done else self.env._("Hand over"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # -- handing over -----------------------------------------------------------------------

    def action_hand_over(self):
        """Hand over what is chosen, and show an answer for each record."""
        self.ensure_one()
        self.check_access("write")
        if self.is_done:
            return self._shown()
        self._check_may()
        codes = [part.code for part in self.part_ids if part.chosen]
        known = dict(self.user_id._ops_handover_sources())
        answers = []
        for code in known:
            if code in codes:
                answers += self._hand_over(code, known[code])
        self.line_ids = [fields.Command.create(each) for each in answers]
        self.is_done = True
        self.env["ops.audit.entry"]._record(
            "approval.handover",
            self.user_id.sudo(),  # sudo: whose matters they were is named in the entry
            {
                "to": self.successor_id.id or "by rule",
                "reason": self.reason or "",
                "parts": codes,
                "handed_over": self.done_count,
                "left": self.left_count,
            },
        )
        return self._shown()

    def _hand_over(self, code, words):
        """:return: the answer for each record of one kind"""
        person, successor = self.user_id, self.successor_id
        found = person._ops_handover_found(code)
        try:
            with undoable(self.env):
                left = person._ops_handover_given(code, found, successor, self._why())
        except UserError as error:
            left = dict.fromkeys(found.ids, str(error))
        return [
            {
                "part": words,
                "name": self._name_of(record),
                "res_model": record._name,
                "res_id": record.id,
                "is_done": record.id not in left,
                "answer": left.get(record.id) or self._done_in_words(record),
            }
            # Found before: now some of them may be out of sight. sudo: their names were shown.
            for record in found.sudo()
        ]

    def _name_of(self, record):
        if record._name == "ops.approval.assignment":
            return f"{record.request_id.display_name}, {record.request_stage_id.name}"
        return record.display_name

    def _why(self):
        why = self.env._("Handed over by %s", self.env.user.name)
        return f"{why}: {self.reason.strip()}" if (self.reason or "").strip() else why

    def _done_in_words(self, record):
        if record._name == "ops.approval.delegation":
            return self.env._("Ended.")
        if self.successor_id:
            return self.env._("%s has it now.", self.successor_id.name)
        return self.env._("Went where the rule says.")

    def _check_may(self):
        """Who hands over, from whom, and to whom."""
        user = self.env.user
        if not any(user.has_group(role) for role in ROLES):
            raise AccessError(self.env._("Only operations managers and administrators hand over."))
        person, successor = self.user_id.sudo(), self.successor_id.sudo()  # sudo: where they work
        if not person.company_ids & user.company_ids:
            raise AccessError(self.env._("From: %s works in none of your companies.", person.name))
        if successor == person:
            raise UserError(self.env._("To: choose somebody else than who leaves."))
        if successor == user:
            raise AccessError(
                self.env._(
                    "To: nobody takes the decisions of somebody else by their own act. Choose "
                    "somebody else, leave it to the rule, or let a colleague hand over."
                )
            )
        if successor and not successor.active:
            raise UserError(self.env._("To: %s is archived.", successor.name))
        if not any(part.chosen for part in self.part_ids):
            raise UserError(self.env._("What: there is nothing, or nothing was chosen."))


class OpsApprovalHandoverPart(models.TransientModel):
    """One kind of what somebody leaves behind."""

    _name = "ops.approval.handover.part"
    _description = "Part of a Hand-over"

    handover_id = fields.Many2one("ops.approval.handover", required=True, ondelete="cascade")
    code = fields.Char(required=True)
    name = fields.Char(string="What", required=True)
    count = fields.Integer(string="How many")
    chosen = fields.Boolean(string="Hand over", default=True)


class OpsApprovalHandoverRecord(models.AbstractModel):
    _name = "ops.approval.handover.record"
    _description = "Record named in a Hand-over"

    handover_id = fields.Many2one("ops.approval.handover", required=True, ondelete="cascade")
    name = fields.Char(string="Which", required=True)
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Integer(string="Record ID", required=True)
    kind = fields.Char(compute="_compute_kind")

    @api.depends("res_model")
    def _compute_kind(self):
        for line in self:
            known = line.res_model in self.env
            line.kind = self.env[line.res_model]._description if known else line.res_model

    def action_open_record(self):
        """Open it, for those who may read it."""
        self.ensure_one()
        known = self.res_model in self.env
        record = known and self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.name))
        record.check_access("read")
        return record._get_records_action()


class OpsApprovalHandoverNamed(models.TransientModel):
    """Where somebody is named and stays named until an administrator changes it."""

    _name = "ops.approval.handover.named"
    _description = "To be changed by hand after a Hand-over"
    _inherit = ["ops.approval.handover.record"]


class OpsApprovalHandoverLine(models.TransientModel):
    """One record that was to be handed over, and what became of it."""

    _name = "ops.approval.handover.line"
    _description = "Answer of a Hand-over"
    _inherit = ["ops.approval.handover.record"]
    _order = "is_done, id"

    part = fields.Char(string="What", required=True)
    is_done = fields.Boolean(string="Done", readonly=True)
    answer = fields.Char(readonly=True)
    result = fields.Selection([("done", "Done"), ("left", "Left")], compute="_compute_result")

    @api.depends("is_done")
    def _compute_result(self):
        for line in self:
            line.result = "done" if line.is_done else "left"
