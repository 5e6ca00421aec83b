"""Supply items with their levels, and the history of their crossings and answers."""

from collections import defaultdict
from datetime import timedelta

from odoo.fields import Command

from .backdate import backdate, backdate_messages
from .context import dice
from .tables import table

BELOW, RECOVERED = "supply.item.below_critical", "supply.item.recovered"
# Days from today on which the clinical committee looks at a class again; some are overdue.
REVIEW_DAYS = (-40, 320)
# How many shortages of the past have their suppliers' answers on record.
ANSWERED_PAST = 24
ANSWER_MINUTES = (2, 25)


def build_items(demo, plan):
    """The items at their sites. Creating one takes stock of it without any event."""
    substitutes = {row["code"]: row["substitute"] for row in table("products")}
    values = []
    for item in plan.items:
        # A vital item has two vendors to turn to.
        vendors = [item.vendor, item.second_vendor][: 2 if item.ved == "vital" else 1]
        review = dice("review", item.product).randint(*REVIEW_DAYS)
        substitute = substitutes[item.product]
        values.append(
            {
                "product_id": demo.ref("product", item.product).id,
                "site_id": demo.ref("site", item.site).id,
                "ved_class": item.ved,
                "ved_review_date": demo.today + timedelta(days=review),
                "abc_class": item.abc,
                "critical_level": item.critical,
                "par_level": item.par,
                "preferred_vendor_ids": [
                    Command.set([demo.ref("vendor", vendor).id for vendor in vendors])
                ],
                "substitute_ids": [
                    Command.set(demo.ref("product", substitute).ids if substitute else [])
                ],
            }
        )
    keys = [f"{item.site} {item.product}" for item in plan.items]
    demo.bind("item", keys, demo.env["ops.supply.item"].create(values))


def import_crossings(demo, plan):
    """Three months of events, sealed and with their own time, delivered to nobody.

    An item's events must be imported in their order, and one call takes one type: so the
    first crossings of all items are imported, then the second ones, and so on.
    """
    rounds = defaultdict(lambda: {BELOW: [], RECOVERED: []})
    seen = defaultdict(int)
    for crossing in plan.crossings:
        key = (crossing.item.site, crossing.item.product)
        rounds[seen[key]][BELOW if crossing.below else RECOVERED].append(crossing)
        seen[key] += 1
    for _number, by_type in sorted(rounds.items()):
        for type_code, crossings in by_type.items():
            rows = [_event_row(demo, crossing) for crossing in crossings]
            demo.env["ops.event"]._import_settled(type_code, rows)


def _event_row(demo, crossing):
    item = demo.ref("item", f"{crossing.item.site} {crossing.item.product}")
    data = item._below_critical_data() if crossing.below else item._level_data()
    data["on_hand"] = crossing.on_hand
    if crossing.below:
        data["suggested_quantity"] = max(crossing.item.par - crossing.on_hand, 0)
    return {"record": item, "data": data, "occurred_at": crossing_moment(demo, crossing)}


def crossing_moment(demo, crossing):
    """When on its day an item crossed: goods come in the morning, shortages show later."""
    die = dice("crossing", crossing.item.site, crossing.item.product, crossing.day)
    hour = die.randint(11, 16) if crossing.below else die.randint(8, 10)
    tz = demo.ref("site", crossing.item.site).tz
    return demo.at(crossing.day, hour, tz, die.randint(0, 59))


def build_answers(demo, plan):
    """What suppliers said when they were asked: about today's shortages, and some past."""
    undeliverable = {
        (row["site"], row["product"])
        for row in table("exceptions")
        if row["category"] == "supply.no_preferred_vendor" and not row["resolution"]
    }
    below = [crossing for crossing in plan.crossings if crossing.below]
    present = {id(c.item): c for c in below if c.item.short}  # the latest of each item
    past = [crossing for crossing in below if not crossing.item.short][-ANSWERED_PAST:]
    moments, items = [], demo.env["ops.supply.item"]
    for crossing in [*present.values(), *past]:
        key = (crossing.item.site, crossing.item.product)
        item = demo.ref("item", " ".join(key))
        minutes = dice("answer", *key).randint(*ANSWER_MINUTES)
        checked_at = crossing_moment(demo, crossing) + timedelta(minutes=minutes)
        answers = _answer(demo, crossing, item, checked_at, deliverable=key not in undeliverable)
        item.message_post(
            body=answers._as_message(),
            author_id=demo.ref("user", "integration").partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
        items += item
        moments.append(checked_at)
    backdate_messages(items, moments)


def _answer(demo, crossing, item, checked_at, deliverable):
    event = demo.env["ops.event"].search(
        [
            ("res_model", "=", item._name),
            ("res_id", "=", item.id),
            ("type_code", "=", BELOW),
            ("occurred_at", "=", crossing_moment(demo, crossing)),
        ]
    )
    wanted = max(crossing.item.par - crossing.on_hand, 1)
    preferred = item.preferred_vendor_ids
    asked = preferred | demo.ref("vendor", crossing.item.second_vendor)
    answers = demo.env["ops.supply.answer"].create(
        [
            {
                "item_id": item.id,
                "event_id": event.id,
                "vendor_id": vendor.id,
                "vendor_ref": vendor.ref,
                "vendor_name": vendor.name,
                "preferred": vendor in preferred,
                "checked_at": checked_at,
                **_stock_of(vendor, crossing, wanted, deliverable or vendor not in preferred),
            }
            for vendor in asked
        ]
    )
    backdate(answers, {"create_date": [checked_at] * len(answers)})
    return answers


def _stock_of(vendor, crossing, wanted, able):
    """A believable answer of one vendor."""
    die = dice("vendor", vendor.ref, crossing.item.product, crossing.day)
    if not able:
        return {"can_deliver": False, "quantity": 0, "note": "Backlog at the manufacturer"}
    partly = die.random() < 0.25
    return {
        "can_deliver": True,
        "quantity": max(1, wanted // 2) if partly else wanted,
        "lead_days": die.randint(2, 8),
        "note": "Half now, the rest later" if partly else False,
    }
