"""The circuit breaker of an endpoint, and how many requests it may get; plain rules.

Closed: everything is sent. After a row of failures it opens: nothing is sent, nothing uses
up an attempt, the endpoint is called broken. After a while one delivery probes (half-open):
taken, the circuit closes; refused, it stays open for longer. See M. Nygard, Release It!
(2nd ed., 2018), ch. 5, "Circuit Breaker".
"""

import math
import random

from .retry import JITTER
from .sender import RETRY

# Failures in a row, whichever the deliveries, that open the circuit.
FAILURES_TO_OPEN = 10
# Seconds until the first probe; each one that fails doubles them, up to the longest.
FIRST_PROBE = 15
LONGEST_PROBE = 600
# A receiver that says "too many" gets nothing at all for as long as it asks, in seconds.
HOLD_MAX = 3600
TOO_MANY = 429
UNAVAILABLE = 503


def is_failure(outcome):
    """Whether an outcome speaks against the endpoint rather than against one event."""
    return outcome.verdict == RETRY and outcome.status != TOO_MANY


def hold_seconds(outcome):
    """Seconds in which the receiver wants nothing at all (RFC 9110 §10.2.3, RFC 6585 §4)."""
    if outcome.status not in (TOO_MANY, UNAVAILABLE):
        return 0
    return min(outcome.retry_after or 0, HOLD_MAX)


def probe_delay(trips, rng=random):
    """Seconds until the next probe.

    :param int trips: how often the circuit has opened or stayed open in a row, from 1
    :param rng: source of the jitter
    """
    planned = min(FIRST_PROBE * 2 ** min(trips - 1, 16), LONGEST_PROBE)
    return planned * rng.uniform(1 - JITTER, 1 + JITTER)


def admitted(theoretical, now, per_minute, wanted):
    """How many requests the rate allows now, by the generic cell rate algorithm (ITU-T I.371).

    A burst of what one second allows, and of one at least, is let through.

    :param float theoretical: when the next request was due at the set pace; Unix time
    :param float now: Unix time
    :param int per_minute: the rate, 0 for no limit
    :param int wanted: requests that could be sent
    :return: ``(how many may go, the new theoretical time)``
    """
    if not per_minute:
        return wanted, now
    interval = 60 / per_minute
    theoretical = max(theoretical, now - max(1.0 - interval, 0.0))
    allowed = max(math.floor((now - theoretical) / interval + 1e-9) + 1, 0)
    count = min(wanted, allowed)
    return count, theoretical + count * interval
