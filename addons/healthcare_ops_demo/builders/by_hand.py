"""Runbooks, the register of automations, and one morning on which people worked by hand."""

from datetime import timedelta

from odoo.fields import Command

from .backdate import backdate, backdate_messages

ENGINE, SUPPLY = "healthcare_ops_automation", "healthcare_ops_supply"
TELEPHONE, UNASKED = "SUP-02", "SUP-01"
REVIEW_DAYS = {UNASKED: 120, TELEPHONE: -12}
RUNBOOKS = {
    UNASKED: {
        "name": "Suppliers cannot be asked automatically",
        "owner": "e05",
        "use": "<p>When suppliers have not been asked for half an hour although items fell below "
        "their critical level, or when the network manager says so.</p>",
        "steps": (
            (
                "Print the list of items below their critical level",
                "Supply coordinator",
                "Supply items, filter Below critical",
            ),
            (
                "Call the preferred vendor of each vital item, then of the essential ones",
                "Supply coordinator",
                "Downtime form SUP-01",
            ),
            ("Nobody can deliver: tell procurement at once", "Whoever called", "Downtime form"),
            (
                "Enter the answers as messages on the items once it works again",
                "Supply coordinator",
                "Catch-up list",
            ),
        ),
        "lines": (("Item", "article number", "2"), ("Vendor asked", "", "2"),
                  ("Can deliver", "how many, when", "2"), ("Note", "", "4")),
        "rows": 14,
    },
    TELEPHONE: {
        "name": "Order consumables by telephone",
        "owner": "procurement",
        "use": "<p>When orders cannot be sent, and a vital item will not last until tomorrow.</p>",
        "steps": (
            ("Look up vendor and price on the last order", "Procurement", ""),
            (
                "Call, order, and have the quantity and the date repeated",
                "Procurement",
                "Downtime form SUP-02",
            ),
            ("Above 1,000 euro: a second person signs first", "Head of supply", "Downtime form"),
            ("Enter the order, marked “by telephone”", "Procurement", "Purchase order"),
        ),
        "lines": (("Article", "", "4"), ("Quantity", "with unit", "1"), ("Vendor", "", "2"),
                  ("Spoke to", "", "2"), ("Delivery", "day", "1")),
        "rows": 12,
    },
}  # fmt: skip
# Code of the entry, who owns it, its runbook.
OWNERS = (
    (f"{SUPPLY}.automation_supply_below_critical", "procurement", UNASKED),
    (f"{SUPPLY}.automation_supply_check_levels", "e05", UNASKED),
    *((f"{ENGINE}.automation_{code}", "administrator", None) for code in (
        "deliver_critical", "deliver_standard", "deliver_bulk", "sweep", "watch_answers",
        "raise_invalid", "follow_fallbacks", "sla_tick", "sla_sweep", "execute_escalations",
        "run_controls", "remind_review")),
)  # fmt: skip
DAYS_AGO = 9
# Minutes after half past eight, who, what, and what became of it.
ON_PAPER = (
    (25, "I. Sturmhofen", "Asked Lindgrave for 40 boxes of gloves: 40 on Thursday", "done"),
    (50, "I. Sturmhofen", "Asked for saline 500 ml: backlog, procurement told", "done"),
    (95, "A. Lohmoor", "Ordered 20 infusion sets by telephone", "done"),
    (130, "R. Pedralvão", "Asked for hand disinfectant: delivered the same day", "not_needed"),
)


def build_runbooks(demo):
    for code, text in RUNBOOKS.items():
        runbook = demo.env["ops.runbook"].create(
            {
                "name": text["name"],
                "code": code,
                "owner_id": _user(demo, text["owner"]).id,
                "review_date": demo.today + timedelta(days=REVIEW_DAYS[code]),
                "when_to_use": text["use"],
                "blank_row_count": text["rows"],
                "step_ids": [
                    Command.create(
                        {"sequence": 10 * n, "what": what, "who": who, "where_noted": where}
                    )
                    for n, (what, who, where) in enumerate(text["steps"], 1)
                ],
                "line_ids": [
                    Command.create(
                        {"sequence": 10 * n, "label": label, "hint": hint, "width": width}
                    )
                    for n, (label, hint, width) in enumerate(text["lines"], 1)
                ],
            }
        )
        demo.bind("runbook", [code], runbook)


def build_register(demo):
    """Who answers for what the modules brought, and one rule of the network's own."""
    for xmlid, owner, runbook in OWNERS:
        values = {"owner_id": _user(demo, owner).id}
        if runbook:
            values["runbook_id"] = demo.ref("runbook", runbook).id
        demo.env.ref(xmlid).write(values)
    entry = demo.env["ops.automation"].create(
        {
            "name": "Tell other systems of urgent repairs",
            "code": "urgent_repair",
            "kind": "rule",
            "rule_id": demo.ref("rule", "urgent_repair").id,
            "owner_id": _user(demo, "technician").id,
            "risk": "medium",
            "autonomy": "inform",
            "description": "The receiver calls the technician on duty.",
        }
    )
    demo.bind("automation", ["urgent_repair"], entry)


def build_fallback(demo):
    """One morning on which suppliers were asked by telephone; its list is worked off."""
    site = demo.ref("site", "AUC")
    day = demo.today - timedelta(days=DAYS_AGO)
    since = demo.at(day, 8, site.tz, 30)
    until = since + timedelta(hours=3, minutes=35)
    manager, lead = _user(demo, "manager"), _user(demo, "e05")
    fallback = demo.env["ops.fallback"].create(
        {
            "name": "Ask suppliers when an item falls below its critical level",
            "automation_id": demo.env.ref(f"{SUPPLY}.automation_supply_below_critical").id,
            "runbook_id": demo.ref("runbook", UNASKED).id,
            "company_id": demo.ref("company", "network").id,
            "state": "closed",
            "reason": "The suppliers' platform is being moved to another data centre",
            "user_id": lead.id,
            "since": since,
            "started_by_id": manager.id,
            "expected_end": until + timedelta(minutes=25),
            "until": until,
            "ended_by_id": manager.id,
            "resumed_with": "resume",
            "end_reason": "The platform answers again",
            "closed_at": until + timedelta(hours=4),
            "catch_up_note": "Nothing tells what it would have done. Enter here what was done on "
            "paper.",
            "item_ids": [
                Command.create(
                    {
                        "name": what,
                        "happened_at": since + timedelta(minutes=minutes),
                        "done_by": who,
                        "company_id": demo.ref("company", "network").id,
                        "state": state,
                        "settled_by_id": lead.id,
                        "settled_at": until + timedelta(hours=1, minutes=minutes),
                    }
                )
                for minutes, who, what, state in ON_PAPER
            ],
        }
    )
    demo.bind("fallback", ["platform_moved"], fallback)
    backdate(fallback, {"create_date": [since]})
    backdate_messages(fallback, [since])


def _user(demo, key):
    people = demo.all("person_user")
    return people[key] if key in people else demo.ref("user", key)
