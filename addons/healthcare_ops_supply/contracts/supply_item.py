"""Events of a consumable at a site: its usable stock crossed the critical level."""

from odoo.addons.healthcare_ops_automation.core.contract import (
    INTERNAL,
    Contract,
    declare_event,
    tagged,
)

MODULE = "healthcare_ops_supply"
PROCESS = "replenishment"
BELOW_CRITICAL = "supply.item.below_critical"
RECOVERED = "supply.item.recovered"


class Item(Contract):
    """The consumable."""

    code: str = tagged(INTERNAL, description="Internal reference")
    name: str = tagged(INTERNAL)
    barcode: str | None = tagged(INTERNAL, None, description="GTIN")
    ved_class: str = tagged(INTERNAL, description="vital, essential or desirable")
    uom: str = tagged(INTERNAL, description="Unit of all quantities")


class Site(Contract):
    """The facility."""

    code: str = tagged(INTERNAL)
    name: str = tagged(INTERNAL)


class Vendor(Contract):
    """A preferred vendor, by the reference other systems know it under."""

    ref: str = tagged(INTERNAL)
    name: str = tagged(INTERNAL)


class ItemLevel(Contract):
    """Usable stock and levels of a consumable at a site, in the item's unit."""

    item: Item = tagged(INTERNAL)
    site: Site = tagged(INTERNAL)
    on_hand: float = tagged(INTERNAL, description="On hand minus expired and quarantined")
    critical_level: float = tagged(INTERNAL, ge=0)
    par_level: float = tagged(INTERNAL, ge=0, description="Refill to this level")


class ItemBelowCritical(ItemLevel):
    """What a receiver needs in order to ask suppliers."""

    suggested_quantity: float = tagged(INTERNAL, ge=0, description="What is missing to par")
    preferred_vendors: list[Vendor] = tagged(INTERNAL)


_LEVEL_EXAMPLE = {
    "item": {
        "code": "GLV-NIT-M",
        "name": "Nitrile gloves, size M",
        "barcode": "2000000000015",
        "ved_class": "vital",
        "uom": "Box",
    },
    "site": {"code": "HARBOUR", "name": "Harbour Clinic"},
    "critical_level": 20.0,
    "par_level": 80.0,
}

declare_event(
    BELOW_CRITICAL,
    ItemBelowCritical,
    module=MODULE,
    name="Stock below critical level",
    description="The usable stock of a consumable at a site fell below its critical level. "
    "Sent once, when the level is crossed; armed again when stock is back above it.",
    process_code=PROCESS,
    milestone_code="below_critical",
    severity="critical",
    lane="critical",
    answer_minutes=15,
    example={
        **_LEVEL_EXAMPLE,
        "on_hand": 18.0,
        "suggested_quantity": 62.0,
        "preferred_vendors": [{"ref": "V-1001", "name": "Example Medical Supplies"}],
    },
)

declare_event(
    RECOVERED,
    ItemLevel,
    module=MODULE,
    name="Stock back above critical level",
    description="The usable stock of a consumable at a site is back at or above its critical "
    "level.",
    process_code=PROCESS,
    milestone_code="recovered",
    severity="info",
    lane="standard",
    example={**_LEVEL_EXAMPLE, "on_hand": 80.0},
)
