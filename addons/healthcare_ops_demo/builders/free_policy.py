"""Who approves what people of the network ask for: by kind, and by amount for the rest."""

from .approvals import named, put_in_force, row_commands, stage

DESCRIPTION = (
    "For everything that has a form under “Ask for something” and no order of its own yet. Small "
    "things stay with the manager of whoever asks."
)
# While somebody's question is open, it is not the approver who lets it wait.
PAUSES = {"ask_pauses": True}
SITE = {"approver_kind": "site_role", "site_role": "manager", **PAUSES}
ABOVE = {"approver_kind": "requester_manager", **PAUSES}


def build_request_policy(demo):
    """One policy for requests of every kind in the network company."""
    values = {"name": "Requests", "description": DESCRIPTION}
    put_in_force(demo, "requests", "ops.request", values, {}, _rows(demo))


def _rows(demo):
    def kind(code):
        return demo.env.ref(f"healthcare_ops_approvals.request_category_{code}").id

    quality = named(demo, "approver", "manager", "e05", mode="n_of_m", quorum=2, **PAUSES)
    return row_commands(
        (
            (
                {"name": "Policy exception", "category_id": kind("policy_exception")},
                (0, 0),
                [stage(demo, 1, "Quality circle", "routine", quality)],
            ),
            (
                {"name": "Access to a system", "category_id": kind("system_access")},
                (0, 0),
                [stage(demo, 1, "Manager of who asks", "quick", ABOVE)],
            ),
            (
                {"name": "Overtime", "category_id": kind("overtime")},
                (0, 0),
                [stage(demo, 1, "Manager of the site", "quick", SITE)],
            ),
            (
                {"name": "Small"},
                (0, 500),
                [stage(demo, 1, "Manager of who asks", "quick", ABOVE)],
            ),
            (
                {"name": "Routine"},
                (500, 5000),
                [stage(demo, 1, "Manager of the site", "routine", SITE)],
            ),
            (
                {"name": "Large"},
                (5000, 0),
                [
                    stage(demo, 1, "Manager of the site", "routine", SITE),
                    stage(demo, 2, "Finance", "routine", named(demo, "finance", **PAUSES)),
                ],
            ),
        )
    )
