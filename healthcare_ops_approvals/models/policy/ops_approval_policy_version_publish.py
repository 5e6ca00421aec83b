from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .part import DRAFT, PUBLISHED, SUPERSEDED, as_engine

# What a draft takes over from the version in force; its currency is the policy's.
KEPT = ("tolerance_percent", "tolerance_amount", "confirm_on_approval")


class OpsApprovalPolicyVersion(models.Model):
    """Putting a version in force, and making the next one."""

    _inherit = "ops.approval.policy.version"

    def action_publish(self):
        """Put the draft in force and make it unchangeable; the former version is superseded.

        Requests that are under way stay on the version they were submitted under.
        """
        self.ensure_one()
        self.policy_id._check_admin()
        self._check_publishable()
        former = self.policy_id.published_version_id
        with as_engine(self.env):
            former.write({"state": SUPERSEDED})
            former.flush_recordset()  # before the next one is: only one can be in force
            self.write(
                {
                    "state": PUBLISHED,
                    "published_by_id": self.env.uid,
                    "published_at": fields.Datetime.now(),
                }
            )
            self.flush_recordset()  # before the next draft is: only one can be
            # A wish to retire was about what is not in force any more.
            self.policy_id.retirement_asked_by_id = False
        self.policy_id._forget_in_force()
        self._tell_published(former)
        return True

    def _check_publishable(self):
        policy = self.policy_id
        policy._check_may_enter()
        # As it is in the database: somebody else may be editing right now.
        self.lock_for_update()
        self.invalidate_recordset(["state", "last_editor_id"])
        if self.state != DRAFT:
            raise UserError(self.env._("“%s” was published already.", self.display_name))
        if not policy.active:
            raise UserError(self.env._("“%s” is archived. Restore it first.", policy.name))
        if self.last_editor_id == self.env.user:
            raise UserError(
                self.env._(
                    "You edited “%s” last. Somebody else has to read and publish it.",
                    self.display_name,
                )
            )

    def _tell_published(self, former):
        details = {
            "version": self.number,
            "former": former.number or None,
            "last_editor": self.last_editor_id.id,
            "note": self.note or None,
            "rows": [f"{row.name}: {row._in_words()}" for row in self._rows()],
        }
        self.env["ops.audit.entry"]._record("approval_policy.published", self.policy_id, details)
        self.policy_id.message_post(
            body=self.env._(
                "Version %(number)s is in force. Last edited by %(editor)s.",
                number=self.number,
                editor=self.last_editor_id.name,
            )
        )

    def _copy_of(self):
        """Values of a draft that says what this version says."""
        rows = []
        for row in self._rows():
            [values] = row.copy_data()
            values.pop("version_id", None)
            rows.append(Command.create(values))
        kept = {name: self._fields[name].convert_to_write(self[name], self) for name in KEPT}
        return {**kept, "row_ids": rows}


class OpsApprovalPolicy(models.Model):
    _inherit = "ops.approval.policy"

    def action_new_draft(self):
        """Make a draft that says what the version in force says, and open it."""
        self.ensure_one()
        draft = self.draft_version_id
        if not draft:
            last = self.published_version_id
            values = last._copy_of() if last else {}
            draft = last.create({**values, "policy_id": self.id})
        return draft._get_records_action()
