"""A stand-in for the suppliers' systems: who can deliver how much, and when.

A catalogue maps a vendor reference to its name and to what it has in stock; the item
code ``*`` stands for everything the vendor was not told about separately::

    {"V-100": {"name": "Alpine Medical", "items": {
        "NIT-M": {"quantity": 400, "lead_days": 2},
        "*": {"quantity": 0, "note": "discontinued"}}}}
"""

import json
from datetime import datetime, timezone

#: What the receiver knows when it is given no file: vendors of the demo network (their
#: references and item codes), of whom some have run out, and one outside of all contracts.
BUILT_IN = {
    "V-1001": {
        "name": "Ostermoor Medical Supplies",
        "items": {
            "MC-1106": {"quantity": 400, "lead_days": 4},
            "MC-1702": {"quantity": 60, "lead_days": 4},
            "MC-1703": {"quantity": 0, "note": "back-ordered"},
        },
    },
    "V-1002": {
        "name": "Lindgrave Hygiene Products",
        "items": {
            "MC-1007": {"quantity": 6000, "lead_days": 3},
            "MC-1401": {"quantity": 0, "note": "production stopped for three weeks"},
            "MC-1402": {"quantity": 900, "lead_days": 3},
        },
    },
    "V-1003": {
        "name": "Cardivane Infusion Systems",
        "items": {
            "MC-1201": {"quantity": 2500, "lead_days": 6},
            "MC-1202": {"quantity": 2500, "lead_days": 6},
            "MC-1206": {"quantity": 0, "note": "allocated to hospitals"},
        },
    },
    "V-1008": {
        "name": "Tiefenhorst Sterile Goods",
        "items": {"*": {"quantity": 1500, "lead_days": 6}},
    },
    "SPOT-MARKET": {
        "name": "Spot Market Medical",
        "items": {"*": {"quantity": 10_000, "lead_days": 9, "note": "no contract price"}},
    },
}


def load(path):
    """Read a catalogue from a JSON file and check its shape."""
    with open(path, encoding="utf-8") as handle:
        return check_catalogue(json.load(handle))


def check_catalogue(catalogue):
    """Return ``catalogue`` if it has the shape described above.

    :raises ValueError: names the vendor or item that is wrong
    """
    if not isinstance(catalogue, dict):
        raise ValueError("a catalogue is an object keyed by vendor reference")
    for ref, vendor in catalogue.items():
        items = vendor.get("items") if isinstance(vendor, dict) else None
        if not isinstance(items, dict):
            raise ValueError(f"vendor {ref!r} has no object 'items'")
        for code, stock in items.items():
            quantity = stock.get("quantity") if isinstance(stock, dict) else None
            if isinstance(quantity, bool) or not isinstance(quantity, (int, float)):
                raise ValueError(f"item {code!r} of vendor {ref!r} has no number 'quantity'")
    return catalogue


def check_availability(catalogue, event_data):
    """Answer a ``supply.item.below_critical`` event.

    :param dict event_data: the event's ``data``
    :return: the ``data`` of a ``supply.availability.answered`` callback. Preferred
        vendors come first, in the order of the event; then everybody else in the
        catalogue who carries the item.
    """
    code = event_data["item"]["code"]
    wanted = event_data.get("suggested_quantity") or 0
    preferred = {vendor["ref"]: vendor["name"] for vendor in event_data["preferred_vendors"]}
    answers = [
        _answer(catalogue, ref, name, code, wanted, preferred=True)
        for ref, name in preferred.items()
    ]
    answers += [
        _answer(catalogue, ref, vendor.get("name", ref), code, wanted, preferred=False)
        for ref, vendor in catalogue.items()
        if ref not in preferred and _stock(vendor, code) is not None
    ]
    return {"checked_at": rfc3339_now(), "suppliers": answers}


def rfc3339_now():
    """Return the present moment in UTC as CloudEvents wants it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stock(vendor, code):
    items = vendor["items"]
    return items.get(code, items.get("*"))


def _answer(catalogue, ref, name, code, wanted, *, preferred):
    stock = _stock(catalogue[ref], code) if ref in catalogue else None
    quantity = stock["quantity"] if stock else 0
    can_deliver = quantity > 0 and quantity >= wanted
    note = stock.get("note") if stock else "the vendor does not carry this item"
    return {
        "ref": ref,
        "name": name,
        "preferred": preferred,
        "can_deliver": can_deliver,
        "quantity": quantity,
        "lead_days": stock.get("lead_days") if stock and can_deliver else None,
        "note": note,
    }
