from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..service_levels.guard import undoable

# What people look after: (model, field that names them, which of it is still to be looked after).
LOOKED_AFTER = {
    "fallbacks": ("ops.fallback", "user_id", [("state", "!=", "closed")]),
    "runbooks": ("ops.runbook", "owner_id", []),
    "automations": ("ops.automation", "owner_id", []),
    "endpoints": ("ops.endpoint", "owner_id", []),
    "controls": ("ops.control", "user_id", []),
}
# What names people as part of how things are set up: (model, field).
NAMED = (
    ("ops.site", "manager_id"),
    ("ops.exception.team", "responsible_id"),
    ("ops.exception.assignment", "user_id"),
    ("ops.exception.category", "user_id"),
    ("ops.escalation.step", "user_ids"),
)


class ResUsers(models.Model):
    """Handing over what somebody leaves behind.

    How to extend it: add a pair of code and words to :meth:`_ops_handover_sources`, a method
    ``_ops_handover_find_<code>`` that answers with the records of the person, found with the
    rights of who hands over, and a method ``_ops_handover_give_<code>``.
    """

    _inherit = "res.users"

    @api.model
    def _ops_handover_sources(self):
        """Hook: the kinds of what is handed over, as pairs of code and words, in order."""
        return [
            ("exceptions", self.env._("Exceptions owned")),
            *(
                (code, self.env[model]._description)
                for code, (model, _name, _domain) in LOOKED_AFTER.items()
            ),
        ]

    def _ops_handover_found(self, code):
        """What this person has of a kind, as far as the current user sees it."""
        self.ensure_one()
        find = getattr(self, f"_ops_handover_find_{code}", None)
        if find:
            return find()
        model, name, domain = LOOKED_AFTER[code]
        records = self.env[model]
        if not records.has_access("read"):
            return records
        return records.search(Domain(name, "=", self.id) & Domain(domain))

    def _ops_handover_given(self, code, records, successor, why):
        """Hand records of a kind over.

        :param successor: one ``res.users``, or none: then the rules say who gets it
        :param str why: in words, for whoever reads it later
        :return: ``{record id: why it stays, in words}`` of those that could not be handed over
        """
        self.ensure_one()
        give = getattr(self, f"_ops_handover_give_{code}", None)
        if give:
            return give(records, successor, why)
        return self._ops_hand_over_looked_after(LOOKED_AFTER[code][1], records, successor)

    def _ops_handover_by_hand(self):
        """Hook: where the person is named as part of how things are set up, which stays until an
        administrator changes it: a list of recordsets, as far as the current user sees them."""
        found = []
        for model, name in NAMED:
            records = self.env[model]
            if records.has_access("read"):
                found.append(records.search([(name, "in", self.ids)]))
        return [records for records in found if records]

    # -- the engine's own -------------------------------------------------------------------

    def _ops_handover_find_exceptions(self):
        exceptions = self.env["ops.exception"]
        if not exceptions.has_access("read"):
            return exceptions
        return exceptions.search([("user_id", "=", self.id), ("is_open", "=", True)])

    def _ops_handover_give_exceptions(self, exceptions, successor, _why):
        left = {}
        for exception in exceptions:
            # sudo: who hands over sees it, and was checked
            mine = exception.sudo()._ops_engine()
            if not successor:
                mine._give_away(self)
                continue
            if not mine._who_see(successor.sudo(), mine.company_id, mine.site_id):
                left[exception.id] = self.env._(
                    "%s does not see exceptions of this place.", successor.name
                )
                continue
            state = {"state": "triaged"} if mine.state == "in_work" else {}
            mine.write({"user_id": successor.id, **state})
        return left

    def _ops_hand_over_looked_after(self, name, records, successor):
        """With the rights of who hands over: what only administrators change stays with them."""
        left = {}
        for record in records:
            if not successor:
                left[record.id] = self.env._("No rule says who gets it: choose a successor.")
                continue
            try:
                with undoable(self.env):
                    record.write({name: successor.id})
            except AccessError:
                left[record.id] = self.env._("You may not change it: ask an administrator.")
            except (UserError, ValidationError) as error:
                left[record.id] = str(error)
        return left
