"""The orders that are submitted, the people concerned, and the bands both policies have.

Made in the same way in a database without approvals, one with tiers, one with the suite.
"""

from odoo import Command

LINES = 5
BAND = 1000.0  # an order's amount before tax lies in one of ten bands as wide as this
BANDS = 10
APPROVERS = 3
PRODUCTS = 50


class Company:
    """A legal entity with a requester, a group of approvers, and orders to submit.

    :param env: of the superuser
    :param roles: what these groups of the database's own approvals are: ``{"requester": xmlids,
        "approver": xmlids}``
    """

    def __init__(self, env, name: str, roles: dict[str, tuple]):
        self.name = name
        self.record = env["res.company"].create(
            {"name": name, "currency_id": env.ref("base.USD").id}
        )
        env.user.company_ids += self.record
        self.env = env(context={"allowed_company_ids": self.record.ids})
        # A company that is made while Odoo runs has none.
        self.warehouse = self.env["stock.warehouse"].create(
            {"name": name, "code": name[:5], "company_id": self.record.id}
        )
        self.approvers_group = self.env["res.groups"].create({"name": f"Approvers of {name}"})
        purchase = "purchase.group_purchase_user"
        self.requester = self._user("requester", (purchase, *roles["requester"]))
        self.approvers = self.env["res.users"].browse(
            [
                self._user(f"approver {number}", (purchase, *roles["approver"])).id
                for number in range(APPROVERS)
            ]
        )
        self.approvers.group_ids = [Command.link(self.approvers_group.id)]

    def _user(self, name, groups):
        groups = [self.env.ref(group).id for group in ("base.group_user", *groups)]
        return self.env["res.users"].create(
            {
                "name": f"{self.name} {name}",
                "login": f"{self.name} {name}".lower().replace(" ", "_"),
                "email": "nobody@example.com",
                "company_id": self.record.id,
                "company_ids": [Command.set(self.record.ids)],
                "group_ids": [Command.set(groups)],
            }
        )

    def make_orders(self, count: int):
        """Drafts of the requester; the amounts fill the bands evenly."""
        vendors = self.env["res.partner"].create(
            [{"name": f"Vendor {number}"} for number in range(10)]
        )
        category = self.env["product.category"].create({"name": "Supplies"})
        products = self.env["product.product"].create(
            [
                {
                    "name": f"Supply {number}",
                    "type": "consu",
                    "categ_id": category.id,
                    "supplier_taxes_id": [Command.clear()],
                }
                for number in range(PRODUCTS)
            ]
        )
        self.category = category
        orders = self.env["purchase.order"].with_user(self.requester)
        return orders.create([_order_values(number, vendors, products) for number in range(count)])


def _order_values(number, vendors, products):
    amount = BAND * (number % BANDS + 0.5)
    lines = [products[(number + line) % len(products)] for line in range(LINES)]
    return {
        "partner_id": vendors[number % len(vendors)].id,
        "order_line": [
            Command.create(
                {
                    "product_id": product.id,
                    "product_qty": 10,
                    "price_unit": amount / LINES / 10,
                    "tax_ids": [Command.clear()],
                }
            )
            for product in lines
        ],
    }
