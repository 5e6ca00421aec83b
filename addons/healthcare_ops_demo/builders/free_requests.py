"""What people of the network ask for, filed and decided by themselves.

As with orders under approval: what was submitted on an earlier day is given that day, and decisions
are of the day of installation.
"""

import base64
from datetime import timedelta

from odoo.fields import Command

from .approval_requests import date, long_overdue, morning
from .approvals import acting

APPROVALS = "healthcare_ops_approvals"
# Who asks for what at which site. Filed so many working days ago, or on the day of installation;
# periods are in days from today, answers by the question's name.
REQUESTS = {
    "draft": {
        "who": "requester",
        "site": "AUC",
        "kind": "training",
        "title": "Course on wound care",
        "description": "Two of us are to look after chronic wounds from spring on.",
        "amount": 890,
        "person": "e04",
        "period": (40, 42),
        "answers": {"provider": "Academy for Nursing, Kellerbrück"},
    },
    "asked": {
        "who": "requester",
        "site": "AUC",
        "kind": "capital_purchase",
        "title": "Patient lift for ward 2",
        "description": "Ours is in repair every month. Until it is back, four people lift.",
        "amount": 3200,
        "answers": {"asset": "Mobile lift, 200 kg", "budget": "In part", "years": 10},
        "document": "Mobile patient lift, 200 kg, with two slings: 3,200.00 EUR delivered.",
    },
    "approved": {
        "who": "requester",
        "site": "AUC",
        "kind": "system_access",
        "title": "Laboratory results in theatre 1",
        "description": "She calls the laboratory for each result so far, before every operation.",
        "person": "e11",
        "days": 3,
        "answers": {"system": "Laboratory system", "rights": "Read", "trained": True},
    },
    "at_finance": {
        "who": "technician",
        "site": "AUC",
        "kind": "capital_purchase",
        "title": "Analyser for infusion pumps",
        "description": "The yearly checks are bought from outside at 2,900 euro. We can do them.",
        "amount": 7400,
        "days": 2,
        "answers": {"asset": "Two-channel analyser", "budget": "Yes, in this year's", "years": 8},
        "document": "Infusion device analyser, two channels, with calibration: 7,400.00 EUR.",
    },
    "committee": {
        "who": "operations",
        "site": "AUC",
        "kind": "policy_exception",
        "title": "One signature at goods receipt during the stocktaking",
        "description": "Half of the team counts. With two signatures the ramp is blocked by noon.",
        "period": (5, 6),
        "answers": {
            "policy": "SOP 12.3 Goods receipt",
            "instead": "One person receives; the second signs the list the next morning.",
            "risk": "Wrong quantities for a day. Medicines and cold chain are excepted.",
        },
    },
    "rejected": {
        "who": "operations.lisbon",
        "site": "PCL",
        "kind": "travel",
        "title": "Visit to the depot in Auenmar",
        "description": "To see how the depot picks for the clinics.",
        "amount": 1150,
        "person": "e24",
        "period": (20, 22),
        "days": 1,
        "answers": {"destination": "Auenmar", "means": "Plane", "overnight": 2},
    },
    "on_behalf": {
        "who": "e15",
        "site": "KEL",
        "kind": "capital_purchase",
        "title": "Refrigerator for vaccines",
        "description": "The present one does not keep 2 to 8 °C on warm days.",
        "amount": 1480,
        "days": 1,
        "answers": {"asset": "Refrigerator, 120 litres, with alarm", "budget": "No", "years": 12},
        "document": "Medical refrigerator DIN 13277, 120 l, with alarm: 1,480.00 EUR.",
    },
    "overdue": {
        "who": "e15",
        "site": "KEL",
        "kind": "overtime",
        "title": "Saturday morning for the vaccines",
        "description": "They arrive on a Saturday and have to be in the cold within the hour.",
        "person": "e16",
        "quantity": 5,
        "period": (9, 9),
        "answers": {"cause": "Project", "compensation": "Time off"},
    },
}
SAID = ("title", "description", "amount", "quantity")
QUESTION = "Does the service contract of the other lifts cover this one, too?"
REJECTED = "Please do it by video first. If that is not enough, ask again for two of you together."


def build_requests(demo):
    """Eight: a draft, four that wait (one for an answer, one overdue for somebody on leave), two
    approved, one of them in somebody's place, and one rejected."""
    requests = {key: _file(demo, key, **facts) for key, facts in REQUESTS.items()}
    _decide(demo, requests["asked"], "manager", "action_ask", question=QUESTION)
    _decide(demo, requests["approved"], "approver", "action_approve")
    _decide(demo, requests["at_finance"], "manager", "action_approve", comment="Pays for itself.")
    _decide(demo, requests["committee"], "approver", "action_approve")
    _decide(
        demo,
        requests["rejected"],
        "e23",
        "action_reject",
        reason_code="no_budget",
        comment=REJECTED,
    )
    comment = "In place of Bastian, who is on leave. The doses are worth more."
    _decide(demo, requests["on_behalf"], "approver", "action_approve", comment=comment)


def _file(demo, key, who, site, kind, days=0, **facts):
    """A request as a person files it, on a day of the past or today."""
    site = demo.ref("site", site)
    filed = acting(demo, who)["ops.request"].create(_values(demo, site, kind, facts))
    request = demo.bind("request", [key], filed.with_env(demo.env))
    if key == "draft":
        return request
    filed.action_submit_for_approval()
    demo.env.cr.flush()  # as the commit does: whoever is asked gets to know
    approval = demo.bind("request_approval", [key], request.approval_request_id)
    if key == "overdue":
        date(demo, request, approval, long_overdue(demo, site))
    elif days:
        date(demo, request, approval, morning(demo, site, days))
    return request


def _values(demo, site, kind, facts):
    said = {name: facts[name] for name in SAID if name in facts}
    values = {
        "category_id": demo.env.ref(f"{APPROVALS}.request_category_{kind}").id,
        "site_id": site.id,
        **said,
        "properties": {
            demo.env.ref(f"{APPROVALS}.request_question_{kind}_{name}").property_name: answer
            for name, answer in facts["answers"].items()
        },
    }
    if "person" in facts:
        values["person_id"] = demo.ref("employee", facts["person"]).id
    if "period" in facts:
        first, last = (demo.today + timedelta(days=days) for days in facts["period"])
        values.update(date_from=first, date_to=last)
    if "document" in facts:
        asked = demo.env.ref(f"{APPROVALS}.request_document_{kind}_quotation")
        text = base64.b64encode(facts["document"].encode())
        document = {"kind_id": asked.id, "filename": "quotation.txt", "file": text}
        values["document_ids"] = [Command.create(document)]
    return values


def _decide(demo, request, who, decision, **words):
    approval = request.approval_request_id.with_env(acting(demo, who))
    getattr(approval, decision)(version=approval.version, **words)
    demo.env.cr.flush()
