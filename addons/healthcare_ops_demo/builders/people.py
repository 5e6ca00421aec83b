"""Departments, staff, and the logins among them."""

from odoo.fields import Command

from .tables import logins, table

OPS = "healthcare_ops_automation.group_ops_"

# What a role may do besides being an employee. One role of the suite each, and the rights
# of the native applications that the work needs.
ROLE_GROUPS = {
    "requester": [OPS + "requester"],
    "user": [OPS + "user", "stock.group_stock_user"],
    "lab_user": [OPS + "user", "stock.group_stock_user"],
    "supply_lead": [
        OPS + "manager",
        OPS + "approver",
        "purchase.group_purchase_user",
        "stock.group_stock_manager",
    ],
    "storekeeper": [OPS + "user", "stock.group_stock_manager"],
    "technician": [OPS + "user", "maintenance.group_equipment_manager"],
    "approver": [OPS + "approver"],
    "procurement": [
        OPS + "approver",
        OPS + "user",
        "purchase.group_purchase_manager",
        "stock.group_stock_user",
    ],
    "finance": [OPS + "approver", OPS + "user", "account.group_account_invoice"],
    "manager": [OPS + "manager", OPS + "approver", "purchase.group_purchase_user"],
    "lab_manager": [OPS + "manager", OPS + "approver", "purchase.group_purchase_user"],
    "site_manager": [OPS + "manager", OPS + "approver"],
    # Who writes a policy about purchases must be able to read them.
    "admin": [OPS + "admin", "purchase.group_purchase_user"],
    "auditor": [OPS + "auditor"],
    "integration": [OPS + "integration"],
}
# Whose work spans both legal entities; everybody else stays in their own.
NETWORK_WIDE = {"manager", "admin", "auditor", "integration", "procurement", "finance"}
# Whose work is bound to their site (and what is part of it).
AT_THEIR_SITE = {"requester", "user", "storekeeper", "technician", "site_manager"}

# Applications hide what they were not told to show; the demo shows it.
SHOWN_TO_EVERYBODY = (
    "stock.group_stock_multi_locations",
    "stock.group_stock_multi_warehouses",
    "stock.group_production_lot",
    "uom.group_uom",
)


def build_people(demo):
    """Users for the roles, an employee for everybody, and who manages what."""
    for group in SHOWN_TO_EVERYBODY:
        demo.env.ref("base.group_user")._apply_group(demo.env.ref(group))
    people = table("people")
    _users(demo, people)
    _departments(demo, people)
    _employees(demo, people)
    for person in people:
        if person["role"] in ("manager", "lab_manager", "site_manager"):
            _lead(demo, person)


def _users(demo, people):
    accounts = {row["person"]: row for row in logins()}
    tz = {row["code"]: row["tz"] for row in table("sites")}
    integration = {"key": None, "company": "network", "site": "AUC", "role": "integration"}
    persons = [person for person in [*people, integration] if person["role"]]
    values = [_user_values(demo, each, accounts.get(each["key"]), tz) for each in persons]
    users = demo.env["res.users"].create(values)
    # Odoo subscribes every new user to its periodic digest, which is an e-mail.
    digests = demo.env["digest.digest"].search([("user_ids", "in", users.ids)])
    digests.user_ids = [Command.unlink(user.id) for user in users]
    names = [accounts.get(each["key"], {}).get("login") or each["key"] for each in persons]
    demo.bind("user", names, users)
    for person, user in zip(persons, users, strict=True):
        demo.bind_unnamed("person_user", person["key"], user)


def _user_values(demo, person, account, tz):
    company = demo.ref("company", person["company"])
    wide = person["role"] in NETWORK_WIDE
    companies = list(demo.all("company").values()) if wide else [company]
    bound = person["role"] in AT_THEIR_SITE
    employee = person["role"] != "integration"  # another system is none
    groups = ["base.group_user"] * employee + ROLE_GROUPS[person["role"]]
    name = account["name"] if account else person["name"]
    return {
        "name": name,
        "login": account["login"] if account else _address(name, person["site"]),
        # Only the listed logins have a password; nobody can sign in as the others.
        **({"password": account["password"]} if account else {}),
        "email": _address(name, person["site"]),
        "tz": tz[person["site"]],
        "notification_type": "inbox" if employee else "email",
        "company_id": company.id,
        "company_ids": [Command.set([each.id for each in companies])],
        "ops_site_ids": [Command.set([demo.ref("site", person["site"]).id] if bound else [])],
        "group_ids": [Command.set([demo.env.ref(group).id for group in groups])],
    }


def _address(name, site):
    local = name.lower().replace(" ", ".")
    plain = local.translate(str.maketrans("ãçéêíóúâ", "aceeioua"))
    return f"{plain}@{site.lower()}.example.org"


def _departments(demo, people):
    """One department a site, led by its manager, and its functions below."""
    for row in table("sites"):
        site = demo.ref("site", row["code"])
        head = {"network": "AUC", "laboratory": "LAB"}[row["company"]]
        above = row["parent"] or (head if row["code"] != head else None)
        root = demo.env["hr.department"].create(
            {
                "name": row["name"],
                "company_id": site.company_id.id,
                "ops_site_id": site.id,
                "parent_id": demo.ref("department", above).id if above else False,
            }
        )
        demo.bind("department", [row["code"]], root)
    for person in people:
        key = f"{person['site']} {person['department']}"
        if person["department"] == "Administration" or key in demo.all("department"):
            continue
        site = demo.ref("site", person["site"])
        function = demo.env["hr.department"].create(
            {
                "name": person["department"],
                "company_id": site.company_id.id,
                "ops_site_id": site.id,
                "parent_id": demo.ref("department", person["site"]).id,
            }
        )
        demo.bind("department", [key], function)


def _employees(demo, people):
    """Everybody's employee record; the first listed in a department leads it."""
    users = demo.all("person_user")
    values = []
    for person in people:
        site = demo.ref("site", person["site"])
        function = f"{person['site']} {person['department']}"
        department = demo.all("department").get(function) or demo.ref("department", person["site"])
        user = users.get(person["key"])
        values.append(
            {
                "name": person["name"],
                "job_title": person["job"],
                "company_id": site.company_id.id,
                "department_id": department.id,
                "user_id": user.id if user else False,
                "work_email": _address(person["name"], person["site"]),
                "resource_calendar_id": site.resource_calendar_id.id,
                "tz": site.tz,
                "address_id": site.partner_id.id,
            }
        )
    employees = demo.bind(
        "employee", [person["key"] for person in people], demo.env["hr.employee"].create(values)
    )
    for person, employee in zip(people, employees, strict=True):
        if person["manager"]:
            employee.parent_id = demo.ref("employee", person["manager"])
        if not employee.department_id.manager_id:
            employee.department_id.manager_id = employee


def _lead(demo, person):
    """Make a person the manager of their site and of its department."""
    demo.ref("site", person["site"]).manager_id = demo.ref("person_user", person["key"])
    demo.ref("department", person["site"]).manager_id = demo.ref("employee", person["key"])
