import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, safe_eval

from ..delivery.ops_delivery import UNSETTLED
from ..service_levels.guard import NOT_OURS, undoable

_logger = logging.getLogger(__name__)

# Rules whose records can be found again by when they changed; by the column that says so.
FOUND_BY = {
    "on_create": "create_date",
    **dict.fromkeys(
        (
            "on_create_or_write",
            "on_write",
            "on_stage_set",
            "on_user_set",
            "on_tag_set",
            "on_state_set",
            "on_priority_set",
            "on_archive",
            "on_unarchive",
        ),
        "write_date",
    ),
}
TIME_TRIGGERS = ("on_time", "on_time_created", "on_time_updated")
# More than that nobody goes through one by one; the note says when there are more.
RECORDS_LISTED = 1000


class OpsFallback(models.Model):
    """The catch-up list: what happened while people worked by hand.

    Exact for an endpoint: the deliveries it held. Best effort for a rule: the records that its
    filter matches now and that changed meanwhile; the note on the list says what it cannot know.
    """

    _inherit = "ops.fallback"

    # -- taking stock ---------------------------------------------------------------------

    def _take_stock(self):
        """Put on the list what is not there yet; returns how many deliveries are held."""
        self.ensure_one()
        if self.endpoint_id:
            self.catch_up_note = self.env._(
                "Each event that the endpoint held. What is delivered after all counts as redone "
                "by the automation."
            )
            return self._list_held()
        if self.state == "catching_up":
            self._list_changed()
        return 0

    def _list_held(self):
        """Put the deliveries held on the list, with one statement however many they are."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_fallback_item
                          (fallback_id, kind, delivery_id, res_model, res_id, company_id, site_id,
                           name, happened_at, state,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %(fallback)s, 'delivery', d.id, e.res_model, e.res_id, d.company_id,
                          d.site_id, COALESCE(t.name->>%(lang)s, t.name->>'en_US'),
                          e.occurred_at, 'open', %(user)s, now() AT TIME ZONE 'UTC', %(user)s,
                          now() AT TIME ZONE 'UTC'
                     FROM ops_delivery d
                     JOIN ops_event e ON e.id = d.event_id
                     JOIN ops_event_type t ON t.id = e.type_id
                    WHERE d.endpoint_id = %(endpoint)s AND d.state = ANY(%(states)s)
                    ORDER BY d.sequence
                       ON CONFLICT (fallback_id, delivery_id) WHERE delivery_id IS NOT NULL
                       DO NOTHING""",
                fallback=self.id,
                endpoint=self.endpoint_id.id,
                user=self.env.uid,
                lang=self.env.lang or "en_US",
                states=list(UNSETTLED),
            )
        )
        self.env["ops.fallback.item"].invalidate_model()
        self.invalidate_recordset(["item_ids", "item_count", "open_count"])
        return self.env["ops.delivery"].search_count(
            [("endpoint_id", "=", self.endpoint_id.id), ("state", "in", UNSETTLED)]
        )

    def _list_changed(self):
        """Put the records on the list that the rules would have worked on, as far as known."""
        automation = self.automation_id
        rules = self._rules_concerned()
        notes = []
        for rule in rules:
            notes.append(f"{rule.name}: {self._list_changed_of(rule)}")
        if not rules and automation.kind == "cron":
            notes.append(
                self.env._(
                    "A scheduled action does its work when it runs again. What cannot wait for "
                    "that, or came too late, is entered here by hand."
                )
            )
        elif not rules:
            notes.append(
                self.env._(
                    "Nothing tells what it would have done. Enter here what was done on paper."
                )
            )
        self.catch_up_note = "\n".join(notes)

    def _rules_concerned(self):
        """The automation rules that stood still."""
        automation = self.automation_id
        rules = self.env["base.automation"]
        for carrier in automation and automation._carriers():
            if carrier._name == rules._name:
                rules |= carrier
            elif carrier._name == "ops.event.type":
                emitting = self.env["ir.actions.server"].search(
                    [("ops_event_type_id", "=", carrier.id)]
                )
                rules |= emitting.base_automation_id
        return rules

    def _list_changed_of(self, rule):
        """List the records of one rule; returns in words what the list holds of it."""
        if rule.trigger in TIME_TRIGGERS:
            return self.env._("works by dates and makes up by itself for what became due.")
        column = FOUND_BY.get(rule.trigger)
        model = self.env.get(rule.model_name)
        if not column or model is None or column not in model._fields:
            return self.env._("nothing tells afterwards on which records it would have worked.")
        try:
            with undoable(self.env):
                found = self._changed(rule, model, column)
        except NOT_OURS:
            raise
        except Exception:
            # The filter is free text of somebody else's; the fallback must end all the same.
            _logger.exception("The filter of automation rule %s cannot be evaluated", rule.id)
            return self.env._("its filter cannot be evaluated, so no record is listed.")
        values = self._items_of(found[:RECORDS_LISTED])
        self.env["ops.fallback.item"].create(values)
        if len(found) > RECORDS_LISTED:
            return self.env._(
                "the first %s records that match its filter now and changed meanwhile; there "
                "are more.",
                RECORDS_LISTED,
            )
        return self.env._(
            "records that match its filter now and changed meanwhile, as far as can be told: "
            "some it would not have touched, and what was deleted or no longer matches is missing."
        )

    def _changed(self, rule, model, column):
        domain = Domain.TRUE
        if rule.filter_domain:
            # As Odoo evaluates the filter of a rule.
            domain = Domain(safe_eval.safe_eval(rule.filter_domain, rule._get_eval_context()))
        period = Domain(column, ">=", self.since) & Domain(column, "<=", self.until)
        # An empty context: the client's decides nothing. Archived ones may be what it is about.
        model = model._ops_engine(active_test=False)
        return model.search(domain & period, limit=RECORDS_LISTED + 1, order="id")

    def _items_of(self, records):
        """Values of items for records, with the place of each where it is known."""
        return [
            {
                "fallback_id": self.id,
                "kind": "record",
                "name": records._description,
                "res_model": record._name,
                "res_id": record.id,
                "company_id": company.id,
                "site_id": site.id,
                "happened_at": record.write_date,
            }
            for record, (company, site) in zip(records, self._places_of(records), strict=True)
            if not self.company_id or company == self.company_id
        ]

    def _places_of(self, records):
        """The (company, site) of each record, in order; those shared between companies are
        listed where the fallback is."""
        try:
            return records._ops_place()
        except ValidationError:
            return [self._place_of(record) for record in records]

    def _place_of(self, record):
        try:
            [place] = record._ops_place()
        except ValidationError:
            place = (self.company_id, self.site_id)
        return place

    # -- what was settled by hand is not sent ---------------------------------------------

    def _skip_held(self, everything, reason):
        """Skip what was held: all of it, or only what people settled on the list.

        :return: how many deliveries were skipped
        """
        items = self.env["ops.fallback.item"].search(
            [("fallback_id", "=", self.id), ("delivery_id.state", "in", UNSETTLED)]
        )
        settled = items.filtered(lambda item: item.state in ("done", "not_needed"))
        done = settled.delivery_id._skip(self.env._("Settled by hand during the fallback"))
        if everything:
            done += (items - settled).delivery_id._skip(reason)
        return len(done)

    # -- following ------------------------------------------------------------------------

    def _follow(self):
        """Settle what the automation has redone, and close what is worked off."""
        items = self.env["ops.fallback.item"]
        redone = items.search(
            [
                ("fallback_id", "in", self.ids),
                ("state", "=", "open"),
                ("delivery_id.state", "=", "delivered"),
            ]
        )
        if redone:
            redone.write({"state": "redone", "settled_at": fields.Datetime.now()})
            self.env["ops.audit.entry"]._record(
                "fallback.redone",
                redone.fallback_id,
                {"delivery_ids": redone.delivery_id.ids[:100]},
            )
        waiting = items._read_group(
            [("fallback_id", "in", self.ids), ("state", "=", "open")], ["fallback_id"], ["__count"]
        )
        with_open = {fallback.id for fallback, _count in waiting}
        done = self.filtered(lambda each: each.state == "catching_up" and each.id not in with_open)
        if done:
            done._close()

    @api.model
    def _cron_follow(self):
        """Keep the lists up to date while nobody looks."""
        running = self.search([("state", "in", ("active", "catching_up"))])
        for fallback in running.filtered(lambda each: each.state == "active" and each.endpoint_id):
            fallback._take_stock()
        running._follow()

    def action_refresh(self):
        """Bring the list up to date now.

        :raise AccessError: for who does not work on the list
        """
        self.check_access("read")
        self.env["ops.fallback.item"].check_access("write")
        # sudo: nobody decides anything here; it follows from what became of the deliveries
        fallbacks = self.sudo()
        for fallback in fallbacks.filtered(lambda each: each.state == "active"):
            fallback._take_stock()
        fallbacks._follow()
