"""Events of a service level's clock, each about the record that is measured."""

from ..core.contract import INTERNAL, Contract, Timestamp, declare_event, tagged

MODULE = "healthcare_ops_automation"
PROCESS = "service_levels"


class ClockMoved(Contract):
    """A clock as it stands after what happened to it. Durations are seconds of the hours
    that count."""

    clock: int = tagged(INTERNAL, ge=1, description="Number of the clock")
    policy: str = tagged(INTERNAL, description="Name of the policy")
    policy_version: int = tagged(INTERNAL, ge=1)
    measure: str = tagged(INTERNAL, description="What is measured, such as First response")
    target: str = tagged(INTERNAL, description="Name of the target")
    cycle: int = tagged(INTERNAL, ge=1, description="2 and more: the record was opened again")
    calendar: str | None = tagged(INTERNAL, description="Hours that count; none: around the clock")
    budget_seconds: int = tagged(INTERNAL, ge=0)
    used_seconds: int = tagged(INTERNAL, ge=0)
    started_at: Timestamp = tagged(INTERNAL)
    due_at: Timestamp | None = tagged(INTERNAL, description="None while the clock is paused")


class ClockStopped(ClockMoved):
    """A clock at its end."""

    outcome: str = tagged(INTERNAL, pattern="^(met|breached|cancelled)$")
    stopped_at: Timestamp = tagged(INTERNAL)


_EXAMPLE = {
    "clock": 4711,
    "policy": "Repairs of medical devices",
    "policy_version": 3,
    "measure": "First response",
    "target": "Life support",
    "cycle": 1,
    "calendar": None,
    "budget_seconds": 7200,
    "used_seconds": 0,
    "started_at": "2026-03-02T08:00:05Z",
    "due_at": "2026-03-02T10:00:05Z",
}
_KINDS = (
    ("started", "Service-level clock started", "info", "A record came under a service level."),
    ("paused", "Service-level clock paused", "info", "The record waits for somebody else."),
    ("resumed", "Service-level clock resumed", "info", "The record waits for us again."),
    ("at_risk", "Service level at risk", "medium", "Most of the budget is used."),
    ("breached", "Service level breached", "high", "The budget is used up. The clock runs on."),
)

for _kind, _name, _severity, _description in _KINDS:
    declare_event(
        f"sla.clock.{_kind}",
        ClockMoved,
        module=MODULE,
        name=_name,
        description=_description,
        process_code=PROCESS,
        milestone_code=_kind,
        severity=_severity,
        lane="standard",
        example=_EXAMPLE,
    )

declare_event(
    "sla.clock.stopped",
    ClockStopped,
    module=MODULE,
    name="Service-level clock stopped",
    description="What was waited for happened, in time (met) or too late (breached); or it is "
    "waited for no more (cancelled).",
    process_code=PROCESS,
    milestone_code="stopped",
    severity="info",
    lane="standard",
    example={
        **_EXAMPLE,
        "used_seconds": 4980,
        "outcome": "met",
        "stopped_at": "2026-03-02T09:23:05Z",
    },
)
