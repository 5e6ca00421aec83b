from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...core.cases import END, REWORK, START, STEP

EDITABLE_FIELDS = frozenset({"name", "description"})


def label_from_code(code):
    """A first name for a code: ``below_critical`` becomes “Below critical”."""
    return code.replace("_", " ").replace(".", " ").strip().capitalize()


class OpsProcess(models.Model):
    """A process as the event types tell it: derived, never entered.

    An event type names its process and its milestone as plain codes, so that nobody needs
    this module in order to be measured. The catalogue gives each code a row that people
    can name and describe.
    """

    _name = "ops.process"
    _description = "Process"
    _order = "name, id"

    code = fields.Char(required=True, readonly=True, help="As the event types write it.")
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="What the process is for, where it begins and where it ends."
    )
    milestone_ids = fields.One2many("ops.milestone", "process_id", string="Milestones")
    milestone_count = fields.Integer("Milestone count", compute="_compute_milestone_count")
    event_type_count = fields.Integer("Event types", compute="_compute_event_counts")
    event_count = fields.Integer(
        "Events",
        compute="_compute_event_counts",
        help="Events of your companies and sites.",
    )

    _code_uniq = models.UniqueIndex("(code)", "There is a process with this code already.")

    @api.depends("milestone_ids")
    def _compute_milestone_count(self):
        for process in self:
            process.milestone_count = len(process.milestone_ids)

    def _compute_event_counts(self):
        types = self._event_types()
        for process in self:
            own = types.filtered(lambda event_type, p=process: event_type.process_code == p.code)
            process.event_type_count = len(own)
            process.event_count = sum(own.mapped("event_count"))

    def write(self, vals):
        self._refuse_derived(vals)
        return super().write(vals)

    def action_open_events(self):
        """The events behind the number."""
        self.ensure_one()
        return self._open_events(self.name, self._event_types())

    def action_open_milestones(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_monitoring.action_milestone"
        )
        return {**action, "domain": [("process_id", "=", self.id)], "context": {}}

    def _event_types(self):
        """The event types of the processes, also those switched off: their events remain."""
        types = self.env["ops.event.type"].with_context(active_test=False)
        return types.search([("process_code", "in", self.mapped("code"))])

    def _open_events(self, name, types):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_event_action"
        )
        domain = [("type_id", "in", types.ids)]
        return {**action, "name": name, "domain": domain, "context": {}}

    def _refuse_derived(self, vals, editable=EDITABLE_FIELDS):
        """Only name, description and role are people's; the rest follows the event types."""
        if not self.env.su and set(vals) - editable:
            raise AccessError(
                self.env._(
                    "Processes and milestones follow the event types. Only their name and "
                    "description can be changed, and the role of a milestone."
                )
            )

    @api.model
    def _milestone_roles(self):
        """Hook: what milestones do to a case, as the modules that declare them mean it.

        :return: ``{(process code, milestone code): role}``; what is not in it is a step
        """
        return {
            ("approval", "submitted"): START,
            ("approval", "approved"): END,
            ("approval", "rejected"): END,
            ("approval", "returned"): END,
            ("approval", "withdrawn"): END,
            ("approval", "reopened"): REWORK,
            ("service_levels", "started"): START,
            ("service_levels", "stopped"): END,
            ("exception", "raised"): START,
            ("exception", "resolved"): END,
            ("exception", "reopened"): REWORK,
            # It has one milestone only: each head of the trail stands for itself.
            ("audit", "sealed"): END,
        }

    @api.model
    def _sync_catalogue(self):
        """Give every process and milestone code of the event types a row, and drop the others.

        Called when the module is installed or updated, and whenever an event type changes.
        Idempotent; names and descriptions that people wrote stay. Roles stay, too, while modules
        are being loaded: those that declare them may not be there yet.
        """
        # sudo: derived rows, the same whoever edits an event type, and nobody may write them
        processes = self.sudo()
        types = self.env["ops.event.type"].sudo().with_context(active_test=False)
        wanted = {}
        for event_type in types.search([("process_code", "!=", False)], order="id"):
            milestones = wanted.setdefault(event_type.process_code, [])
            if event_type.milestone_code and event_type.milestone_code not in milestones:
                milestones.append(event_type.milestone_code)
        codes = list(wanted)
        known = {process.code: process for process in processes.search([("code", "in", codes)])}
        for code, milestones in wanted.items():
            process = known.get(code) or processes.create(
                {"code": code, "name": label_from_code(code)}
            )
            new = process.milestone_ids._sync(process, milestones)
            if new._were_followed():
                process._rebuild()
        processes.search([("code", "not in", codes)]).unlink()
        if self.pool.ready:
            processes._sync_roles()

    def _register_hook(self):
        """After an install or an update, take over what roles all modules together declare."""
        super()._register_hook()
        if self.pool.updated_modules and not self.pool.ready:
            self._sync_roles()

    @api.model
    def _sync_roles(self):
        """Give milestones the roles that modules declare, but for those that people chose."""
        declared = self._milestone_roles()
        # sudo: derived like the rows themselves
        for milestone in self.env["ops.milestone"].sudo().search([("role_by_hand", "=", False)]):
            role = declared.get((milestone.process_id.code, milestone.code), STEP)
            if milestone.role != role:
                milestone.role = role
