"""Events of an exception: who has it and what became of it; nothing of what people wrote."""

from ..core.contract import (
    INTERNAL,
    PERSONAL,
    SEVERITIES,
    Contract,
    Timestamp,
    declare_event,
    tagged,
)

MODULE = "healthcare_ops_automation"
PROCESS = "exception"
RAISED = "exception.raised"
ASSIGNED = "exception.assigned"
RESOLVED = "exception.resolved"
REOPENED = "exception.reopened"


class ExceptionMoved(Contract):
    """An exception as it stands after what happened to it."""

    exception: int = tagged(INTERNAL, ge=1, description="Number of the exception")
    category: str = tagged(INTERNAL, description="Code of the category")
    severity: str = tagged(INTERNAL, pattern=f"^({'|'.join(SEVERITIES)})$")
    source_model: str | None = tagged(INTERNAL, None, description="Model of what it is about")
    source_id: int | None = tagged(INTERNAL, None, ge=0)
    occurrences: int = tagged(INTERNAL, ge=1)
    first_seen: Timestamp = tagged(INTERNAL)
    due_at: Timestamp | None = tagged(INTERNAL, None)
    team: int | None = tagged(INTERNAL, None, ge=1, description="Number of the team that has it")
    owner: int | None = tagged(PERSONAL, None, ge=1, description="User who has it")


class ExceptionResolved(ExceptionMoved):
    """A closed exception."""

    outcome: str = tagged(INTERNAL, pattern="^(resolved|accepted)$")
    resolution: int | None = tagged(INTERNAL, None, ge=1, description="Number of the code chosen")


_EXAMPLE = {
    "exception": 4711,
    "category": "delivery_dead",
    "severity": "high",
    "source_model": "ops.endpoint",
    "source_id": 3,
    "occurrences": 1,
    "first_seen": "2026-03-02T08:00:05Z",
    "due_at": "2026-03-03T08:00:05Z",
    "team": None,
    "owner": 12,
}
_KINDS = (
    (RAISED, ExceptionMoved, "Exception raised", "A machine could not finish something.", {}),
    (ASSIGNED, ExceptionMoved, "Exception assigned", "It got another owner or team.", {}),
    (
        RESOLVED,
        ExceptionResolved,
        "Exception resolved",
        "It was resolved, or accepted as it is.",
        {"outcome": "resolved", "resolution": 5},
    ),
    (REOPENED, ExceptionMoved, "Exception reopened", "It was not settled after all.", {}),
)

for _code, _contract, _name, _description, _more in _KINDS:
    declare_event(
        _code,
        _contract,
        module=MODULE,
        name=_name,
        description=_description,
        process_code=PROCESS,
        milestone_code=_code.removeprefix("exception."),
        severity="info",
        lane="standard",
        example={**_EXAMPLE, **_more},
    )
