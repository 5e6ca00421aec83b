"""Callback: what suppliers can deliver of a consumable that is below its critical level."""

from odoo.addons.healthcare_ops_automation.core.contract import (
    INTERNAL,
    Contract,
    Timestamp,
    declare_callback,
    tagged,
)

AVAILABILITY_ANSWERED = "supply.availability.answered"


class SupplierAvailability(Contract):
    """One supplier's answer."""

    ref: str = tagged(INTERNAL, min_length=1, max_length=64, description="Vendor reference")
    name: str = tagged(INTERNAL, min_length=1, max_length=200)
    preferred: bool = tagged(INTERNAL)
    can_deliver: bool = tagged(INTERNAL)
    quantity: float = tagged(
        INTERNAL, 0.0, ge=0, le=1e9, description="Available, in the unit of the event"
    )
    lead_days: int | None = tagged(INTERNAL, None, ge=0, le=3650)
    note: str | None = tagged(INTERNAL, None, max_length=500)


class AvailabilityAnswered(Contract):
    """The answers of all suppliers asked."""

    checked_at: Timestamp = tagged(INTERNAL)
    suppliers: list[SupplierAvailability] = tagged(INTERNAL, max_length=100)


declare_callback(
    AVAILABILITY_ANSWERED,
    AvailabilityAnswered,
    model="ops.supply.item",
    method="_ops_take_availability",
    module="healthcare_ops_supply",
    name="Suppliers asked",
    description="What each supplier can deliver of the consumable that is below its critical "
    "level, and when. Preferred vendors come first.",
    example={
        "checked_at": "2026-03-02T08:00:05Z",
        "suppliers": [
            {
                "ref": "V-1001",
                "name": "Example Medical Supplies",
                "preferred": True,
                "can_deliver": True,
                "quantity": 400.0,
                "lead_days": 4,
                "note": None,
            }
        ],
    },
)
