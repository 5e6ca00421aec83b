"""Exceptions in every state: raised by the engine, then worked on by people."""

from datetime import timedelta

from odoo import fields

from .backdate import backdate, backdate_messages
from .context import dice
from .tables import table

CLOSED = ("resolved", "accepted")
TAKEN = ("triaged", "in_work", "waiting")
NO_VENDOR = "supply.no_preferred_vendor"
REPEAT_HOURS = 20
DAYS_TO_CLOSE = (1, 5)
ENGINE = "healthcare_ops_automation"
# What a status went through before.
WAY = {
    "new": (),
    "triaged": ("triaged",),
    "in_work": ("triaged", "in_work"),
    "waiting": ("triaged", "in_work", "waiting"),
    "resolved": ("triaged", "in_work", "resolved"),
    "accepted": ("triaged", "accepted"),
}


def build_exceptions(demo):
    """Raise the exceptions of the table as the engine does, then give them their past."""
    no_vendor = demo.env.ref("healthcare_ops_supply.exception_category_no_preferred_vendor")
    no_vendor.user_id = demo.ref("user", "procurement")
    raised = demo.env["ops.exception"]
    opened = []
    for row in table("exceptions"):
        item = demo.ref("item", f"{row['site']} {row['product']}")
        tz = demo.ref("site", row["site"]).tz
        hour = dice("exception", row["site"], row["product"]).randint(8, 15)
        first = demo.at(demo.today - timedelta(days=int(row["days_ago"])), hour, tz)
        # What came up today has come up already, whatever the time is.
        first = min(first, fields.Datetime.now() - timedelta(hours=1))
        severe = row["category"] == NO_VENDOR and item.ved_class == "vital"
        exception = raised._raise_exception(
            row["category"], row["reason"], item, severity="critical" if severe else None
        )
        for _repeat in range(int(row["count"]) - 1):
            raised._raise_exception(row["category"], row["reason"], item)
        _work_on(demo, exception, row, first)
        _tell_past(demo, exception, row, first)
        demo.bind_unnamed("exception", f"{row['site']} {row['product']}", exception)
        raised += exception
        opened.append(first)
    backdate(raised, {"create_date": opened})
    backdate_messages(raised, opened)


def _work_on(demo, exception, row, first):
    """Set owner, state and times; the builder is the superuser, so facts may be set."""
    category = exception.category_id
    due = first + timedelta(hours=category.due_hours)
    if row["state"] in TAKEN:
        # Whoever took it agreed on another day.
        days = dice("due", row["site"], row["product"]).randint(0, 3)
        due = demo.at(demo.today + timedelta(days=days), 15, demo.ref("site", row["site"]).tz)
    values = {
        "first_seen": first,
        "last_seen": max(first, _last_repeat(demo, row, first)),
        "due_at": due,
        "state": row["state"],
        "resolution": row["resolution"],
        "cause_id": _code(demo, "cause", row["cause"]),
        "resolution_id": _code(demo, "resolution", row["code"]),
        "waiting_reason": row["waiting"],
    }
    if row["owner"]:
        values["user_id"] = demo.ref("user", row["owner"]).id
    if row["waiting"]:
        values["follow_up_date"] = demo.today + timedelta(days=1)
    if row["main"]:
        values["parent_id"] = demo.ref("exception", row["main"]).id
    exception.write(values)
    moments = _way(row, first)
    later = {"triaged": "triaged_at", "in_work": "taken_at"}
    exception.write({later[state]: at for state, at in moments.items() if state in later})
    if row["state"] in CLOSED:
        exception.closed_at = moments[row["state"]]


def _code(demo, kind, code):
    return demo.env.ref(f"{ENGINE}.exception_{kind}_{code}").id if code else False


def _last_repeat(demo, row, first):
    yesterday_evening = demo.at(demo.today, 0, "UTC") - timedelta(hours=7)
    return min(first + timedelta(hours=REPEAT_HOURS * (int(row["count"]) - 1)), yesterday_evening)


def _way(row, first):
    """When it came to each status: {status: moment}."""
    moments, at = {}, first
    for state in WAY[row["state"]]:
        at += timedelta(minutes=dice("way", row["site"], row["product"], state).randint(20, 170))
        moments[state] = at
    if row["state"] in CLOSED:
        days = dice("closed", row["site"], row["product"]).randint(*DAYS_TO_CLOSE)
        moments[row["state"]] = first + timedelta(days=days, hours=2)
    return moments


def _tell_past(demo, exception, row, first):
    """The steps as they would have been written then, instead of those of the building."""
    exception.step_ids.unlink()
    owner, team = exception.user_id, exception.team_id
    rows = [{"kind": "raised", "at": first, "count": 1, "new": owner.name or team.name}]
    last = _last_repeat(demo, row, first)
    days = {}
    for number in range(1, int(row["count"])):
        at = max(first, min(first + timedelta(hours=REPEAT_HOURS * number), last))
        days.setdefault(at.date(), []).append(at)
    rows += [
        {"kind": "repeated", "at": at[0], "day": day, "count": len(at), "last_at": at[-1]}
        for day, at in days.items()
    ]
    before, since = "new", first
    for state, at in _way(row, first).items():
        note = {"waiting": row["waiting"], "resolved": row["resolution"]}.get(state)
        seconds = int((at - since).total_seconds())
        rows.append(
            {
                "kind": "status",
                "at": at,
                "user_id": (owner or team.responsible_id).id,
                "old": before,
                "new": state,
                "seconds": seconds,
                "note": note,
            }
        )
        before, since = state, at
    steps = demo.env["ops.exception.step"]
    steps.create([{**values, "exception_id": exception.id} for values in rows])
