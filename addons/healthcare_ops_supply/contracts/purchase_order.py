"""Events of a purchase order: numbers and states, nothing of what is written on it."""

from odoo.addons.healthcare_ops_automation.core.contract import (
    INTERNAL,
    Contract,
    declare_event,
    tagged,
)

MODULE = "healthcare_ops_supply"
PROCESS = "purchase"
CREATED = "purchase.order.created"
CONFIRMED = "purchase.order.confirmed"
RECEIVED = "purchase.order.received"
CANCELLED = "purchase.order.cancelled"
REOPENED = "purchase.order.reopened"


class OrderMoved(Contract):
    """An order after what happened to it."""

    order: str = tagged(INTERNAL, description="Number of the order")
    vendor: int = tagged(INTERNAL, ge=1, description="Number of the vendor")
    vendor_ref: str | None = tagged(INTERNAL, None, description="Vendor reference")


class OrderValued(OrderMoved):
    """An order that is worth something by now."""

    amount: float = tagged(INTERNAL, description="With taxes, in the order's currency")
    currency: str = tagged(INTERNAL)


class OrderReceived(OrderValued):
    """An order of which nothing more is to come."""

    complete: bool = tagged(
        INTERNAL, description="All of it came; no: the rest is not awaited any more"
    )


_EXAMPLE = {"order": "P04711", "vendor": 42, "vendor_ref": "V-1001"}
_VALUED = {**_EXAMPLE, "amount": 8250.0, "currency": "USD"}
_KINDS = (
    (CREATED, OrderMoved, "Purchase order created", "A request for quotation was made.", _EXAMPLE),
    (CONFIRMED, OrderValued, "Purchase order confirmed", "It was ordered.", _VALUED),
    (
        RECEIVED,
        OrderReceived,
        "Purchase order received",
        "All that was ordered came, or the rest is not awaited any more.",
        {**_VALUED, "complete": True},
    ),
    (CANCELLED, OrderValued, "Purchase order cancelled", "It was cancelled.", _VALUED),
    (
        REOPENED,
        OrderMoved,
        "Purchase order reopened",
        "A cancelled order was made a request for quotation again.",
        _EXAMPLE,
    ),
)

for _code, _contract, _name, _description, _example in _KINDS:
    declare_event(
        _code,
        _contract,
        module=MODULE,
        name=_name,
        description=_description,
        process_code=PROCESS,
        milestone_code=_code.removeprefix("purchase.order."),
        severity="info",
        lane="bulk",
        example=_example,
    )
