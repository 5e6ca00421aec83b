"""Command line of the story."""

import argparse
import sys
from contextlib import ExitStack

from dev import run, target, ui
from dev.receiver.process import ReceiverProcess

from . import __doc__ as description
from .timeline import StoryFailed


def main(argv=None):
    """Play both acts; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dev.story",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    target.add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        with target.serving(arguments, "story") as server:
            play(server)
    except StoryFailed as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        return 1
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130
    return 0


def play(server):
    """Both acts against a running server; print and return the links to what they left."""
    # Odoo is imported late: without it `--help` and a clear failure still work.
    from . import endpoint, stock
    from .act import STOREKEEPER, Act
    from .database import Database

    db = Database(server.db, server.odoo_config)
    with ExitStack() as stack:
        receiver = stack.enter_context(ReceiverProcess())
        print(f"receiver    {receiver.url} (a process of its own)")
        path = db.run(lambda env: endpoint.connect(env, receiver))
        stack.callback(db.run, endpoint.disconnect)
        print(f"odoo        {server.url}, database {server.db}")
        receiver.control(callback_url=server.url + path)
        first, second = db.run(lambda env: stock.story_items(env).ids, STOREKEEPER)
        links = [
            Act(db, receiver, first, preferred_can=True).play("Act 1: a preferred vendor delivers"),
            Act(db, receiver, second, preferred_can=False).play("Act 2: no preferred vendor can"),
        ]
    show_links(server, links)
    return links


def show_links(server, links):
    """Where to look at what the acts left behind."""
    url = server.url if server.lasting else f"http://127.0.0.1:{run.port_number()}"
    print("\nSee for yourself:" if server.lasting else "\nSee for yourself, after `make run`:")
    for number, act_links in enumerate(links, start=1):
        for label, path in act_links.items():
            print(f"  act {number} {label:<10} {url}{path}")


if __name__ == "__main__":
    sys.exit(main())
