"""An escalation policy as an administrator writes one, with a running and a finished escalation."""

from datetime import timedelta

from odoo.fields import Command

STEPS = (
    {
        "kind": "activity",
        "recipient": "responsible",
        "delay_hours": 2,
        "summary": "Take up “{{ object.name }}”",
        "text": "{{ object.equipment_id ||| A device }} waits since {{ object.request_date }}.",
    },
    {
        "kind": "line",
        "line_act": "notify",
        "delay_hours": 4,
        "repeat_every_hours": 8,
        "repeat_times": 2,
        "summary": "Nobody takes up “{{ object.name }}”",
    },
    {
        "kind": "exception",
        "delay_hours": 16,
        "text": "{{ object.name }}: the repair was asked for on {{ object.request_date }}, and "
        "nobody took it up.",
    },
)
RUNNING = "Battery below 70 % at self-test"
FINISHED = "Vacuum test failed"
REASON = "Started by “Urgent repairs are escalated”."


def build_escalations(demo):
    """The policy, and what became of two urgent repairs."""
    env = demo.env
    todo = env.ref("mail.mail_activity_data_todo")
    model = env["ir.model"]._get("maintenance.request")
    category = env.ref("healthcare_ops_demo.exception_category_repair_late")
    needs = {
        "activity": {"activity_type_id": todo.id},
        "line": {"activity_type_id": todo.id},
        "exception": {"category_id": category.id},
    }
    policy = env["ops.escalation.policy"].create(
        {
            "name": "Urgent repair that nobody takes up",
            "description": "Begins when a repair gets the highest priority; ends when it is done "
            "or planned.",
            "model_id": model.id,
            "stop_domain": "['|', ('stage_id.done', '=', True), ('schedule_date', '!=', False)]",
            "hours": "site",
            "step_ids": [
                Command.create({"sequence": number, **needs[step["kind"]], **step})
                for number, step in enumerate(STEPS, 1)
            ],
        }
    )
    demo.bind("escalation_policy", ["urgent_repair"], policy)
    requests = env["maintenance.request"]
    runs = []
    for key, name, days in (("running", RUNNING, 0), ("finished", FINISHED, 16)):
        request = requests.search([("name", "=", name)], limit=1)
        run = policy._start(request, REASON)
        demo.bind("escalation", [key], run)
        started = demo.at(demo.today - timedelta(days=days + 1), 15, "Europe/Berlin")
        runs.append((run, started))
    _let_run(demo, *runs[0], steps=1)
    _let_run(demo, *runs[1], steps=5)


def _let_run(demo, run, started, steps):
    """Give an escalation its past: what its first steps did, and when.

    The builder is the superuser, so it writes what the engine would have written.
    """
    technician, above = demo.ref("user", "technician"), demo.ref("user", "manager")
    scheduled, up = "An activity was scheduled.", f"It is with {above.name} now."
    nobody = f"Nobody stands above {above.name}."
    took = (
        (1, 0, 2, "done", technician.name, scheduled, False),
        (2, 0, 18, "done", above.name, up, False),
        (2, 1, 26, "skipped", "", nobody, True),
        (3, 0, 42, "done", technician.name, "“Repair not taken up” waits for a person.", False),
    )[:steps]
    plan = {step["number"]: step for step in run.version_id.plan["steps"]}
    logs = demo.env["ops.escalation.log"].create(
        [
            {
                "escalation_id": run.id,
                "policy_id": run.policy_id.id,
                "company_id": run.company_id.id,
                "site_id": run.site_id.id,
                "res_name": run.res_name,
                "step_number": number,
                "step_name": plan[number]["says"],
                "kind": plan[number]["kind"],
                "repetition": repetition,
                "happened_at": started + timedelta(hours=hours),
                "outcome": outcome,
                "whom": whom,
                "result": result,
                "is_last": is_last,
            }
            for number, repetition, hours, outcome, whom, result, is_last in took
        ]
    )
    done = len(logs.filtered(lambda log: log.outcome == "done"))
    run.write({"started_at": started, "base_at": started, "step_count": done})
    if steps > 1:
        run._end("finished", "All steps were taken.")
        run.write({"ended_at": logs[-1].happened_at, "holder_id": above.id})
    else:
        # Tomorrow: installing the network makes nobody busy by itself.
        tomorrow = demo.at(demo.today + timedelta(days=1), 9, "Europe/Berlin")
        run.write({"next_step_at": tomorrow, "next_step": plan[2]["says"]})
