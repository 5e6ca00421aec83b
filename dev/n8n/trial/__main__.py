"""Command line of the trial."""

import argparse
import signal
import sys
import time
import traceback

from dev import logcheck, ui

from .. import node_types
from . import __doc__ as description
from .scene import Scene
from .stories import STORIES


def main(argv=None) -> int:
    """Play every story, or those named; list each with what happened on both sides."""
    parser = argparse.ArgumentParser(
        prog="make test-n8n ARGS=...",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stories", nargs="*", help="names of functions in dev/n8n/trial/stories.py")
    named = parser.parse_args(argv).stories
    stories = [story for story in STORIES if not named or story.__name__ in named]
    if not stories:
        parser.error(f"the stories are {', '.join(story.__name__ for story in STORIES)}")
    for number in (signal.SIGTERM, signal.SIGINT):
        # What was started ends with it, also in the background of a script.
        signal.signal(number, signal.default_int_handler)
    start = time.monotonic()
    try:
        node_types.require_current()
        with Scene() as scene:
            results = [_tell(number, story, scene) for number, story in enumerate(stories, 1)]
            unexpected = logcheck.check_log(scene.odoo.log, _provoked)
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130
    return _summary(results, unexpected, time.monotonic() - start)


def _tell(number: int, story, scene) -> bool:
    """Play one story and print how it went; the scene is put right for the next one."""
    ui.say(f"\n{number}. {story.__doc__}")
    start = time.monotonic()
    try:
        odoo, n8n = story(scene)
    except AssertionError as failure:
        ui.say(f"   FAILED ({ui.duration(time.monotonic() - start)}): {failure}")
        passed = False
    except Exception:
        ui.say(f"   FAILED ({ui.duration(time.monotonic() - start)})")
        ui.say(traceback.format_exc())
        passed = False
    else:
        ui.say(f"   Odoo  {odoo}\n   n8n   {n8n}")
        ui.say(f"   passed ({ui.duration(time.monotonic() - start)})")
        passed = True
    scene.mend()
    return passed


def _provoked(logger: str, _level: str, message: str) -> bool:
    """What the stories provoke in the server's log: transactions that met and begin again."""
    return logger == "odoo.sql_db" and "bad query" in message and "ops_" in message


def _summary(results: list[bool], unexpected: list[str], seconds: float) -> int:
    for line in unexpected:
        ui.say(f"unexpected in Odoo's log: {line[:300]}")
    passed = sum(results)
    ui.say(f"\n{passed} of {len(results)} stories passed in {ui.duration(seconds)}")
    return 0 if passed == len(results) and not unexpected else 1


if __name__ == "__main__":
    sys.exit(main())
