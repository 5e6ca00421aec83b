from odoo import api, fields, models
from odoo.exceptions import ValidationError

SETTINGS = "base.group_system"
KINDS = [
    ("rule", "Automation rule"),
    ("cron", "Scheduled action"),
    ("action", "Server action"),
    ("endpoint", "Endpoint"),
    ("event_type", "Event type"),
]
# Which field names the real thing, by kind.
REFERENCES = {
    "rule": "rule_id",
    "cron": "cron_id",
    "action": "action_id",
    "endpoint": "endpoint_id",
    "event_type": "event_type_id",
}


class OpsAutomation(models.Model):
    """The register: every automation with its owner, risk, runbook and off switch.

    An entry stands for something real: a rule, a scheduled or server action, an endpoint, an
    event type. Its status is read off the real thing whenever it is shown, so it tells the
    truth also when somebody switched that elsewhere (``ops_automation_status.py``); its switch
    works on the real thing (``ops_automation_switch.py``). Who enters something must be allowed
    to change it; from then on managers may switch it, and nothing else
    (``ops_automation_change.py``).
    """

    _name = "ops.automation"
    _description = "Automation"
    _inherit = ["ops.shared", "mail.activity.mixin", "ops.fallback.banner"]
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(help="Short name, unique in the register.")
    active = fields.Boolean(
        help="Archived: no longer in the register. What it stands for stays on or off."
    )
    description = fields.Text(translate=True, help="What it does, and what for.")
    owner_id = fields.Many2one(help="Answers for it and decides about changes.")
    company_id = fields.Many2one(help="Empty: it works for every company.")
    risk = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        string="Risk class",
        required=True,
        default="medium",
        tracking=True,
        help="How bad it is when it does the wrong thing, or nothing.",
    )
    autonomy = fields.Selection(
        [
            ("inform", "Inform"),
            ("suggest", "Suggest"),
            ("act_after_approval", "Act after approval"),
            ("act_and_report", "Act and report"),
        ],
        string="Level of autonomy",
        required=True,
        default="inform",
        tracking=True,
        help="What it may do by itself: tell people, suggest something to them, act once "
        "somebody approved, or act and report.",
    )
    runbook_id = fields.Many2one(
        "ops.runbook",
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
        help="How people do it by hand while it is off.",
    )
    consequence = fields.Text(
        string="When it is off",
        translate=True,
        help="What stops when it is switched off. Who switches it off has to say that they "
        "have read this.",
    )
    kind = fields.Selection(KINDS, required=True, tracking=True)
    # Read with the right "Settings" only, as the real things are; the subject says their name.
    rule_id = fields.Many2one(
        "base.automation",
        string="Automation rule",
        groups=SETTINGS,
        index="btree_not_null",
        ondelete="set null",
        context={"active_test": False},
    )
    cron_id = fields.Many2one(
        "ir.cron",
        string="Scheduled action",
        groups=SETTINGS,
        index="btree_not_null",
        ondelete="set null",
        context={"active_test": False},
    )
    action_id = fields.Many2one(
        "ir.actions.server",
        string="Server action",
        groups=SETTINGS,
        index="btree_not_null",
        ondelete="set null",
    )
    endpoint_id = fields.Many2one(
        "ops.endpoint",
        index="btree_not_null",
        ondelete="set null",
        context={"active_test": False},
    )
    event_type_id = fields.Many2one(
        "ops.event.type",
        index="btree_not_null",
        ondelete="set null",
        context={"active_test": False},
    )
    subject = fields.Char(
        compute="_compute_subject", string="Stands for", help="The real thing that it switches."
    )
    owner_is_gone = fields.Boolean(
        compute="_compute_owner_is_gone",
        search="_search_owner_is_gone",
        string="Without an active owner",
    )

    _code_uniq = models.UniqueIndex("(code)", "Another automation has this code.")
    _rule_uniq = models.UniqueIndex(
        "(rule_id) WHERE rule_id IS NOT NULL", "This automation rule is in the register already."
    )
    _cron_uniq = models.UniqueIndex(
        "(cron_id) WHERE cron_id IS NOT NULL", "This scheduled action is in the register already."
    )
    _action_uniq = models.UniqueIndex(
        "(action_id) WHERE action_id IS NOT NULL", "This server action is in the register already."
    )
    _endpoint_uniq = models.UniqueIndex(
        "(endpoint_id) WHERE endpoint_id IS NOT NULL", "This endpoint is in the register already."
    )
    _event_type_uniq = models.UniqueIndex(
        "(event_type_id) WHERE event_type_id IS NOT NULL",
        "This event type is in the register already.",
    )

    @api.depends("kind", *REFERENCES.values())
    @api.depends_context("lang")
    def _compute_subject(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for automation in self:
            # sudo: the name of what it stands for, and nothing else of it
            real = automation.kind and automation.sudo()[REFERENCES[automation.kind]]
            if real:
                automation.subject = f"{kinds[automation.kind]}: {real.display_name}"
            else:
                automation.subject = False

    @api.depends("owner_id.active")
    def _compute_owner_is_gone(self):
        for automation in self:
            # sudo: whether the owner still works here
            automation.owner_is_gone = not automation.owner_id.sudo().active

    def _search_owner_is_gone(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("owner_id.active", "=", True not in value)]

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("kind", *REFERENCES.values())
    def _check_reference(self):
        for automation in self:
            wanted = REFERENCES[automation.kind]
            if not automation[wanted]:
                raise ValidationError(
                    self.env._(
                        "%s: choose what this entry stands for.", self._fields[wanted].string
                    )
                )
            for name in REFERENCES.values():
                if name != wanted and automation[name]:
                    raise ValidationError(
                        self.env._(
                            "%s: leave it empty, an entry stands for one thing only.",
                            self._fields[name].string,
                        )
                    )

    @api.constrains("company_id", "endpoint_id", "runbook_id")
    def _check_companies(self):
        for automation in self:
            endpoint, runbook = automation.endpoint_id, automation.runbook_id
            if endpoint and endpoint.company_id != automation.company_id:
                raise ValidationError(
                    self.env._("Company: take that of the endpoint “%s”.", endpoint.name)
                )
            if runbook.company_id and runbook.company_id != automation.company_id:
                raise ValidationError(
                    self.env._("Runbook: “%s” is of another company.", runbook.name)
                )

    # -- banner ---------------------------------------------------------------------------

    def _fallback_domain(self):
        return [("automation_id", "in", self.ids)]

    def _sort_fallbacks(self, fallbacks):
        return {each.id: found for each, found in fallbacks.grouped("automation_id").items()}
