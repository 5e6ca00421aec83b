"""Command line of the campaign."""

import argparse
import dataclasses
import signal
import sys
from pathlib import Path

from dev import environment, paths, postgres, ui

from . import __doc__ as description
from .plan import SMALL, Plan


def main(argv=None) -> int:
    """Run a campaign, print its table; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dev faults",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--small", action="store_true", help="the size that make test runs")
    for name, kind in (("events", int), ("kills", int), ("pg-restarts", int), ("seed", int)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--report", type=Path, metavar="PATH", help="write the counts as JSON")
    arguments = vars(parser.parse_args(argv))
    report = arguments.pop("report")
    plan = SMALL if arguments.pop("small") else Plan()
    plan = dataclasses.replace(plan, **{k: v for k, v in arguments.items() if v is not None})
    # Told to end, it ends what it has started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return run(plan, report)
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130


def run(plan: Plan, report: Path | None) -> int:
    # Odoo is imported late: without it `--help` still works.
    from .campaign import Campaign
    from .table import table, write
    from .verdict import judge

    plan = _without_what_cannot_be(plan)
    campaign = Campaign(plan, environment.child_environment())
    campaign.run()
    counts = judge(campaign.evidence)
    ui.say(table(campaign, counts))
    if report:
        write(report, campaign, counts)
    broken = [count for count in counts if count.broken]
    if broken:
        ui.say(f"journals and logs: {paths.shown(campaign.folder)}")
        return 1
    return 0


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
