"""An approver whom very many requests wait for, and one who leaves.

Each is one of a group of three, in a company of their own, any of whom may decide. What is handed
over was submitted as people submit; the long backlog is made of some such submissions, copied.
"""

from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from ..approvals.kinds import OPS, Suite
from ..approvals.orders import BANDS
from .copies import multiply


@dataclass(frozen=True)
class People:
    """Users of a company, by id."""

    company: int
    approver: int
    successor: int
    manager: int

    def stand_in(self, env) -> None:
        """Have the successor stand in for the approver from now on."""
        now = fields.Datetime.now()
        self.env_of(env, self.approver)["ops.approval.delegation"].create(
            {
                "user_id": self.approver,
                "delegate_id": self.successor,
                "date_from": now,
                "date_to": now + timedelta(days=7),
                "reason": "Load",
            }
        )

    def env_of(self, env, user_id: int):
        """An environment as the web client would give that user."""
        context = {"allowed_company_ids": [self.company], "lang": "en_US", "tz": "Europe/Berlin"}
        return env(user=user_id, su=False, context=context)


class Crowd(Suite):
    """The suite, with companies of its own."""

    def __init__(self, env):
        super().__init__(env, BANDS)
        self.env = env
        self.rows = {}

    def waiting(self, name: str, count: int, times: int = 1) -> People:
        """The people of a new company in which ``count`` × ``times`` requests are pending."""
        self.rows = {name: BANDS}
        [company] = self.companies(self.env)
        self.arm(company)
        orders = company.make_orders(count)
        self.submit(orders)
        self.check(orders, self.submit)
        self.env.cr.flush()  # runs the steps before the commit: who is asked is told
        if times > 1:
            multiply(self.env, company.record.id, times)
        purchase = "purchase.group_purchase_user"
        return People(
            company=company.record.id,
            approver=company.approvers[0].id,
            successor=company._user("successor", (f"{OPS}approver", purchase)).id,
            manager=company._user("manager", (f"{OPS}manager", purchase)).id,
        )
