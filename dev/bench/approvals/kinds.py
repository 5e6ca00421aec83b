"""What differs between the databases: nothing, tiers, or the suite's approvals."""

from odoo import Command

from dev.load.database import prepare

from .orders import BAND, BANDS, Company

OPS = "healthcare_ops_automation.group_ops_"


class Bare:
    """Odoo's purchase without approvals."""

    roles = {"requester": (), "approver": ()}
    submit = None

    def __init__(self, env, policy_rows):
        pass

    def companies(self, env):
        return [Company(env, "Ten", self.roles)]

    def arm(self, company):
        """Have the company's orders need approvals."""

    def check(self, orders, work):
        """Fail when ``work`` has not done what it is measured for."""


class Tiers(Bare):
    """OCA's purchase_tier_validation: a definition for each band, any of the group."""

    def arm(self, company):
        company.env["tier.definition"].create(
            [
                {
                    "name": f"Band {number}",
                    "model_id": company.env["ir.model"]._get_id("purchase.order"),
                    "review_type": "group",
                    "reviewer_group_id": company.approvers_group.id,
                    "definition_domain": repr(
                        [
                            ("amount_total", ">=", number * BAND),
                            ("amount_total", "<", (number + 1) * BAND),
                        ]
                    ),
                    "notify_on_create": True,
                    "company_id": company.record.id,
                }
                for number in range(BANDS)
            ]
        )

    def submit(self, orders):
        orders.request_validation()

    def check(self, orders, work):
        if work == self.submit:
            states = set(orders.mapped("validation_status"))
            assert states == {"pending"}, states
            asked = (
                orders.env["mail.notification"]
                .sudo()
                .search_count(
                    [
                        ("mail_message_id.model", "=", orders._name),
                        ("mail_message_id.res_id", "in", orders.ids),
                    ]
                )
            )
            assert asked >= len(orders) * 3, asked


class Suite(Bare):
    """The suite: a policy with the same bands; and one with as many rows as it may come to."""

    roles = {"requester": (f"{OPS}requester",), "approver": (f"{OPS}approver",)}

    def __init__(self, env, policy_rows):
        super().__init__(env, policy_rows)
        self.rows = {"Ten": BANDS, "Thousand": policy_rows}
        prepare(env)

    def companies(self, env):
        return [Company(env, name, self.roles) for name in self.rows]

    def arm(self, company):
        site = company.env["ops.site"].create(
            {
                "name": company.name,
                "code": company.name.upper(),
                "company_id": company.record.id,
                "resource_calendar_id": company.record.resource_calendar_id.id,
            }
        )
        company.warehouse.ops_site_id = site
        policy = company.env["ops.approval.policy"].create(
            {
                "name": company.name,
                "model_id": company.env["ir.model"]._get_id("purchase.order"),
                "company_id": company.record.id,
                "currency_id": company.record.currency_id.id,
            }
        )
        draft = policy.draft_version_id
        draft.row_ids = [Command.create(row) for row in self._rows(company)]
        # The superuser was its last editor: another person publishes.
        admin = company._user("administrator", (f"{OPS}admin", "purchase.group_purchase_user"))
        draft.with_user(admin).action_publish()

    def _rows(self, company):
        """The bands for each of many categories that no order has, then those for all."""
        others = company.env["product.category"].create(
            [{"name": f"Other {number}"} for number in range(self.rows[company.name] // BANDS - 1)]
        )
        stage = {
            "name": "Approval",
            "approver_kind": "group",
            "group_id": company.approvers_group.id,
        }
        places = [*({"category_id": other.id, "name": other.name} for other in others), {}]
        for place_number, place in enumerate(places):
            for number in range(BANDS):
                yield {
                    "name": f"Band {number}",
                    **place,
                    "sequence": place_number * BANDS + number,
                    "amount_from": number * BAND,
                    "amount_to": (number + 1) * BAND,
                    "stage_ids": [Command.create(stage)],
                }

    def submit(self, orders):
        orders.action_submit_for_approval()

    def check(self, orders, work):
        if work == self.submit:
            states = set(orders.mapped("approval_state"))
            assert states == {"pending"}, states


KINDS = {"bare": Bare, "tiers": Tiers, "suite": Suite}
