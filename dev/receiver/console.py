"""The person at the terminal: told how to connect an endpoint, may type fail modes."""

import threading

from .failures import HELP
from .journal import say

CONNECT = """
Listening on {url}. To connect Odoo, as administrator:
  Healthcare Operations > Configuration > Endpoints > New, with

    URL                {url}/events
    Event types        *
    Allowed networks   127.0.0.0/8       (this machine is no public address)
    Signing secret     {secret_in}
    Callback secret    {secret_out}
    Integration user   one with the role Integration, such as the demo's
                       (only for callbacks)

{callbacks}
Type a fail mode and Enter, also with a number of events: refuse 3
{help}
status shows what was received; Ctrl-C ends.
"""
WITHOUT_CALLBACKS = """\
No callbacks are made until you type: callback and the endpoint's callback address
(or start with that in OPS_RECEIVER_CALLBACK_URL).
"""
WITH_CALLBACKS = "Callbacks go to the address in OPS_RECEIVER_CALLBACK_URL.\n"


def connect_help(url, secret_in, secret_out, callback_url):
    """How to connect an endpoint to this receiver, with the values to enter."""
    return CONNECT.format(
        url=url,
        secret_in=secret_in,
        secret_out=secret_out,
        callbacks=WITH_CALLBACKS if callback_url else WITHOUT_CALLBACKS,
        help="".join(f"    {line}\n" for line in HELP.splitlines()),
    )


def obey(line, receiver, server):
    """Do what one typed line says; return what to tell the person.

    :param str line: a fail mode, optionally followed by a number of events; ``callback`` and
        an address; or ``status``
    """
    words = line.split()
    if not words:
        return None
    if words == ["status"]:
        log = receiver.log()
        return f"{len(log['received'])} received, {len(log['callbacks'])} called back"
    mode, *times = words
    try:
        if mode == "callback":
            receiver.control({"callback_url": "".join(times)})
            return "callbacks go there from now on"
        change = {"fail": mode, **({"times": int(times[0])} if times else {})}
        at_once = receiver.control(change)
    except ValueError as error:
        return str(error)
    if at_once:
        server.close_for(at_once.number)
        return None
    return f"from now on: {mode}" + (f", for {times[0]} events" if times else "")


def listen(stream, receiver, server):
    """Obey every line of ``stream``, in a thread of its own."""

    def follow():
        for line in stream:
            answer = obey(line, receiver, server)
            if answer:
                say(answer)

    threading.Thread(target=follow, daemon=True).start()
