"""Who works on exceptions: teams, and the rules by which they get them."""

from odoo.fields import Command

from .tables import table


def build_teams(demo):
    """Two teams, each with a responsible person, and what is assigned to them."""
    for row in table("teams"):
        members = [demo.ref("user", key).id for key in row["members"].split()]
        team = demo.env["ops.exception.team"].create(
            {
                "code": row["code"],
                "name": row["name"],
                "company_id": demo.ref("company", row["company"]).id,
                "responsible_id": demo.ref("user", row["responsible"]).id,
                "member_ids": [Command.set(members)],
                "site_ids": [
                    Command.set([demo.ref("site", key).id for key in row["sites"].split()])
                ],
            }
        )
        demo.bind("team", [row["code"]], team)
    rows = table("assignments")
    rules = demo.env["ops.exception.assignment"].create(
        [_rule(demo, row, number) for number, row in enumerate(rows, 1)]
    )
    demo.bind("assignment", range(1, len(rows) + 1), rules)


def _rule(demo, row, number):
    category = demo.env["ops.exception.category"].search([("code", "=", row["category"])])
    sites = [demo.ref("site", key).id for key in row["sites"].split()]
    return {
        "sequence": 10 * number,
        "company_id": demo.ref("company", row["company"]).id,
        "category_id": category.id,
        "site_ids": [Command.set(sites)],
        "severity_from": row["severity_from"],
        "team_id": demo.ref("team", row["team"]).id,
        "user_id": demo.ref("user", row["owner"]).id if row["owner"] else False,
    }
