from datetime import datetime, timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import babel_locale_parse, format_date, format_datetime, get_lang

from ..exceptions.ops_exception_category import SEVERITIES

# Of each kind; who has more works from the lists. The page says when it is reached.
WORK_LIMIT = 500
# Banners above the work; the rest is counted.
FALLBACK_LIMIT = 5
GROUPS = ("overdue", "today", "week", "later", "undated")
# Shown when somebody has nothing to do: where else to look, as far as it is theirs to see.
ELSEWHERE = (
    ("ops.exception", "healthcare_ops_automation.ops_exception_action"),
    ("ops.site", "healthcare_ops_automation.ops_site_action_overview"),
    ("ops.event", "healthcare_ops_automation.ops_event_action"),
    ("ops.runbook", "healthcare_ops_automation.ops_runbook_action"),
)
ROLES = (
    "healthcare_ops_automation.group_ops_requester",
    "healthcare_ops_automation.group_ops_auditor",
)


class ResUsers(models.Model):
    """*My work*: everything that waits for one person, by due time, and what to do next.

    How to extend it: add a name to :meth:`_ops_my_work_sources` and a method
    ``_ops_my_work_<name>`` that returns a list of items, each made by :meth:`_ops_work_item`.
    Sources search with the rights of the user who asks, never with sudo, at most
    ``WORK_LIMIT`` items each, and with a number of queries that does not grow with the items.
    """

    _inherit = "res.users"

    @api.model
    def ops_my_work(self):
        """The page of who asks: items in groups by due time, counts, and words for all of it.

        :raise AccessError: for who has no role in operations
        """
        # Not env.user, which is sudo: what is found follows the rights of who asks.
        user = self.browse(self.env.uid)
        if not user._ops_has_work():
            raise AccessError(
                self.env._("My work is for people who have a role in healthcare operations.")
            )
        now = fields.Datetime.now()
        items = user._ops_my_work()
        for item in items:
            user._ops_say_due(item, now)
        items.sort(key=self._ops_work_order)
        return {
            "groups": [
                {"code": code, "items": [item for item in items if item["group"] == code]}
                for code in GROUPS
            ],
            "limited": [
                label
                for kind, label in {item["kind"]: item["kind_text"] for item in items}.items()
                if sum(item["kind"] == kind for item in items) >= WORK_LIMIT
            ],
            "limit": WORK_LIMIT,
            **self._ops_work_fallbacks(),
            "elsewhere": [] if items else self._ops_work_elsewhere(),
            "now_text": self._ops_moment(now),
            "tz": str(self.env.tz),
        }

    def _ops_has_work(self):
        """Whether the user is one of the people of operations; another system is none."""
        return any(self.has_group(role) for role in ROLES)

    def _ops_my_work(self):
        """What waits for the user, who must be the one who asks.

        :return: a list of dicts, see :meth:`_ops_work_item`
        """
        self.ensure_one()
        if self != self.env.user:
            raise AccessError(self.env._("My work shows what waits for you, not for others."))
        items, person = [], self.sudo(False)
        if person._ops_has_work():
            for source in person._ops_my_work_sources():
                items += getattr(person, f"_ops_my_work_{source}")()
        return items

    @api.model
    def _ops_my_work_sources(self):
        """Hook: the names of the sources, see the class."""
        return ["exceptions", "activities", "fallbacks", "catch_up", "runbooks"]

    @api.model
    def _ops_work_item(self, kind, kind_text, record, title, **values):
        """One item of somebody's work.

        :param str kind: code of the kind, for the filter; ``kind_text`` is its name in words
        :param record: what it is about; the title opens it
        :param str title: what it is
        :param values: ``due_at``, a datetime (naive UTC) or date or nothing; ``severity``, a
            code of exceptions, or nothing; ``state_text``, how it stands; ``site``, an
            ``ops.site`` record; ``next_step``, the words of the button; ``action``, what
            the button does: the name of a button method of the record, an action as a dict, or
            nothing to open the record; ``concerns``, a second line; ``opens``, (model, id) of
            another record that the title opens; ``key`` when the record alone does not tell
            two items apart; ``icon``, a class of Font Awesome
        """
        severities = dict(SEVERITIES)
        severity = values.get("severity")
        if severity not in severities:
            severity = False
        site = values.get("site")
        opens_model, opens_id = values.get("opens") or (record._name, record.id)
        return {
            "key": values.get("key") or f"{kind}:{record._name},{record.id}",
            "opens": {"model": opens_model, "res_id": opens_id},
            "kind": kind,
            "kind_text": kind_text,
            "icon": values.get("icon") or "fa-circle-o",
            "model": record._name,
            "res_id": record.id,
            "title": title,
            "concerns": values.get("concerns") or "",
            "due_at": values.get("due_at") or False,
            "severity": severity,
            "severity_text": self._ops_severity_text(severity),
            "state_text": values.get("state_text") or "",
            "site_id": site.id if site else False,
            "site": site.display_name if site else "",
            "next_step": values.get("next_step") or self.env._("Open"),
            "action": values.get("action") or False,
        }

    @api.model
    def _ops_severity_text(self, severity):
        if not severity:
            return self.env._("Normal")
        severities = self.env["ops.exception"]._fields["severity"]
        return dict(severities._description_selection(self.env))[severity]

    # -- due ------------------------------------------------------------------------------

    def _ops_say_due(self, item, now):
        """Add to an item its group and when it is due, in words and the user's time zone."""
        due = item["due_at"]
        if not due:
            item.update(group="undated", due_text=self.env._("No date"), due_ago="")
            return
        today = fields.Datetime.context_timestamp(self, now).date()
        if isinstance(due, datetime):
            day = fields.Datetime.context_timestamp(self, due).date()
            overdue = due < now
            text = self._ops_moment(due)
            ago = due - now
        else:
            day, overdue = due, due < today
            text = format_date(self.env, due)
            ago = day - today
        if overdue:
            group = "overdue"
        elif day == today:
            group = "today"
        elif day <= self._ops_end_of_week(today):
            group = "week"
        else:
            group = "later"
        item.update(
            group=group,
            due_text=text,
            due_ago=self._ops_ago(ago),
            due_at=fields.Datetime.to_string(due),
        )

    def _ops_moment(self, moment):
        return format_datetime(self.env, moment, tz=str(self.env.tz), dt_format="short")

    def _ops_end_of_week(self, today):
        first = int(self.env["res.lang"]._get_data(code=get_lang(self.env).code).week_start or 1)
        passed = (today.isoweekday() - first) % 7
        return today + timedelta(days=6 - passed)

    def _ops_ago(self, delta):
        """How long ago, or in how long, such as “in 3 hours”; of dates, “today”."""
        if not delta:
            return self.env._("today")
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_timedelta(delta, add_direction=True, locale=locale)

    @api.model
    def _ops_work_order(self, item):
        """Sort key: by due time, then the more severe, then the title."""
        severities = [code for code, _label in SEVERITIES]
        rank = severities.index(item["severity"]) if item["severity"] else -1
        return (item["due_at"] or "9999", -rank, item["title"], item["key"])

    # -- around it ------------------------------------------------------------------------

    def _ops_work_fallbacks(self):
        """Manual fallbacks that are active where the user works, in words."""
        fallbacks = self.env["ops.fallback"]
        domain = [("state", "=", "active")]
        if not fallbacks.has_access("read"):
            return {"fallbacks": [], "more_fallbacks": 0}
        shown = fallbacks.search(domain, order="since, id", limit=FALLBACK_LIMIT)
        return {
            "fallbacks": [{"id": fallback.id, "text": fallback._in_words()} for fallback in shown],
            "more_fallbacks": fallbacks.search_count(domain) - len(shown)
            if len(shown) == FALLBACK_LIMIT
            else 0,
        }

    def _ops_work_elsewhere(self):
        """Where to look next, for somebody who has nothing to do."""
        actions = self.env["ir.actions.act_window"]
        found = []
        for model, xmlid in ELSEWHERE:
            if self.env[model].has_access("read"):
                found.append({"action": xmlid, "name": actions._for_xml_id(xmlid)["name"]})
        return found
