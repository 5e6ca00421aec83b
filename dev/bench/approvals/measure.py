"""Measure one database, and print what was measured as JSON.

``python3 -m dev.bench.approvals.measure KIND DATABASE ADDONS_PATH`` and four numbers: orders,
drafts, rounds, rows of the long policy.

A program of its own, since each kind needs addons of its own. Whatever is measured is done by the
ordinary user who asks, and up to its COMMIT: with the steps before it, without what is sent after
it. It is rolled back then, so that each round finds the same.
"""

import json
import statistics
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from dev import odoo_cli

from .kinds import KINDS


def main() -> int:
    kind_name, database, addons, *numbers = sys.argv[1:]
    arguments = ["-c", str(odoo_cli.CONFIG), "-d", database, "--addons-path", addons]
    config.parse_config([*arguments, "--no-http", "--log-level=warn"], setup_logging=True)
    config["test_enable"] = False
    answer = Measurement(KINDS[kind_name], Registry(database), *map(int, numbers)).run()
    print(json.dumps(answer))
    return 0


class Measurement:
    """What one kind of database needs for the same work."""

    def __init__(self, kind, registry, orders, drafts, rounds, policy_rows):
        self.registry = registry
        self.drafts = drafts
        self.rounds = rounds
        self.orders = {}  # ids by company
        self.requesters = {}
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.kind = kind(env, policy_rows)
            for company in self.kind.companies(env):
                self.orders[company.name] = company.make_orders(orders).ids
                self.requesters[company.name] = company.requester.id
                self.kind.arm(company)
            self.other_terms = env["account.payment.term"].create({"name": "Other terms"}).id

    def run(self) -> dict:
        first = next(iter(self.orders))
        return {
            "write": self.measured(first, self.write_head)["queries"],
            "write_lines": self.measured(first, self.write_lines)["queries"],
            "submit": self.submissions(),
        }

    def submissions(self) -> dict:
        """The companies take turns, so that what else the machine does falls on all."""
        if not self.kind.submit:
            return {}
        taken = {name: [] for name in self.orders}
        for _round in range(self.rounds + 1):
            for name, results in taken.items():
                results.append(self.once(name, self.kind.submit))
        return {name: _middle(results[1:]) for name, results in taken.items()}

    def measured(self, company, work) -> dict:
        # The first time fills caches that a server has filled.
        return _middle([self.once(company, work) for _round in range(3)][1:])

    def once(self, company, work) -> tuple[int, float]:
        """Queries and seconds of ``work(orders)`` up to its COMMIT, which is not done."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.requesters[company], {})
            orders = env["purchase.order"].browse(self.orders[company])
            queries, started = cr.sql_log_count, time.perf_counter()
            work(orders)
            env.flush_all()
            cr.flush()  # runs the steps before the commit
            seconds = time.perf_counter() - started
            queries = cr.sql_log_count - queries
            self.kind.check(orders, work)
            cr.rollback()
        return queries, seconds

    def write_head(self, orders):
        orders[: self.drafts].write({"payment_term_id": self.other_terms})

    def write_lines(self, orders):
        orders[: self.drafts].order_line.write({"price_unit": 7.0})


def _middle(results):
    queries, seconds = zip(*results, strict=True)
    return {"queries": statistics.median(queries), "seconds": statistics.median(seconds)}


if __name__ == "__main__":
    sys.exit(main())
