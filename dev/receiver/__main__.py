"""Command line of the receiver."""

import argparse
import json
import os
import signal
import sys

from . import __doc__ as description
from . import console, suppliers
from .core import Receiver
from .failures import HELP
from .journal import say
from .server import Server


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(
        prog="python3 -m dev.receiver",
        description=description,
        epilog=f"fail modes:\n{HELP}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    environ = os.environ
    secret_help = "better in the environment"
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--secret-in", default=environ.get("OPS_RECEIVER_SECRET_IN"), help=secret_help
    )
    parser.add_argument(
        "--secret-out", default=environ.get("OPS_RECEIVER_SECRET_OUT"), help=secret_help
    )
    parser.add_argument("--callback-url", default=environ.get("OPS_RECEIVER_CALLBACK_URL"))
    parser.add_argument("--suppliers", metavar="FILE", help="catalogue as JSON")
    parser.add_argument("--fail", default="none", metavar="MODE", help="one of the below")
    parser.add_argument(
        "--person",
        action="store_true",
        help="say how to connect Odoo, secrets included, and obey what is typed (make receiver)",
    )
    arguments = parser.parse_args(argv)
    if not (arguments.secret_in and arguments.secret_out):
        parser.error("set OPS_RECEIVER_SECRET_IN and OPS_RECEIVER_SECRET_OUT in the environment")
    return parser, arguments


def main(argv=None):
    parser, arguments = parse_arguments(argv)
    try:
        catalogue = suppliers.load(arguments.suppliers) if arguments.suppliers else None
        receiver = Receiver(
            arguments.secret_in,
            arguments.secret_out,
            arguments.callback_url,
            catalogue,
            arguments.fail,
        )
        server = Server(arguments.port, receiver)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if arguments.person:
        secrets = arguments.secret_in, arguments.secret_out
        print(console.connect_help(server.url, *secrets, arguments.callback_url), flush=True)
        console.listen(sys.stdin, receiver, server)
    else:
        # The first line is for the program that started this one.
        print(json.dumps({"port": server.server_port, "url": server.url}), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped")
    finally:
        receiver.stop()
        server.server_close()


if __name__ == "__main__":
    main()
