"""Callback: an automation in another system failed by itself."""

from typing import Annotated

from pydantic import AfterValidator

from ..core.contract import INTERNAL, Contract, Timestamp, declare_callback, tagged
from ..core.link import LINK_LIMIT, check_link

AUTOMATION_FAILED = "automation.failed"


class AutomationFailed(Contract):
    """A workflow that stopped with an error, so that a person learns of it here."""

    automation: str = tagged(
        INTERNAL, min_length=1, max_length=200, description="Name of the workflow"
    )
    message: str = tagged(
        INTERNAL, min_length=1, max_length=2000, description="What went wrong, in words"
    )
    step: str | None = tagged(
        INTERNAL, None, max_length=200, description="The step or node that failed"
    )
    execution: str | None = tagged(INTERNAL, None, max_length=200, description="Id of the run")
    url: Annotated[str | None, AfterValidator(check_link)] = tagged(
        INTERNAL,
        None,
        max_length=LINK_LIMIT,
        description="Where the run can be looked at: http or https",
    )
    event: str | None = tagged(
        INTERNAL, None, max_length=64, description="Id of the event that was being worked on"
    )
    occurred_at: Timestamp = tagged(INTERNAL, description="When it failed")


declare_callback(
    AUTOMATION_FAILED,
    AutomationFailed,
    model="ops.exception",
    method="_ops_take_automation_failed",
    module="healthcare_ops_automation",
    name="Automation failed",
    description="An automation in another system stopped with an error. Opens an exception for "
    "each workflow and step, and counts repeats on it.",
    example={
        "automation": "Supplier availability",
        "message": "The supplier's system did not answer within 30 s.",
        "step": "Ask supplier",
        "execution": "1042",
        "url": "https://n8n.example.com/workflow/a1b2/executions/1042",
        "event": "evt_6f1c0d3a4b5e4f6f8a9b0c1d2e3f4a5b",
        "occurred_at": "2026-03-02T08:00:05Z",
    },
    is_answer=False,
)
