from odoo import api, fields, models
from odoo.exceptions import UserError

from .part import DRAFT, PUBLISHED, SUPERSEDED, is_engine

STATES = [(DRAFT, "Draft"), (PUBLISHED, "In force"), (SUPERSEDED, "Superseded")]
# Written by the engine alone.
ENGINE_FIELDS = (
    "policy_id",
    "number",
    "state",
    "last_editor_id",
    "last_edited_at",
    "published_by_id",
    "published_at",
)


class OpsApprovalPolicyVersion(models.Model):
    """What a policy says: a draft that is worked on, or what was in force from one publication
    to the next. Requests keep the version they were submitted under."""

    _name = "ops.approval.policy.version"
    _description = "Approval Policy Version"
    _order = "policy_id, number desc"

    policy_id = fields.Many2one(
        "ops.approval.policy", required=True, index=True, ondelete="cascade"
    )
    policy_active = fields.Boolean(related="policy_id.active")
    model_name = fields.Char(related="policy_id.model_name", string="Model")
    model_label = fields.Char(related="policy_id.model_label", string="Kind of document")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    number = fields.Integer(string="Version", required=True, readonly=True, aggregator=None)
    state = fields.Selection(STATES, required=True, readonly=True, default=DRAFT, copy=False)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    row_ids = fields.One2many("ops.approval.row", "version_id", string="Rows")
    tolerance_percent = fields.Float(
        string="Tolerance (%)",
        digits=(6, 2),
        help="An amount that was approved may grow by so much before it has to be approved "
        "again. Both limits must hold. With none, any increase asks again.",
    )
    tolerance_amount = fields.Monetary(
        string="Tolerance (amount)",
        help="An amount that was approved may grow by so much, in the currency of the policy, "
        "before it has to be approved again. Counted from what was approved, over all changes.",
    )
    confirm_on_approval = fields.Boolean(
        string="Confirm when approved",
        default=True,
        help="The last approval confirms the document at once, in the name of who submitted it. "
        "Else a person confirms it.",
    )
    note = fields.Text(string="What changed", help="Told to whoever publishes it, and kept.")
    last_editor_id = fields.Many2one(
        "res.users", string="Last edited by", readonly=True, copy=False, ondelete="restrict"
    )
    last_edited_at = fields.Datetime(string="Last edited", readonly=True, copy=False)
    published_by_id = fields.Many2one(
        "res.users", string="Published by", readonly=True, copy=False, ondelete="restrict"
    )
    published_at = fields.Datetime(string="Published", readonly=True, copy=False)

    _number_uniq = models.UniqueIndex(
        "(policy_id, number)", "Somebody else has just made a version. Load the policy again."
    )
    _one_in_force = models.UniqueIndex(
        "(policy_id) WHERE state = 'published'",
        "Somebody else has just published a version. Load the policy again.",
    )
    _one_draft = models.UniqueIndex(
        "(policy_id) WHERE state = 'draft'", "The policy has a draft already: work on that one."
    )
    _tolerance = models.Constraint(
        "CHECK (tolerance_percent >= 0 AND tolerance_amount >= 0)",
        "Tolerance: give zero or more.",
    )

    @api.depends("policy_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(policy)s, version %(number)s",
                policy=version.policy_id.name or "",
                number=version.number,
            )

    # -- content --------------------------------------------------------------------------

    def _engine(self):
        """This version as the engine reads it: in the reader's language, and nothing else of
        what a client may say."""
        # sudo: whoever submits or looks is bound by the policy, and need not read it
        return self.sudo()._ops_engine(lang=self.env.lang)

    def _rows(self):
        """All rows in the order in which they are tried.

        Searched for: ``row_ids`` may hold what an earlier reader in this transaction was allowed
        to see of them.
        """
        # sudo: the order in which rows are tried is the same for everybody
        rows = self.env["ops.approval.row"].sudo()
        return rows.search([("version_id", "in", self.ids)], order="version_id, sequence, id")

    def _stages(self, row_ids=None):
        """All stages in the order in which they are asked, by row: see :meth:`_rows`.

        :param row_ids: those of these rows only
        """
        # sudo: who is asked is the same, whoever asks
        stages = self.env["ops.approval.stage"].sudo()
        row_ids = self._rows().ids if row_ids is None else row_ids
        found = stages.search([("row_id", "in", row_ids)], order="step, id")
        # Whom a reader may see of the people must not decide who is asked.
        found.invalidate_recordset(["user_ids", "excluded_field_ids"])
        return found.grouped("row_id")

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = self.env["ops.approval.policy"].browse(
            values["policy_id"] for values in vals_list if values.get("policy_id")
        )
        last = dict(
            self._read_group([("policy_id", "in", policies.ids)], ["policy_id"], ["number:max"])
        )
        for values in vals_list:
            self._check_not_forged(values, allowed=("policy_id",))
            policy = policies.browse(values.get("policy_id"))
            last[policy] = values["number"] = last.get(policy, 0) + 1
            values.setdefault("currency_id", policy.currency_id.id)
        versions = super().create(vals_list)
        versions._note_editor()
        return versions

    def write(self, vals):
        if not is_engine(self.env):
            self._check_changeable()
            self._check_not_forged(vals)
        result = super().write(vals)
        if not is_engine(self.env):
            self._note_editor()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        self._check_changeable()

    def _check_not_forged(self, vals, allowed=()):
        """Who did what when is for the engine to say."""
        forged = sorted(vals.keys() & set(ENGINE_FIELDS) - set(allowed))
        if forged:
            field = self._fields[forged[0]]._description_string(self.env)
            raise UserError(self.env._("%s: this is set by publishing, not by hand.", field))

    def _check_changeable(self):
        """Refuse what touches a version that is or was in force, whoever does it."""
        if is_engine(self.env):
            return
        # sudo: whether it may change does not depend on who may read it
        for version in self.sudo():
            if version.state != DRAFT:
                raise UserError(
                    self.env._(
                        "“%s” was published and cannot be changed: requests were decided by it. "
                        "Make a new draft of the policy.",
                        version.display_name,
                    )
                )

    def _note_editor(self):
        """Remember who edited last: somebody else publishes."""
        # By SQL: it is the engine's note about the change, and no change itself.
        if not self.ids:
            return
        self.flush_recordset()
        self.env.cr.execute(
            """UPDATE ops_approval_policy_version
                  SET last_editor_id = %s, last_edited_at = %s WHERE id IN %s""",
            (self.env.uid, fields.Datetime.now(), tuple(self.ids)),
        )
        self.invalidate_recordset(["last_editor_id", "last_edited_at"], flush=False)

    def _ops_place(self):
        return (
            self.policy_id._ops_place()
            if len(self) == 1
            else [each.policy_id._ops_place()[0] for each in self]
        )
