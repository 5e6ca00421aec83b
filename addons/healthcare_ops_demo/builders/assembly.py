"""The order in which the network comes to be."""

import logging
import time

from . import (
    approval_requests,
    approvals,
    by_hand,
    composed,
    controls,
    delegations,
    equipment,
    escalations,
    exceptions,
    figures,
    free_policy,
    free_requests,
    history,
    movements,
    network,
    people,
    products,
    review,
    service_levels,
    supply,
    targets,
    teams,
    told,
    warehouses,
)
from .context import Demo
from .ledger import Ledger
from .simulation import make_plan
from .tables import table

_logger = logging.getLogger(__name__)


def build(env, today=None):
    """Build the whole network, as it stands on ``today``.

    Stock moves before the supply items exist: the history is told by imported events, not
    by events that the building itself would cause.

    :return: the :class:`Demo` with everything it knows by name
    """
    demo = Demo(env, today)
    started = time.monotonic()
    network.build_companies(demo)
    network.build_sites(demo)
    people.build_people(demo)
    products.build_vendors(demo)
    products.build_products(demo)
    warehouses.build_warehouses(demo)
    warehouses.build_putaway(demo)
    plan = plan_of(demo.today)
    ledger = Ledger(demo)
    movements.book_opening(demo, ledger, plan)
    history.build_orders(demo, ledger, plan)
    movements.book_call_offs(demo, ledger, plan)
    movements.book_special_lots(demo, ledger, plan)
    movements.book_use(demo, ledger, plan)
    equipment.build_equipment(demo)
    equipment.build_requests(demo)
    supply.build_items(demo, plan)
    supply.import_crossings(demo, plan)
    supply.build_answers(demo, plan)
    teams.build_teams(demo)
    exceptions.build_exceptions(demo)
    review.build_review(demo)
    service_levels.build_service_levels(demo)
    demo.env["ops.supply.item"].search([])._ops_recompute(silent=True)
    composed.build_composed_type(demo)
    escalations.build_escalations(demo)
    controls.build_controls(demo)
    approvals.build_approval_policy(demo)
    approval_requests.build_approval_requests(demo)
    free_policy.build_request_policy(demo)
    delegations.build_delegations(demo)
    free_requests.build_requests(demo)
    by_hand.build_runbooks(demo)
    by_hand.build_register(demo)
    by_hand.build_fallback(demo)
    targets.build_targets(demo)
    told.tell_again(demo)
    figures.work_out(demo)
    _logger.info("Demo network built in %.1f s", time.monotonic() - started)
    return demo


def plan_of(day):
    """The network's history as it looks on ``day``; a pure function of the tables."""
    shortages = {(row["site"], row["product"]) for row in table("shortages")}
    return make_plan(table("sites"), table("vendors"), table("products"), shortages, day)
