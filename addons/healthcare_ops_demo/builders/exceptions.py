"""Exceptions in every state: raised by the engine, then worked on by people."""

from datetime import timedelta

from .backdate import backdate, backdate_messages
from .context import dice
from .tables import table

CLOSED = ("resolved", "accepted")
TAKEN = ("triaged", "in_work", "waiting")
NO_VENDOR = "supply.no_preferred_vendor"
REPEAT_HOURS = 20
DAYS_TO_CLOSE = (1, 5)


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
        severe = row["category"] == NO_VENDOR and item.ved_class == "vital"
        exception = raised._raise_exception(
            row["category"], row["reason"], item, severity="critical" if severe else None
        )
        for _repeat in range(int(row["count"]) - 1):
            raised._raise_exception(row["category"], row["reason"], item)
        _work_on(demo, exception, row, first)
        raised += exception
        opened.append(first)
    backdate(raised, {"create_date": opened})
    backdate_messages(raised, opened)


def _work_on(demo, exception, row, first):
    """Set owner, state and times; the builder is the superuser, so facts may be set."""
    category = exception.category_id
    repeats = int(row["count"]) - 1
    yesterday_evening = demo.at(demo.today, 0, "UTC") - timedelta(hours=7)
    last = min(first + timedelta(hours=REPEAT_HOURS * repeats), yesterday_evening)
    due = first + timedelta(hours=category.due_hours)
    if row["state"] in TAKEN:
        # Whoever took it agreed on another day.
        days = dice("due", row["site"], row["product"]).randint(0, 3)
        due = demo.at(demo.today + timedelta(days=days), 15, demo.ref("site", row["site"]).tz)
    values = {"first_seen": first, "last_seen": max(first, last), "due_at": due}
    if row["owner"]:
        values["user_id"] = demo.ref("user", row["owner"]).id
    exception.write({**values, "state": row["state"], "resolution": row["resolution"]})
    if row["state"] in CLOSED:
        days = dice("closed", row["site"], row["product"]).randint(*DAYS_TO_CLOSE)
        exception.closed_at = first + timedelta(days=days, hours=2)
