"""The network's purchase approval policy: edited by one administrator, published by another."""

from datetime import timedelta

from odoo.fields import Command

from .backdate import backdate, backdate_messages

EDITOR, PUBLISHER = "administrator.deputy", "administrator"
ESCALATE_HOURS = (24, 40)
DUE_HOURS = {"quick": 8, "routine": 16}
TOLERANCE = {"tolerance_percent": 5, "tolerance_amount": 250}
DESCRIPTION = (
    "Agreed between the director, finance and procurement. Amounts are totals with tax. "
    "What was ordered before stays as it is."
)


def build_approval_policy(demo):
    """One matrix for the purchases of the network company, in force since some days ago.

    What was ordered before stays as it is. The laboratory company has no policy: there, orders
    are confirmed as Odoo does it.
    """
    _escalation(demo)
    values = {"name": "Purchasing", "description": DESCRIPTION}
    put_in_force(demo, "purchasing", "purchase.order", values, TOLERANCE, _rows(demo))


def put_in_force(demo, key, model, values, version_values, rows):
    """A policy of the network company, as one administrator writes it and another publishes it.

    :param rows: commands for the rows, see :func:`row_commands`
    """
    company = demo.ref("company", "network")
    policy = acting(demo, EDITOR)["ops.approval.policy"].create(
        {
            "model_id": demo.env["ir.model"]._get_id(model),
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "owner_id": demo.ref("user", "finance").id,
            **values,
        }
    )
    demo.bind("approval_policy", [key], policy.with_env(demo.env))
    draft = policy.draft_version_id
    draft.write({**version_values, "note": "First version.", "row_ids": rows})
    draft.with_env(acting(demo, PUBLISHER)).action_publish()
    edited, published = (demo.at(workday(demo, days), 14, "Europe/Berlin") for days in (6, 4))
    policy, version = policy.with_env(demo.env), draft.with_env(demo.env)
    backdate(policy, {"create_date": [edited]})
    backdate(version, {"last_edited_at": [edited], "published_at": [published]})
    backdate_messages(policy, [published])


def workday(demo, days):
    """The day so many working days (Monday to Friday) before today."""
    day = demo.today
    while days:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day


def acting(demo, who):
    """The environment of a person in the network company: what they may do, and no more."""
    company = demo.ref("company", "network")
    context = {**demo.env.context, "allowed_company_ids": company.ids}
    return demo.env(user=person(demo, who).id, su=False, context=context)


def person(demo, key):
    """A user by login, or by the key of a person without one."""
    people = demo.all("person_user")
    return people[key] if key in people else demo.ref("user", key)


def named(demo, *keys, **values):
    """Of a stage: people by login, or by key."""
    users = [person(demo, key).id for key in keys]
    return {"approver_kind": "users", "user_ids": [Command.set(users)], **values}


def stage(demo, step, name, due, values):
    """A command for a stage, due as :data:`DUE_HOURS` says; it escalates as all do."""
    escalation = demo.ref("escalation_policy", "approval_late")
    late = {"due_hours": DUE_HOURS[due], "escalation_policy_id": escalation.id}
    return Command.create({"step": step, "name": name, **late, **values})


def row_commands(rows):
    """Commands for rows, as they are tried from the top: (values, (from, to), stages) of each."""
    return [
        Command.create(
            {
                "sequence": 10 * number,
                "amount_from": low,
                "amount_to": high,
                "stage_ids": stages,
                **values,
            }
        )
        for number, (values, (low, high), stages) in enumerate(rows, 1)
    ]


def _rows(demo):
    site = {"approver_kind": "site_role", "site_role": "approvers"}
    head = {"approver_kind": "department_head"}
    medicines = demo.ref("category", "medicines").id
    rows = (
        (
            {"name": "Vaccines and medicines", "category_id": medicines},
            (250, 5000),
            [stage(demo, 1, "Head of nursing", "quick", named(demo, "approver"))],
        ),
        ({"name": "Small orders", "outcome": "none"}, (0, 1000), []),
        (
            {"name": "Routine"},
            (1000, 5000),
            [stage(demo, 1, "Approver of the site", "quick", site)],
        ),
        (
            {"name": "Large"},
            (5000, 25000),
            [
                stage(demo, 1, "Head of department", "routine", head),
                stage(demo, 2, "Finance", "routine", named(demo, "finance")),
            ],
        ),
        (
            {"name": "Investment"},
            (25000, 0),
            [
                stage(
                    demo,
                    1,
                    "Purchasing committee",
                    "routine",
                    named(demo, "approver", "finance", "e05", mode="n_of_m", quorum=2),
                ),
                stage(demo, 2, "Director", "routine", named(demo, "manager")),
            ],
        ),
    )
    return row_commands(rows)


def _escalation(demo):
    """What happens while a stage waits: the manager of the site is told, then a person looks."""
    env = demo.env
    remind, give_up = ESCALATE_HOURS
    policy = env["ops.escalation.policy"].create(
        {
            "name": "Approval that nobody decides",
            "description": "Begins when a stage is asked; ends when it is decided.",
            "model_id": env["ir.model"]._get_id("ops.approval.request"),
            "stop_domain": "[('state', '!=', 'pending')]",
            "hours": "site",
            "step_ids": [
                Command.create(
                    {
                        "sequence": 10,
                        "kind": "activity",
                        "recipient": "site_manager",
                        "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
                        "delay_hours": remind,
                        "summary": "“{{ object.res_name }}” waits for a decision",
                        "text": "{{ object.name }} was submitted on {{ object.submitted_at }}.",
                    }
                ),
                Command.create(
                    {
                        "sequence": 20,
                        "kind": "exception",
                        "category_id": env.ref(
                            "healthcare_ops_demo.exception_category_approval_late"
                        ).id,
                        "delay_hours": give_up - remind,
                        "text": "{{ object.name }}: nobody decides about {{ object.res_name }}.",
                    }
                ),
            ],
        }
    )
    demo.bind("escalation_policy", ["approval_late"], policy)
