"""Command line of the campaigns: of deliveries, then of callbacks (``dev.fuzz``)."""

import argparse
import dataclasses
import json
import signal
import sys
from pathlib import Path

from dev import environment, paths, postgres, ui
from dev.fuzz import __doc__ as callbacks

from . import __doc__ as description
from .plan import SMALL, Plan


def main(argv=None) -> int:
    """Run the campaigns, print their tables; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dev faults",
        description=f"{description}\n{callbacks}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=CAMPAIGNS, help="one campaign instead of both")
    parser.add_argument("--small", action="store_true", help="the size that make test runs")
    for name, kind in (("events", int), ("kills", int), ("pg-restarts", int), ("seed", int)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--report", type=Path, metavar="PATH", help="write the counts as JSON")
    arguments = vars(parser.parse_args(argv))
    path, only, small = (arguments.pop(name) for name in ("report", "only", "small"))
    changes = {name: value for name, value in arguments.items() if value is not None}
    # Told to end, it ends what it has started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        reports = {
            name: play(changes, small) for name, play in CAMPAIGNS.items() if only in (None, name)
        }
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130
    if path:
        content = reports[only] if only else reports
        path.write_text(json.dumps(content, indent=2, default=str) + "\n")
    broken = [count for report in reports.values() for count in report["counts"] if count["broken"]]
    return 1 if broken else 0


def deliver(changes: dict, small: bool) -> dict:
    """Run the campaign of deliveries, print its table; return its report."""
    # Odoo is imported late: without it `--help` still works.
    from .campaign import Campaign
    from .table import report, table
    from .verdict import judge

    plan = _without_what_cannot_be(dataclasses.replace(SMALL if small else Plan(), **changes))
    campaign = Campaign(plan, environment.child_environment())
    campaign.run()
    counts = judge(campaign.evidence)
    ui.say(table(campaign, counts))
    if any(count.broken for count in counts):
        ui.say(f"journals and logs: {paths.shown(campaign.folder)}")
    return report(campaign, counts)


def call_back(changes: dict, small: bool) -> dict:
    """Run the campaign of callbacks, print its table; return its report."""
    from dev.fuzz.campaign import Campaign
    from dev.fuzz.plan import SMALL, Plan
    from dev.fuzz.table import report, table

    plan = SMALL if small else Plan()
    plan = dataclasses.replace(plan, seed=changes.get("seed", plan.seed))
    campaign = Campaign(plan, environment.child_environment())
    campaign.run()
    ui.say(table(campaign))
    return report(campaign)


CAMPAIGNS = {"deliveries": deliver, "callbacks": call_back}


def _without_what_cannot_be(plan: Plan) -> Plan:
    """PostgreSQL is restarted only when it is ours, and nobody else works with it."""
    if not plan.pg_restarts:
        ui.say("PostgreSQL is not restarted in this campaign")
        return plan
    if not postgres.is_embedded():
        ui.say("LEFT OUT: PostgreSQL is not restarted, the PG* variables name a server not ours")
        return dataclasses.replace(plan, pg_restarts=0)
    others = postgres.psql(
        "SELECT DISTINCT datname FROM pg_stat_activity"
        " WHERE datname IS NOT NULL AND datname NOT LIKE '%\\_faults\\_%'"
        " AND pid <> pg_backend_pid()"
    )
    if others:
        raise ui.Failure(
            f"PostgreSQL is to be restarted, but is in use by others: {' '.join(others.split())}",
            "stop them (make stop), or leave the restarts out: make faults ARGS='--pg-restarts 0'",
        )
    return plan


if __name__ == "__main__":
    sys.exit(main())
