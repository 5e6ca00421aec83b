"""Events of approval requests: ids and labels, nothing of what a document says."""

from odoo.addons.healthcare_ops_automation.core.contract import (
    INTERNAL,
    PERSONAL,
    Contract,
    Timestamp,
    declare_event,
    tagged,
)

MODULE = "healthcare_ops_approvals"
PROCESS = "approval"


class ApprovalMoved(Contract):
    """A request as it stands after what happened to it."""

    request: str = tagged(INTERNAL, description="Number of the request")
    document_model: str = tagged(INTERNAL)
    document_id: int = tagged(INTERNAL, ge=1)
    document: str = tagged(INTERNAL, description="Name of the document when it was submitted")
    version: int = tagged(INTERNAL, ge=1, description="Counts what was put before the approvers")
    round: int = tagged(INTERNAL, ge=1, description="2 and more: it was submitted again")
    row: str = tagged(INTERNAL, description="Row of the policy that it goes by")
    requester: int = tagged(PERSONAL, ge=1, description="User who submitted it")
    amount: float = tagged(INTERNAL, description="In the policy's currency")
    currency: str | None = tagged(INTERNAL, description="The policy's currency")


class ApprovalWaits(ApprovalMoved):
    """A request that waits for decisions."""

    stages: list[str] = tagged(INTERNAL, description="Stages that are open")
    due_at: Timestamp | None = tagged(INTERNAL, None, description="When the first is to be decided")


class ApprovalOverdue(ApprovalMoved):
    """A request with stages whose due time has passed."""

    stages: list[str] = tagged(INTERNAL, description="Stages that are overdue")
    due_at: Timestamp = tagged(INTERNAL, description="When the first of them was due")
    asked: list[int] = tagged(PERSONAL, description="Users who have not decided in them")


class ApprovalStuck(ApprovalWaits):
    """A request about which nothing has happened for long."""

    moved_at: Timestamp = tagged(INTERNAL, description="When something last happened")
    hours: int = tagged(INTERNAL, ge=1, description="Working hours after which it is stuck")


class ApprovalOrphaned(ApprovalMoved):
    """A request with seats whose people cannot decide any more; all lists are in one order."""

    stages: list[str] = tagged(INTERNAL, description="Stage of each seat")
    people: list[int] = tagged(PERSONAL, description="User of each seat")
    reasons: list[str] = tagged(INTERNAL, description="Why the person cannot decide, in words")


_EXAMPLE = {
    "request": "APR/2026/00042",
    "document_model": "purchase.order",
    "document_id": 4711,
    "document": "P04711",
    "version": 1,
    "round": 1,
    "row": "Orders from 5,000",
    "requester": 7,
    "amount": 8250.0,
    "currency": "USD",
}
_WAITING = {**_EXAMPLE, "stages": ["Department head"], "due_at": "2026-03-04T09:00:00Z"}
_KINDS = (
    ("request.submitted", ApprovalWaits, "Submitted for approval", "A document was submitted."),
    ("request.approved", ApprovalMoved, "Approved", "The last stage was approved."),
    ("request.rejected", ApprovalMoved, "Rejected", "An approver rejected the document."),
    ("request.returned", ApprovalMoved, "Sent back", "An approver wants something changed."),
    ("request.withdrawn", ApprovalMoved, "Withdrawn", "The document was taken back."),
    (
        "request.reopened",
        ApprovalWaits,
        "Approval asked anew",
        "The document was changed, so that what was decided holds no more.",
    ),
    ("request.asked", ApprovalWaits, "Question asked", "An approver asked a question."),
    (
        "request.answered",
        ApprovalWaits,
        "Question answered",
        "What an approver asked was answered; it waits for the decision again.",
    ),
    ("stage.opened", ApprovalWaits, "Approval stage opened", "Other people are asked now."),
)

_OVERDUE = {
    **_EXAMPLE,
    "stages": ["Department head"],
    "due_at": "2026-03-04T09:00:00Z",
    "asked": [12],
}
_STUCK = {**_WAITING, "moved_at": "2026-03-02T08:30:00Z", "hours": 16}
_ORPHANED = {
    **_EXAMPLE,
    "stages": ["Department head"],
    "people": [12],
    "reasons": ["is archived"],
}
_WATCHED = (
    (
        "stage.overdue",
        ApprovalOverdue,
        "Approval overdue",
        "The due time of a stage has passed; told once for each due time.",
        _OVERDUE,
    ),
    (
        "request.stuck",
        ApprovalStuck,
        "Approval stuck",
        "No decision, question or change for as many working hours as Settings say.",
        _STUCK,
    ),
    (
        "seat.orphaned",
        ApprovalOrphaned,
        "Approver cannot decide any more",
        "Somebody who is asked lost the role, the company or the site, was archived, or is away.",
        _ORPHANED,
    ),
    (
        "request.reworked",
        ApprovalWaits,
        "Approval asked again and again",
        "It was submitted again, or changed while it waited, as often as Settings say.",
        _WAITING,
    ),
)

for _code, _contract, _name, _description in _KINDS:
    declare_event(
        f"approval.{_code}",
        _contract,
        module=MODULE,
        name=_name,
        description=_description,
        process_code=PROCESS,
        milestone_code=_code.replace("request.", "").replace(".", "_"),
        severity="info",
        lane="standard",
        example=_WAITING if _contract is ApprovalWaits else _EXAMPLE,
    )
for _code, _contract, _name, _description, _example in _WATCHED:
    declare_event(
        f"approval.{_code}",
        _contract,
        module=MODULE,
        name=_name,
        description=_description,
        process_code=PROCESS,
        milestone_code=_code.replace("request.", "").replace(".", "_"),
        severity="medium",
        lane="standard",
        example=_example,
    )
