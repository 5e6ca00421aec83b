"""What scheduled actions would work out night after night: whoever looks at once sees figures."""

from collections import Counter
from datetime import timedelta

from .context import HISTORY_DAYS

# The hour at which a night is worked out.
NIGHT = 2
# KPIs of the state of things that the process log can tell of any moment, and of which process.
STATES = {
    "open_cases": None,
    "exceptions_open": "exception",
    "approvals_waiting": "approval",
    "supply_below_critical": "replenishment",
}


def work_out(demo):
    """The process log, the days of cover, and the KPIs' history."""
    demo.env.flush_all()
    demo.env["ops.supply.item"]._write_cover()
    projector = demo.env["ops.projector"]
    while projector._project_batch():
        continue
    _keep_past_nights(demo)
    demo.env["ops.kpi.value"]._snapshot()


def _keep_past_nights(demo):
    """What was open in each of the nights before this one, as the snapshots would have kept it."""
    kpis = {demo.env["ops.kpi"]._by_code(code): process for code, process in STATES.items()}
    rows = []
    for company in demo.all("company").values():
        tz = company.resource_calendar_id.tz
        sites = demo.env["ops.site"].search([("company_id", "=", company.id)])
        cases = demo.env["ops.case"].search([("company_id", "=", company.id)])
        for ago in range(1, HISTORY_DAYS):
            day = demo.today - timedelta(days=ago)
            open_cases = _open_at(cases, demo.at(day, NIGHT, tz))
            for kpi, process in kpis.items():
                found = _by_place(kpi, open_cases, process)
                places = {(None, None), *found, *((site.id, None) for site in sites)}
                rows += [_row(kpi, day, company, "site", *place, found) for place in places]
                whole = _by_place(kpi, open_cases, process, by_site=False)
                places = {(None, None), *whole}
                rows += [_row(kpi, day, company, "company", *place, whole) for place in places]
    demo.env["ops.kpi.value"]._upsert(rows)


def _open_at(cases, moment):
    return cases.filtered(
        lambda case: case.opened_at <= moment and (not case.closed_at or case.closed_at > moment)
    )


def _by_place(kpi, cases, process, by_site=True):
    """``{(site, process): number of cases}``; no process: of all."""
    found = Counter()
    for case in cases.filtered(lambda case: process in (None, case.process_id.code)):
        site = case.site_id.id or None if by_site else None
        found[site, None] += 1
        if kpi.process_field:
            found[site, case.process_id.id] += 1
    return found


def _row(kpi, day, company, level, site, process, found):
    count = found[site, process]
    return (kpi.id, day, company.id, level, site, process, count, False, count, None)
