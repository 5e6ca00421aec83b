"""Contracts of events and callbacks, and the declarations beside them.

How to use::

    class ItemBelowCritical(Contract):
        on_hand: float = tagged(INTERNAL, description="Usable quantity on hand")

    declare_event("supply.item.below_critical", ItemBelowCritical, module=…, …)

Every field of a contract is tagged: *internal* may be shown to whoever reads the event,
*personal* says something about a person, *secret* must never be shown. An untagged field
is an error when the module is loaded, not a leak in production.
"""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic import ValidationError as ContractError

INTERNAL = "internal"
PERSONAL = "personal"
SECRET = "secret"
SENSITIVITIES = (INTERNAL, PERSONAL, SECRET)
SENSITIVITY_KEY = "x-sensitivity"

SEVERITIES = ("info", "low", "medium", "high", "critical")
LANES = ("critical", "standard", "bulk")


def _plausible(moment):
    if not 2000 <= moment.year <= 2100:
        raise ValueError("a time between the years 2000 and 2100 is expected")
    return moment


# A moment with its offset from UTC (RFC 3339), within what calendars and databases can take.
Timestamp = Annotated[AwareDatetime, AfterValidator(_plausible)]


def tagged(sensitivity, default=..., **constraints):
    """A contract's field with its sensitivity.

    :param str sensitivity: ``internal``, ``personal`` or ``secret``
    :param default: as for :func:`pydantic.Field`; required when left out
    :param constraints: anything :func:`pydantic.Field` takes
    """
    return Field(default, json_schema_extra={SENSITIVITY_KEY: sensitivity}, **constraints)


class Contract(BaseModel):
    """Base of every contract: unknown fields are refused, each field is tagged."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs):
        for name, info in cls.model_fields.items():
            extra = info.json_schema_extra or {}
            if extra.get(SENSITIVITY_KEY) not in SENSITIVITIES:
                raise TypeError(
                    f"{cls.__name__}.{name}: declare it with tagged({'|'.join(SENSITIVITIES)})"
                )
        return super().__pydantic_init_subclass__(**kwargs)


@dataclass(frozen=True)
class EventDeclaration:
    """An event type as its module declares it; see :func:`declare_event`."""

    code: str
    contract: type[Contract]
    module: str
    name: str
    description: str
    process_code: str
    milestone_code: str
    severity: str
    lane: str
    example: dict
    version: int = 1
    retention_days: int = 365
    # Minutes within which a receiver is expected to answer with a callback; 0: none expected.
    answer_minutes: float = 0.0


@dataclass(frozen=True)
class CallbackDeclaration:
    """A callback type as its module declares it; see :func:`declare_callback`."""

    code: str
    contract: type[Contract]
    model: str
    method: str
    module: str
    name: str
    description: str
    example: dict
    # Whether it answers an event; else it tells something on its own, such as a failure.
    is_answer: bool = True


@dataclass
class Declarations:
    """What the loaded modules declared, by code."""

    events: dict[str, EventDeclaration] = field(default_factory=dict)
    callbacks: dict[str, CallbackDeclaration] = field(default_factory=dict)


DECLARED = Declarations()


def declare_event(code, contract, **declaration):
    """Declare an event type beside its contract.

    :param str code: dotted lower-case name, such as ``supply.item.below_critical``
    :param contract: the :class:`Contract` its data follows
    :param declaration: the other fields of :class:`EventDeclaration`
    :raise ValueError: for an unknown severity or lane
    :raise pydantic.ValidationError: when the example does not follow the contract
    """
    declared = EventDeclaration(code=code, contract=contract, **declaration)
    if declared.severity not in SEVERITIES or declared.lane not in LANES:
        raise ValueError(f"{code}: unknown severity or lane")
    contract.model_validate(declared.example)
    DECLARED.events[code] = declared
    return declared


def declare_callback(code, contract, **declaration):
    """Declare that callbacks of type ``code`` are taken by ``env[model].method``.

    The method is called as the endpoint's integration user with ``(event, data,
    callback)``: the event it answers (none when it answers none), the checked contract,
    the ``ops.callback``; it returns a JSON-serialisable dict that is stored and sent as the
    answer.

    :param str code: dotted lower-case name, such as ``supply.availability.answered``
    :param contract: the :class:`Contract` its data follows
    :param declaration: the other fields of :class:`CallbackDeclaration`
    :raise pydantic.ValidationError: when the example does not follow the contract
    """
    declared = CallbackDeclaration(code=code, contract=contract, **declaration)
    contract.model_validate(declared.example)
    DECLARED.callbacks[code] = declared
    return declared


def problems(error, contract=None):
    """What a contract found wrong, one ``field: reason`` text for each.

    The offending values are left out: they may be personal or secret.

    :param contract: the contract that was broken; where its fields have labels, they are named
    """
    fields = contract.model_fields.items() if contract else ()
    labels = {info.alias or name: info.title for name, info in fields}
    texts = []
    for found in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in found["loc"]) or "data"
        label = found["loc"] and labels.get(found["loc"][0])
        texts.append(f"{f'{label} ({path})' if label else path}: {found['msg']}")
    return texts


__all__ = [
    "DECLARED",
    "INTERNAL",
    "LANES",
    "PERSONAL",
    "SECRET",
    "SEVERITIES",
    "Contract",
    "Timestamp",
    "ContractError",
    "declare_callback",
    "declare_event",
    "problems",
    "tagged",
]
