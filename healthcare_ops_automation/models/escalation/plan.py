"""A policy's version as what the engine counts with."""

from ...core.escalation import Step


def steps_of(plan):
    """The steps of a version's plan, as :class:`~core.escalation.Step`."""
    return [
        Step(
            number=each["number"],
            name=each["says"],
            kind=each["kind"],
            delay=each["delay"],
            after=each["after"],
            every=each["every"],
            times=each["times"],
            condition=each["condition"],
            settings=each["settings"],
        )
        for each in plan["steps"]
    ]


def counting(plan, company, site, times):
    """What says when so many seconds have passed, as ``core.escalation.next_due`` asks it.

    A calendar without any hours would silence an escalation for ever, so that one counts around
    the clock.

    :param company: ``res.company`` whose holidays count, and whose hours when there is no site
    :param site: ``ops.site``, may be empty
    :param times: the :class:`WorkingTimes` of the batch
    """
    around_the_clock = company.env["resource.calendar"]
    calendar = around_the_clock
    if plan["hours"] == "site":
        calendar = site.resource_calendar_id or company.resource_calendar_id

    def due(start, seconds):
        return times.due(calendar, start, seconds, company) or times.due(
            around_the_clock, start, seconds
        )

    return due
