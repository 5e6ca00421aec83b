"""Purchase orders on their way through approval.

Everything is done by the people themselves, through what their buttons call. What happened on an
earlier day is given its time right after it was done. Decisions cannot: they are append-only, and
their time is under their digest. So all were made on the day of installation.
"""

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from .approvals import ESCALATE_HOURS, acting, workday
from .backdate import backdate, backdate_messages

# Who buys what for which site: vendor, (product, boxes) …
ORDERS = {
    "overdue": ("e05", "KEL", "V-1002", (("MC-1402", 18), ("MC-1403", 4))),
    "at_finance": ("procurement", "STW", "V-1010", (("MC-1603", 22), ("MC-1604", 6))),
    "confirmed": ("procurement", "AUC", "V-1008", (("MC-1306", 8), ("MC-1307", 6))),
    "returned": ("e05", "AUS", "V-1008", (("MC-1309", 24),)),
    "rejected": ("procurement", "PCL", "V-1009", (("MC-1801", 12),)),
    "reopened": ("procurement", "STW", "V-1010", (("MC-1601", 60), ("MC-1602", 24))),
}
# Working days before today on which they were submitted.
SUBMITTED_DAYS = {"at_finance": 2, "confirmed": 3, "returned": 2, "rejected": 1, "reopened": 3}
LEAD_DAYS = 10
RETURNED = (
    "Two dozen boxes last longer than a year. Please ask for ten, and add the remover that "
    "theatre 2 is out of."
)
REJECTED = "Ordered last week already, for all clinics together."


def build_approval_requests(demo):
    """Two wait, at different stages, one of them overdue; one was confirmed, one returned, one
    rejected, and one is asked anew because it was changed."""
    orders = {key: _submit(demo, key) for key in ORDERS}
    _decide(demo, orders["at_finance"], "manager", "action_approve")
    comment = "Within the budget of the quarter."
    _decide(demo, orders["confirmed"], "approver", "action_approve", comment=comment)
    _decide(demo, orders["returned"], "finance", "action_return", comment=RETURNED)
    _decide(
        demo,
        orders["rejected"],
        "approver",
        "action_reject",
        reason_code="duplicate",
        comment=REJECTED,
    )
    _decide(demo, orders["reopened"], "approver", "action_approve")
    _decide(demo, orders["reopened"], "finance", "action_approve")
    # The buyer orders more than what the committee saw.
    order = orders["reopened"].with_env(acting(demo, "procurement"))
    order.order_line[0].product_qty += 15
    demo.env.cr.flush()


def _submit(demo, key):
    """An order as its buyer makes and submits it, on a day of the past."""
    buyer, site_code, vendor, lines = ORDERS[key]
    env, site = acting(demo, buyer), demo.ref("site", site_code)
    moment = (
        long_overdue(demo, site) if key == "overdue" else morning(demo, site, SUBMITTED_DAYS[key])
    )
    due = moment + timedelta(days=LEAD_DAYS)
    order = env["purchase.order"].create(
        {
            "partner_id": demo.ref("vendor", vendor).id,
            "picking_type_id": demo.ref("warehouse", site_code).in_type_id.id,
            "user_id": env.uid,
            "date_order": moment,
            "date_planned": due,
            "order_line": [
                Command.create(
                    {
                        "product_id": demo.ref("product", code).id,
                        "product_uom_id": demo.ref("pack", code).id,
                        "product_qty": boxes,
                        "date_planned": due,
                    }
                )
                for code, boxes in lines
            ],
        }
    )
    order.action_submit_for_approval()
    demo.env.cr.flush()  # as the commit does: whoever is asked gets to know
    order = demo.bind("approval_order", [key], order.with_env(demo.env))
    request = demo.bind("approval_request", [key], order.approval_request_id)
    date(demo, order, request, moment)
    return order


def _decide(demo, order, who, decision, **words):
    request = order.approval_request_id.with_env(acting(demo, who))
    getattr(request, decision)(version=request.version, **words)
    demo.env.cr.flush()


# -- when ---------------------------------------------------------------------------------------


def morning(demo, site, days):
    """In the morning, so many working days ago."""
    return demo.at(workday(demo, days), 9, site.tz, 20)


def long_overdue(demo, site):
    """So long ago that it has been due since before today, and yet is not escalated today."""
    times, today = WorkingTimes(), demo.at(demo.today, 0, site.tz)
    moment = today
    while _worked(times, site, moment, hours=8) > today:
        moment -= timedelta(minutes=50)
    return moment


def _worked(times, site, start, hours):
    """When so many working hours of the site have passed."""
    return times.due(site.resource_calendar_id, start, hours * 3600, site.company_id)


def date(demo, document, request, moment):
    """Let a document, and the request as it was submitted, be of that moment."""
    times, site = WorkingTimes(), request.site_id
    backdate(document, {"create_date": [moment]})
    for records in (document, request):
        backdate_messages(records, [moment])
    opened = request.stage_ids.filtered(lambda each: each.state == "open")
    [hours] = set(opened.mapped("due_hours"))
    due = _worked(times, site, moment, hours)
    backdate(request, {"submitted_at": [moment], "due_at": [due]})
    for records in (opened, opened.assignment_ids):
        size = len(records)
        backdate(records, {"opened_at": [moment] * size, "due_at": [due] * size})
    activities = request.activity_ids
    size = len(activities)
    backdate(activities, {"create_date": [moment] * size, "date_deadline": [due.date()] * size})
    runs = demo.env["ops.escalation"].search(
        [("res_model", "=", request._name), ("res_id", "=", request.id)]
    )
    following = _worked(times, site, moment, ESCALATE_HOURS[0])
    size = len(runs)
    backdate(
        runs,
        {
            "started_at": [moment] * size,
            "base_at": [moment] * size,
            "next_step_at": [following] * size,
        },
    )
