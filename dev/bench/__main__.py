"""Command line of the benchmark."""

import argparse
import importlib
import signal
import sys
import time

from dev import environment, paths, ui

from . import __doc__ as description

# name -> (module, function); in the order in which they run
PARTS = {
    "throughput": ("throughput", "run"),
    "queue_job": ("queue_job", "run"),
    "instant": ("throughput", "run_instant"),
    "emission": ("emission", "run"),
    "latency": ("latency", "run"),
    "memory": ("memory", "run"),
    "claim": ("claim", "run"),
    "service_levels": ("service_levels", "run"),
    "approvals": ("approvals", "run"),
    "people": ("people", "run"),
    "monitoring": ("monitoring", "run"),
}


def main(argv=None) -> int:
    """Run the parts; 1 when a target was missed."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dev bench",
        description=description.format(parts=", ".join(PARTS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="*", help="which parts to run; all without")
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it work at all?")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.part) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))} (there are {', '.join(PARTS)})")
    # Told to end, it ends what it has started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return run(arguments.part or list(PARTS), arguments.quick)
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130


def run(parts: list[str], quick: bool) -> int:
    # Odoo is imported late: without it `--help` still works.
    from .report import Report
    from .scene import Scene

    report, failed = Report(quick), []
    with Scene(environment.child_environment(), quick) as scene:
        for name in (name for name in PARTS if name in parts):
            started = time.monotonic()
            ui.say(f"\n{name}")
            module, function = PARTS[name]
            try:
                getattr(importlib.import_module(f".{module}", __package__), function)(scene, report)
            except ui.Failure as failure:
                # The other parts are worth having: one that cannot be measured is told.
                failure.report()
                report.note(f"{name} could not be measured: {failure}")
                failed.append(name)
            ui.say(f"  {name}: {ui.duration(time.monotonic() - started)}")
    path = report.write()
    ui.say(f"\n{report.markdown()}\nwritten to {paths.shown(path)} and report.json beside it")
    for row in report.missed():
        ui.say(f"missed: {row.what}: {row.measured()}, target {row.target}")
    return 1 if failed or (report.missed() and not quick) else 0


if __name__ == "__main__":
    sys.exit(main())
