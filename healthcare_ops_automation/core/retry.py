"""When a failed delivery is tried again.

The default schedule and the ±20 % jitter follow Svix's published schedule
(https://docs.svix.com/retries): nine attempts in about 28 hours.
"""

import random

from .wording import InvalidSetting

DEFAULT_SCHEDULE = (5, 300, 1800, 7200, 18000, 36000, 36000)
JITTER = 0.2
RETRY_AFTER_MAX = 3600
MAX_DELAY = 7 * 86400


def parse_schedule(text):
    """The seconds between attempts, from text such as ``5, 300, 1800``.

    :raise InvalidSetting: when a part is no whole number of seconds from 1 to one week
    """
    try:
        schedule = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InvalidSetting("schedule_no_numbers") from error
    if not schedule or not all(1 <= seconds <= MAX_DELAY for seconds in schedule):
        raise InvalidSetting("schedule_out_of_range")
    return schedule


def delay_after(attempt, schedule, retry_after=None, rng=random):
    """Seconds to wait after the given attempt failed, or None to give up.

    :param int attempt: how many attempts there were, from 1
    :param schedule: seconds between attempts; one attempt more than it has entries
    :param retry_after: seconds the receiver asked for, honoured up to one hour when longer
    :param rng: source of the jitter
    """
    if attempt > len(schedule):
        return None
    planned = schedule[attempt - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
    return max(planned, min(retry_after or 0, RETRY_AFTER_MAX))
