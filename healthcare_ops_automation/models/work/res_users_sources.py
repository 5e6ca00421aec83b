from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from .res_users import WORK_LIMIT

# What an activity's kind says about how severe it is.
DECORATIONS = {"danger": "high", "warning": "medium"}
MANAGER = "healthcare_ops_automation.group_ops_manager"


class ResUsers(models.Model):
    """The engine's own sources of *My work*, each with the rights of the user."""

    _inherit = "res.users"

    # -- exceptions -----------------------------------------------------------------------

    def _ops_my_work_exceptions(self):
        """Exceptions the user owns, and those nobody owns that are theirs to take."""
        exceptions = self.env["ops.exception"]
        if not exceptions.has_access("read"):
            return []
        domain = Domain("is_open", "=", True) & self._ops_my_exceptions_domain()
        found = exceptions.search(domain, order="due_at, id", limit=WORK_LIMIT)
        states = dict(exceptions._fields["state"]._description_selection(self.env))
        may_write = exceptions.has_access("write")
        kind = self.env._("Exception")
        items = []
        for exception in found:
            mine = exception.user_id == self
            take = may_write and (not mine or exception.state in ("new", "triaged"))
            items.append(
                self._ops_work_item(
                    "exception",
                    kind,
                    exception,
                    exception.name,
                    due_at=exception.due_at,
                    severity=exception.severity,
                    site=exception.site_id,
                    state_text=states[exception.state] if mine else self.env._("Nobody has it"),
                    concerns=exception.reason,
                    icon="fa-exclamation-triangle",
                    next_step=self.env._("Take") if take else self.env._("Go on"),
                    action="action_take" if take else False,
                )
            )
        return items

    def _ops_my_exceptions_domain(self):
        """Those the user owns, the unowned of their teams, and for managers what belongs to
        nobody at all."""
        theirs = Domain("team_id.member_ids", "in", self.ids)
        theirs |= Domain("team_id.responsible_id", "=", self.id)
        if self.has_group(MANAGER):
            theirs |= Domain("team_id", "=", False)
        return Domain("user_id", "=", self.id) | Domain("user_id", "=", False) & theirs

    # -- activities -----------------------------------------------------------------------

    def _ops_my_work_activities(self):
        """Activities of the user, on records of any model."""
        wanted = Domain("user_id", "=", self.id) & self._ops_work_activities_domain()
        found = self.env["mail.activity"].search(
            wanted, order="date_deadline, id", limit=WORK_LIMIT
        )
        sites = self._ops_sites_of_activities(found)
        kind, items = self.env._("Activity"), []
        for activity in found:
            kind_of = activity.activity_type_id
            on_record = activity.res_model in self.env and activity.res_id
            items.append(
                self._ops_work_item(
                    "activity",
                    kind,
                    activity,
                    activity.summary or kind_of.name or kind,
                    due_at=activity.date_deadline,
                    severity=DECORATIONS.get(kind_of.decoration_type),
                    site=sites.get((activity.res_model, activity.res_id)),
                    state_text=kind_of.name if activity.summary else "",
                    concerns=activity.res_name,
                    icon="fa-check-square-o",
                    next_step=self.env._("Mark done"),
                    action="action_done",
                    opens=on_record and (activity.res_model, activity.res_id),
                )
            )
        return items

    @api.model
    def _ops_work_activities_domain(self):
        """Hook: which activities are work by themselves, and not shown by another source."""
        return Domain.TRUE

    def _ops_sites_of_activities(self, activities):
        """The site of each record that has one and that the user may read."""
        ids_by_model, sites = defaultdict(list), {}
        for activity in activities:
            if activity.res_model in self.env:
                ids_by_model[activity.res_model].append(activity.res_id)
        for model, ids in ids_by_model.items():
            records = self.env[model].browse(ids)
            name = next((n for n in ("ops_site_id", "site_id") if n in records._fields), None)
            if name and records._fields[name].comodel_name == "ops.site":
                for record in records.exists()._filtered_access("read"):
                    sites[model, record.id] = record[name]
        return sites

    # -- working by hand ------------------------------------------------------------------

    def _ops_looked_after(self, field):
        """What the user looks after; for managers also that of people who left."""
        domain = Domain(field, "=", self.id)
        if self.has_group(MANAGER):
            domain |= Domain(f"{field}.active", "=", False)
        return domain

    def _ops_my_work_fallbacks(self):
        """Manual fallbacks that are active and that the user looks after."""
        fallbacks = self.env["ops.fallback"]
        if not fallbacks.has_access("read"):
            return []
        found = fallbacks.search(
            Domain("state", "=", "active") & self._ops_looked_after("user_id"),
            order="expected_end, id",
            limit=WORK_LIMIT,
        )
        return [
            self._ops_work_item(
                "fallback",
                self.env._("Manual fallback"),
                fallback,
                fallback.name,
                due_at=fallback.expected_end,
                severity="high",
                site=fallback.site_id,
                state_text=self.env._("Work is done by hand")
                if fallback.user_id == self
                else self.env._("Nobody looks after it"),
                concerns=fallback.reason,
                icon="fa-hand-paper-o",
                next_step=self.env._("End it") if fallback.may_end else False,
                action="action_end" if fallback.may_end else False,
            )
            for fallback in found
        ]

    def _ops_my_work_catch_up(self):
        """What is left to catch up on of ended fallbacks, one item for each list."""
        items = self.env["ops.fallback.item"]
        if not items.has_access("read"):
            return []
        groups = items._read_group(
            Domain("state", "=", "open")
            & Domain("fallback_id.state", "=", "catching_up")
            & self._ops_looked_after("fallback_id.user_id"),
            ["fallback_id"],
            ["__count"],
            limit=WORK_LIMIT,
        )
        return [
            self._ops_work_item(
                "catch_up",
                self.env._("Catch-up list"),
                fallback,
                fallback.name,
                due_at=fallback.until,
                severity="medium",
                site=fallback.site_id,
                state_text=self.env._("To do: %s", count),
                concerns=self.env._("What happened while people worked by hand"),
                icon="fa-list-ol",
                next_step=self.env._("Work it off"),
                action="action_open_items",
            )
            for fallback, count in groups
        ]

    def _ops_my_work_runbooks(self):
        """Runbooks of the user that are to be reviewed."""
        runbooks = self.env["ops.runbook"]
        if not runbooks.has_access("write"):
            return []
        found = runbooks.search(
            [
                ("owner_id", "=", self.id),
                ("review_date", "!=", False),
                ("review_date", "<=", fields.Date.context_today(self)),
            ],
            order="review_date, id",
            limit=WORK_LIMIT,
        )
        return [
            self._ops_work_item(
                "runbook",
                self.env._("Runbook"),
                runbook,
                runbook.display_name,
                due_at=runbook.review_date,
                severity="low",
                state_text=self.env._("To be reviewed"),
                icon="fa-book",
                next_step=self.env._("Review"),
            )
            for runbook in found
        ]
