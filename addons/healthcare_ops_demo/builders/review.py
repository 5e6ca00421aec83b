"""Yesterday's exception review, as it was held."""

from datetime import timedelta

from odoo.fields import Command

MINUTES = 18
OUTCOME = (
    "Vital items are covered until the end of the week. Porto Claro gets serum tubes from the "
    "day hospital; procurement asks for a second source of contrast medium."
)
# Decisions by the status in which the exception stands now.
DECISIONS = {
    "new": ("later", "Nobody on site yet"),
    "triaged": ("assigned", ""),
    "in_work": ("keep", ""),
    "waiting": ("keep", "Ask again tomorrow"),
}


def build_review(demo):
    """The network's review of yesterday: of what was open then, decided one by one."""
    company = demo.ref("company", "network")
    manager = demo.ref("user", "manager")
    tz = demo.ref("site", "AUC").tz
    day = demo.today - timedelta(days=1)
    started = demo.at(day, 8, tz, 15)
    exceptions = demo.env["ops.exception"].search(
        [
            ("company_id", "=", company.id),
            ("is_open", "=", True),
            ("parent_id", "=", False),
            ("first_seen", "<", started),
        ],
        order="first_seen desc, id",
    )
    lines = []
    for number, exception in enumerate(exceptions, 1):
        decision, note = DECISIONS[exception.state]
        age = (started - exception.first_seen).days
        group = "new" if age < 2 else "old" if age > 7 else "overdue"
        lines.append(
            Command.create(
                {
                    "sequence": number,
                    "exception_id": exception.id,
                    "exception_name": exception.name,
                    "group": group,
                    "site_id": exception.site_id.id,
                    "severity": exception.severity,
                    "state_before": exception.state,
                    "owner_before": exception.responsible_id.name,
                    "due_before": exception.due_at,
                    "decision": decision,
                    "note": note,
                    "reviewed_by_id": manager.id,
                    "reviewed_at": started + timedelta(minutes=number),
                }
            )
        )
    review = demo.env["ops.exception.review"].create(
        {
            "date": day,
            "company_id": company.id,
            "scope_key": "all",
            "state": "held",
            "user_id": manager.id,
            "participant_ids": [
                Command.set([demo.ref("user", key).id for key in ("e05", "procurement")])
            ],
            "since": started - timedelta(days=1),
            "started_at": started,
            "finished_at": started + timedelta(minutes=MINUTES),
            "outcome": OUTCOME,
            "line_ids": lines,
        }
    )
    demo.bind("review", ["yesterday"], review)
    for line in review.line_ids:
        line.exception_id.reviewed_at = line.reviewed_at
