"""Who stands in for whom: this week, in two weeks, and not after all.

Made by the people themselves. A delegation holds for nothing that is past, so the one in force
begins on the day of installation, as decisions do.
"""

from datetime import timedelta

from odoo.fields import Command

from .approvals import acting, person


def build_delegations(demo):
    _in_force(demo)
    _planned(demo)
    _ended(demo)


def _in_force(demo):
    """A clinic manager is on leave; the head of nursing decides for the clinic meanwhile."""
    site = demo.ref("site", "KEL")
    _make(
        demo,
        "in_force",
        "e14",
        "approver",
        date_to=demo.at(demo.today + timedelta(days=6), 20, site.tz),
        site_ids=[Command.set(site.ids)],
        reason="On leave this week.",
    )


def _planned(demo):
    """Finance is away in two weeks; the director decides, up to an amount."""
    monday = demo.today + timedelta(days=14 - demo.today.weekday())
    _make(
        demo,
        "planned",
        "finance",
        "manager",
        date_from=demo.at(monday, 7, "Europe/Berlin"),
        date_to=demo.at(monday + timedelta(days=4), 19, "Europe/Berlin"),
        company_ids=[Command.set(demo.ref("company", "network").ids)],
        amount_limit=10000,
        reason="Audit of the annual accounts. Larger amounts wait until I am back.",
    )


def _ended(demo):
    """The manager of the day surgery wanted to go to a course, which was called off."""
    site = demo.ref("site", "AUS")
    delegation = _make(
        demo,
        "ended",
        "e12",
        "manager",
        date_from=demo.at(demo.today + timedelta(days=2), 7, site.tz),
        date_to=demo.at(demo.today + timedelta(days=3), 18, site.tz),
        site_ids=[Command.set(site.ids)],
        reason="Course in theatre management.",
    )
    delegation.with_env(acting(demo, "e12")).action_end()
    demo.env.cr.flush()


def _make(demo, key, who, delegate, **values):
    delegation = acting(demo, who)["ops.approval.delegation"].create(
        {"delegate_id": person(demo, delegate).id, **values}
    )
    demo.env.cr.flush()
    return demo.bind("delegation", [key], delegation.with_env(demo.env))
