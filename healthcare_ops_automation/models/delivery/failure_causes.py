"""The causes of core.cause as people read them: a label, what happened, and what to do next."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# In the order of core.cause: what we found ourselves, then what the receiver answered.
FAILURE_CAUSES = [
    ("address", "Address refused or unknown"),
    ("connection", "No connection"),
    ("tls", "Certificate or encryption"),
    ("timeout", "No answer in time"),
    ("refused_auth", "Access refused (401, 403)"),
    ("not_found", "Address unknown there (404)"),
    ("gone", "Wants no more events (410)"),
    ("redirected", "Redirected (3xx)"),
    ("rejected", "Event refused (4xx)"),
    ("overloaded", "Overloaded (429, 503)"),
    ("server_error", "Failure there (5xx)"),
    ("unanswered", "Broken for days"),
    ("worn_out", "Sending ended again and again"),
    ("other", "Something else"),
]

# What happened; follows the name of the endpoint and precedes how many events.
_STORIES = {
    "address": _lt(
        "%(events)s could not be sent to “%(endpoint)s”: its address cannot be found or must not "
        "be called."
    ),
    "connection": _lt("%(events)s could not be sent to “%(endpoint)s”: there is no connection."),
    "tls": _lt(
        "%(events)s could not be sent to “%(endpoint)s”: it does not prove who it is, or the "
        "encryption failed."
    ),
    "timeout": _lt("“%(endpoint)s” did not answer in time to %(events)s."),
    "refused_auth": _lt(
        "“%(endpoint)s” refused %(events)s: we have no access there (HTTP %(status)s)."
    ),
    "not_found": _lt(
        "“%(endpoint)s” refused %(events)s: HTTP %(status)s, it does not know the address. The "
        "workflow is probably not active."
    ),
    "gone": _lt(
        "“%(endpoint)s” refused %(events)s: HTTP %(status)s, it wants no more of them. The "
        "endpoint was switched off."
    ),
    "redirected": _lt(
        "“%(endpoint)s” did not take %(events)s: it points to another address "
        "(HTTP %(status)s), which is not followed."
    ),
    "rejected": _lt(
        "“%(endpoint)s” refused %(events)s: HTTP %(status)s, it does not accept the content."
    ),
    "overloaded": _lt(
        "“%(endpoint)s” did not take %(events)s: it was overloaded (HTTP %(status)s) until all "
        "attempts were used up."
    ),
    "server_error": _lt(
        "“%(endpoint)s” did not take %(events)s: it failed (HTTP %(status)s) until all attempts "
        "were used up."
    ),
    "unanswered": _lt("“%(endpoint)s” has been broken for days; %(events)s were given up."),
    "worn_out": _lt(
        "Sending %(events)s to “%(endpoint)s” was given up: our own process ended each time."
    ),
    "other": _lt("“%(endpoint)s” did not take %(events)s."),
}

_ADVICE = {
    "address": _lt("Have an administrator check the URL and the allowed networks, then replay."),
    "connection": _lt("Ask whether the other system runs and can be reached, then replay."),
    "tls": _lt("Have an administrator check the certificates under Security, then replay."),
    "timeout": _lt(
        "Ask why it is slow. It may have worked all the same: replaying is safe, it knows each "
        "event by its ID."
    ),
    "refused_auth": _lt(
        "Have an administrator compare the secret and the headers on both sides, then replay."
    ),
    "not_found": _lt("Have the workflow switched on over there, send a sample, then replay."),
    "gone": _lt(
        "Ask whether the other side still wants events. If so: activate the endpoint, send a "
        "sample, then replay. If not, skip them."
    ),
    "redirected": _lt("Have an administrator enter the new address as URL, then replay."),
    "rejected": _lt(
        "Read what was answered. Replay once the other side accepts it, else pass it on by hand "
        "and skip."
    ),
    "overloaded": _lt("Replay at a slower pace, or have the requests a minute limited."),
    "server_error": _lt("Ask those who run it to look at its errors, then replay."),
    "unanswered": _lt("Once the endpoint works again: replay what still matters, skip the rest."),
    "worn_out": _lt("Tell an administrator: the server's log says why. Replay one of them first."),
    "other": _lt("Read the problem and what was answered, mend it, then replay."),
}


def story(env, cause, **facts):
    """What happened, in the language of ``env``.

    :param str cause: a code of ``FAILURE_CAUSES``, or False
    :param facts: ``endpoint``, ``events`` (how many, in words), ``status``
    """
    text = env._(_STORIES[cause or "other"])
    return text % facts


def advice(env, cause):
    """What a manager does next, in the language of ``env``."""
    return env._(_ADVICE[cause or "other"])
