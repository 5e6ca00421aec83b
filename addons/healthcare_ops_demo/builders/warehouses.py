"""Warehouses and the storage locations in them."""

from .tables import table

USE = "Used in care"
# Where care is given, a part of the stock stands ready beside it.
CABINETS = {
    "hospital": "Treatment room cabinet",
    "clinic": "Treatment room cabinet",
    "imaging": "Scanner room cabinet",
    "laboratory": "Bench cabinet",
}


def build_warehouses(demo):
    """A warehouse a site, with a main store, a cold store, a cabinet and a quarantine."""
    Warehouse = demo.env["stock.warehouse"]
    taken = Warehouse
    for row in table("sites"):
        site = demo.ref("site", row["code"])
        company = site.company_id
        # Odoo gave each company a warehouse; the company's first site takes it over.
        spare = Warehouse.search([("company_id", "=", company.id), ("id", "not in", taken.ids)])
        values = {
            "name": row["name"],
            "code": row["code"],
            "partner_id": site.partner_id.id,
            "ops_site_id": site.id,
        }
        if spare:
            warehouse = spare[0]
            warehouse.write(values)
        else:
            warehouse = Warehouse.with_company(company).create({**values, "company_id": company.id})
        taken |= warehouse
        demo.bind("warehouse", [row["code"]], warehouse)
        _locations(demo, row, warehouse)
    demo.bind(
        "location",
        ["used_in_care"],
        demo.env["stock.location"].create(
            {"name": USE, "usage": "customer", "company_id": False, "barcode": "LOC-USED"}
        ),
    )


def _locations(demo, row, warehouse):
    names = {"main": "Main store", "cold": "Cold store", "quarantine": "Quarantine"}
    if row["kind"] in CABINETS:
        names["cabinet"] = CABINETS[row["kind"]]
    locations = demo.env["stock.location"].create(
        [
            {
                "name": name,
                "location_id": warehouse.lot_stock_id.id,
                "company_id": warehouse.company_id.id,
                "usage": "internal",
                "barcode": f"LOC-{row['code']}-{kind.upper()}",
                "ops_quarantine": kind == "quarantine",
            }
            for kind, name in names.items()
        ]
    )
    demo.bind("location", [f"{row['code']} {kind}" for kind in names], locations)


def build_putaway(demo):
    """Receipts go to the main store, what must be kept cold to the cold store."""
    values = []
    for code, warehouse in demo.all("warehouse").items():
        common = {
            "location_in_id": warehouse.lot_stock_id.id,
            "company_id": warehouse.company_id.id,
        }
        values.append(
            {
                **common,
                "category_id": demo.ref("category", "all").id,
                "location_out_id": demo.ref("location", f"{code} main").id,
            }
        )
        values += [
            {
                **common,
                "product_id": demo.ref("product", row["code"]).id,
                "location_out_id": demo.ref("location", f"{code} cold").id,
            }
            for row in table("products")
            if row["storage"] == "cold"
        ]
    demo.env["stock.putaway.rule"].create(values)
