"""Companies, sites with their working time and holidays."""

from datetime import timedelta

from odoo.fields import Command

from .holidays import holiday_dates
from .tables import table

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PERIODS = ("morning", "afternoon")
HOLIDAY_YEARS_AHEAD = 2


def build_companies(demo):
    """The two legal entities, in euro, each with a chart of accounts.

    A database without any accounting yet lends its first company to the network; a third,
    empty "My Company" would only be in the way.
    """
    # install_mode: a company with a country would have Odoo install localisation modules.
    env = demo.env(context={**demo.env.context, "install_mode": True})
    euro = env.ref("base.EUR")
    euro.active = True
    for row in table("companies"):
        values = {
            "name": row["name"],
            "country_id": env.ref(f"base.{row['country'].lower()}").id,
            "currency_id": euro.id,
            **{field: row[field] for field in ("street", "zip", "city", "email", "phone")},
        }
        main = env.ref("base.main_company")
        if row["key"] == "network" and not main._existing_accounting():
            main.write(values)
            company = main
        else:
            company = env["res.company"].create(values)
        demo.bind("company", [row["key"]], company)
    companies = list(demo.all("company").values())
    for company in companies:
        _load_chart(env, company)
        company.currency_id = euro
    ids = [company.id for company in companies]
    admin = env.ref("base.user_admin")
    admin.company_ids = [Command.link(company_id) for company_id in ids]
    # From here on the builder works in both companies, the network's being the current.
    demo.env = demo.env(context={**demo.env.context, "allowed_company_ids": ids})
    demo.rebrowse()


def _load_chart(env, company):
    """The generic chart of accounts, so that vendor bills can be posted.

    ``_load`` rather than ``try_loading``: the latter warns while modules are loading, and
    a post-init hook always runs then. The generic chart needs nothing that loads later.
    """
    if not company.chart_template:
        env["account.chart.template"]._load("generic_coa", company, install_demo=False)


def build_sites(demo):
    """The sites, parents before children as in the table."""
    for row in table("sites"):
        company = demo.ref("company", row["company"])
        country = demo.env.ref(f"base.{row['country'].lower()}")
        address = demo.env["res.partner"].create(
            {
                "name": row["name"],
                "is_company": True,
                "parent_id": company.partner_id.id,
                "type": "delivery",
                "company_id": company.id,
                "country_id": country.id,
                **{field: row[field] for field in ("street", "zip", "city")},
            }
        )
        calendar = _calendar(demo, row, company)
        parent = demo.ref("site", row["parent"]).id if row["parent"] else False
        site = demo.env["ops.site"].create(
            {
                "name": row["name"],
                "code": row["code"],
                "kind": row["kind"],
                "company_id": company.id,
                "parent_id": parent,
                "resource_calendar_id": calendar.id,
                "partner_id": address.id,
            }
        )
        demo.bind("site", [row["code"]], site)


def _calendar(demo, row, company):
    calendar = demo.env["resource.calendar"].create(
        {
            "name": f"{row['name']} opening hours",
            "company_id": company.id,
            "tz": row["tz"],
            "attendance_ids": [Command.clear(), *_attendances(row["hours"])],
        }
    )
    demo.bind("calendar", [row["code"]], calendar)
    last = demo.today.replace(month=12, day=28) + timedelta(days=365 * (HOLIDAY_YEARS_AHEAD - 1))
    demo.env["resource.calendar.leaves"].create(
        [
            {
                "name": holiday["name"],
                "calendar_id": calendar.id,
                "company_id": company.id,
                "date_from": demo.at(day, 0, row["tz"]),
                "date_to": demo.at(day + timedelta(days=1), 0, row["tz"]) - timedelta(seconds=1),
            }
            for holiday in table("holidays")
            if holiday["country"] == row["country"]
            for day in holiday_dates(holiday["rule"], demo.start, last)
        ]
    )
    return calendar


def _attendances(hours):
    """Commands for attendance lines.

    :param str hours: blocks separated by ``|``: a day or a span of days, then one or two
        periods, as in ``"Mon-Fri 08:00-12:30 13:30-18:00|Sat 08:30-12:30"``
    """
    for block in hours.split("|"):
        days, *periods = block.split()
        first, _dash, last = days.partition("-")
        span = range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)
        for day in span:
            for period, label in zip(periods, PERIODS, strict=False):
                start, end = (_hours(clock) for clock in period.split("-"))
                yield Command.create(
                    {
                        "name": f"{WEEKDAYS[day]} {label}",
                        "dayofweek": str(day),
                        "hour_from": start,
                        "hour_to": end,
                        "day_period": label,
                    }
                )


def _hours(clock):
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60
