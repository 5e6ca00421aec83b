import json

from odoo import api, fields, models


class OpsAuditEntry(models.Model):
    """Append-only record of who did what, to which record, when.

    There are no foreign keys: ids and label snapshots survive a merged partner and a
    deleted user. Only :meth:`_purge` deletes, and says so in an entry.
    """

    _name = "ops.audit.entry"
    _description = "Audit Entry"
    _inherit = ["ops.append.only"]
    _order = "id desc"
    _rec_name = "action"
    _log_access = False
    _append_facts = (
        "at",
        "actor_id",
        "actor_label",
        "action",
        "res_model",
        "res_id",
        "res_label",
        "company_id",
        "details",
    )
    _append_kind_field = "action"

    at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Integer(string="User ID", required=True, readonly=True)
    actor_label = fields.Char(string="User", required=True, readonly=True)
    action = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record ID", required=True, readonly=True)
    res_label = fields.Char(string="Record", required=True, readonly=True)
    company_id = fields.Integer(string="Company ID", readonly=True)
    details = fields.Text(
        string="Details as JSON", readonly=True, help="JSON: what exactly changed or was decided."
    )
    details_shown = fields.Text(
        compute="_compute_details_shown", string="Details", help="What exactly changed."
    )

    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("details")
    def _compute_details_shown(self):
        for entry in self:
            try:
                details = json.loads(entry.details or "{}")
            except ValueError:
                details = None
            entry.details_shown = entry.details
            if isinstance(details, dict):
                entry.details_shown = "\n".join(
                    f"{name}: {_shown(value)}" for name, value in details.items()
                )

    @api.model
    def _record(self, action, records, details=None):
        """Append one entry for each record, with the current user as the actor.

        :param str action: code of what was done, such as ``endpoint.paused``
        :param records: the records it was done to, of any model
        :param dict details: JSON-serialisable facts, the same for each record
        :return: the entries
        """
        now = fields.Datetime.now()
        user = self.env.user
        values = []
        for record in records:
            # The company is a fact when there is one; entries about shared records have none.
            company = record.company_id if "company_id" in record._fields else None
            facts = {
                "at": now,
                "actor_id": user.id,
                "actor_label": f"{user.name} ({user.login})",
                "action": action,
                "res_model": record._name,
                "res_id": record.id,
                "res_label": record.display_name,
                "company_id": company.id if company else 0,
                "details": json.dumps(details, sort_keys=True, default=str) if details else False,
            }
            values.append({**facts, "digest": self._digest(facts)})
        # sudo: nobody may create entries; this method is private and takes the actor from env
        return self.sudo().create(values).with_env(self.env)

    @api.model
    def _change_refusal(self):
        return self.env._("The audit trail cannot be changed.")

    @api.model
    def _deletion_refusal(self):
        return self.env._(
            "The audit trail cannot be deleted; old entries go by the retention rule."
        )


def _shown(value):
    """A value of the details as people read it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
