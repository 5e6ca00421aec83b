"""Biomedical equipment at the sites, and what its maintenance was asked."""

from collections import Counter
from datetime import timedelta

from .context import dice
from .tables import table

CATEGORIES = {
    "monitoring": "Patient monitoring",
    "life_support": "Life support",
    "therapy": "Infusion therapy",
    "surgery": "Surgery",
    "sterilisation": "Sterilisation",
    "diagnostics": "Diagnostics",
    "imaging": "Imaging",
    "laboratory": "Laboratory",
    "cold_chain": "Cold chain",
}
STAGES = {
    "new": "maintenance.stage_0",
    "progress": "maintenance.stage_1",
    "repaired": "maintenance.stage_3",
    "scrap": "maintenance.stage_4",
}
DAYS_TO_REPAIR = (1, 6)


def build_equipment(demo):
    """The inventory, each device at a location of its site."""
    env = demo.env
    technician = demo.ref("user", "technician")
    categories = env["maintenance.equipment.category"].create(
        [
            {"name": name, "technician_user_id": technician.id, "company_id": False}
            for name in CATEGORIES.values()
        ]
    )
    demo.bind("equipment_category", list(CATEGORIES), categories)
    for key, company in demo.all("company").items():
        team = env["maintenance.team"].create(
            {"name": f"Biomedical engineering, {company.name}", "company_id": company.id}
        )
        demo.bind("maintenance_team", [key], team)
    keys, values = [], []
    for row in table("equipment"):
        numbers = Counter()
        for code in row["sites"].split():
            numbers[code] += 1
            keys.append(f"{code} {row['code']} {numbers[code]}")
            values.append(_device(demo, row, code, keys[-1]))
    demo.bind("equipment", keys, env["maintenance.equipment"].create(values))


def _device(demo, row, code, key):
    site = demo.ref("site", code)
    places = demo.all("location")
    place = places.get(f"{code} cabinet") or places[f"{code} main"]
    die = dice("equipment", key)
    bought = demo.today - timedelta(days=365 * int(row["age_years"]) + die.randint(-200, 200))
    return {
        "name": row["name"],
        "category_id": demo.ref("equipment_category", row["category"]).id,
        "model": row["model"],
        "serial_no": f"{row['model'].replace(' ', '')}-{die.randint(100000, 999999)}",
        "partner_id": demo.ref("vendor", row["vendor"]).id,
        "cost": float(row["cost"]),
        "company_id": site.company_id.id,
        "maintenance_team_id": _team(demo, site.company_id).id,
        "technician_user_id": demo.ref("user", "technician").id,
        "equipment_assign_to": "department",
        "department_id": demo.ref("department", code).id,
        "location_id": place.id,
        "assign_date": bought,
        "effective_date": bought,
        "warranty_date": bought + timedelta(days=730),
    }


def _team(demo, company):
    teams = demo.all("maintenance_team").values()
    return next(team for team in teams if team.company_id == company)


def build_requests(demo):
    """Maintenance requests of the last two months, some of them still open."""
    for row in table("maintenance_requests"):
        equipment = demo.ref("equipment", row["equipment"])
        asked = demo.today - timedelta(days=int(row["days_ago"]))
        closed = row["stage"] in ("repaired", "scrap")
        repair_days = dice("request", row["equipment"]).randint(*DAYS_TO_REPAIR)
        request = demo.env["maintenance.request"].create(
            {
                "name": row["name"],
                "equipment_id": equipment.id,
                "company_id": equipment.company_id.id,
                "maintenance_team_id": equipment.maintenance_team_id.id,
                "maintenance_type": row["type"],
                "priority": row["priority"],
                "request_date": asked,
                "stage_id": demo.env.ref(STAGES[row["stage"]]).id,
                "employee_id": equipment.department_id.manager_id.id,
            }
        )
        # Odoo stamps the closing with today; it happened then.
        request.close_date = asked + timedelta(days=repair_days) if closed else False
