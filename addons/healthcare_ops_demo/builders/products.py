"""Vendors, consumables with their packs, barcodes and prices."""

from odoo.fields import Command

from .gtin import gtin13, gtin14
from .tables import table

CATEGORIES = {
    "protection": "Protective wear",
    "injection": "Injection and sharps",
    "infusion": "Infusion and vascular access",
    "wound": "Wound care and sutures",
    "hygiene": "Hygiene and disinfection",
    "laboratory": "Laboratory",
    "imaging": "Imaging",
    "emergency": "Emergency",
    "medicines": "Vaccines and medicines",
}
SECOND_VENDOR_MARKUP = 1.08
# Days before expiry on which Odoo alerts and takes goods out of picking.
ALERT_DAYS, REMOVAL_DAYS = 60, 14


def build_vendors(demo):
    rows = table("vendors")
    vendors = demo.env["res.partner"].create(
        [
            {
                "name": row["name"],
                "ref": row["ref"],
                "is_company": True,
                "supplier_rank": 1,
                "country_id": demo.env.ref(f"base.{row['country'].lower()}").id,
                "city": row["city"],
                "email": f"orders@{row['ref'].lower()}.example.org",
            }
            for row in rows
        ]
    )
    demo.bind("vendor", [row["ref"] for row in rows], vendors)


def build_products(demo):
    """The consumables, shared by both companies."""
    rows = table("products")
    _categories(demo)
    _units(demo, rows)
    lead_days = {row["ref"]: int(row["lead_days"]) for row in table("vendors")}
    companies = list(demo.all("company").values())
    taxes = [company.account_purchase_tax_id.id for company in companies]
    values = []
    for number, row in enumerate(rows, start=1):
        pack = demo.ref("pack", row["code"]) if int(row["pack"]) > 1 else None
        shelf_days = int(row["shelf_days"])
        values.append(
            {
                "name": row["name"],
                "default_code": row["code"],
                "barcode": gtin13(number),
                "type": "consu",
                "is_storable": True,
                "tracking": row["tracking"],
                "use_expiration_date": bool(shelf_days),
                "expiration_time": shelf_days,
                "alert_time": ALERT_DAYS if shelf_days else 0,
                "removal_time": REMOVAL_DAYS if shelf_days else 0,
                "categ_id": demo.ref("category", row["category"]).id,
                "uom_id": demo.ref("unit", row["unit"]).id,
                "uom_ids": [Command.set(pack.ids)] if pack else [],
                "list_price": 0.0,
                "sale_ok": False,
                "supplier_taxes_id": [Command.set(taxes)],
                "taxes_id": [Command.clear()],
                "purchase_method": "receive",
                "seller_ids": [
                    Command.create(_offer(demo, row, vendor, markup, pack, lead_days))
                    for vendor, markup in (
                        (row["vendor"], 1.0),
                        (row["second_vendor"], SECOND_VENDOR_MARKUP),
                    )
                ],
            }
        )
    products = demo.env["product.product"].create(values)
    demo.bind("product", [row["code"] for row in rows], products)
    for company in companies:
        for row, product in zip(rows, products, strict=True):
            product.with_company(company).standard_price = float(row["price"])
    _box_barcodes(demo, rows)


def _offer(demo, row, vendor, markup, pack, lead_days):
    """A vendor's price, for the pack it is sold in."""
    pieces = int(row["pack"])
    return {
        "partner_id": demo.ref("vendor", vendor).id,
        "product_code": f"{vendor[2:]}-{row['code'][3:]}",
        "product_uom_id": (pack or demo.ref("unit", row["unit"])).id,
        "min_qty": 1,
        "price": round(float(row["price"]) * pieces * markup, 2),
        "currency_id": demo.env.ref("base.EUR").id,
        "delay": lead_days[vendor],
    }


def _categories(demo):
    parent = demo.env["product.category"].create(
        {
            "name": "Medical consumables",
            "removal_strategy_id": demo.env.ref("product_expiry.removal_fefo").id,
        }
    )
    demo.bind("category", ["all"], parent)
    children = demo.env["product.category"].create(
        [
            {
                "name": name,
                "parent_id": parent.id,
                "removal_strategy_id": parent.removal_strategy_id.id,
            }
            for name in CATEGORIES.values()
        ]
    )
    demo.bind("category", list(CATEGORIES), children)


def _units(demo, rows):
    """Base units (a pair, a bottle …) and the boxes that hold so many of one."""
    demo.bind_unnamed("unit", "piece", demo.env.ref("uom.product_uom_unit"))
    names = sorted({row["unit"] for row in rows} - {"piece"})
    units = demo.env["uom.uom"].create([{"name": name.capitalize()} for name in names])
    demo.bind("unit", names, units)
    boxes = {}
    for row in rows:
        size = (row["unit"], int(row["pack"]))
        if size[1] > 1 and size not in boxes:
            boxes[size] = demo.env["uom.uom"].create(
                {
                    "name": f"Box of {size[1]}" + ("" if size[0] == "piece" else f" {size[0]}s"),
                    "relative_factor": size[1],
                    "relative_uom_id": demo.ref("unit", size[0]).id,
                }
            )
            demo.bind("box", [f"{size[0]}_{size[1]}"], boxes[size])
        if size[1] > 1:
            demo.bind_unnamed("pack", row["code"], boxes[size])


def _box_barcodes(demo, rows):
    demo.env["product.uom"].create(
        [
            {
                "product_id": product.id,
                "uom_id": demo.ref("pack", row["code"]).id,
                "barcode": gtin14(product.barcode),
                "company_id": False,
            }
            for row in rows
            if int(row["pack"]) > 1
            for product in demo.ref("product", row["code"])
        ]
    )
