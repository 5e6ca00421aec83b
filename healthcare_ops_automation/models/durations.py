"""Durations in words."""

MINUTE, HOUR, DAY = 60, 3600, 86400
# Up to here hours are said, then days.
HOURS_UP_TO = 48 * HOUR


def in_words(env, seconds, days=False):
    """A duration in the reader's language: "3 h 20 min".

    :param seconds: of which full minutes are told; a negative duration is told as none
    :param bool days: tell more than two days as days of 24 hours; not for working hours
    """
    seconds = max(int(seconds), 0)
    if seconds < MINUTE:
        return env._("less than a minute")
    if seconds < HOUR:
        return env._("%s min", seconds // MINUTE)
    if days and seconds >= HOURS_UP_TO:
        whole, rest = divmod(seconds, DAY)
        if rest < HOUR:
            return env._("%s d", whole)
        return env._("%(days)s d %(hours)s h", days=whole, hours=rest // HOUR)
    hours, rest = divmod(seconds, HOUR)
    if rest < MINUTE:
        return env._("%s h", hours)
    return env._("%(hours)s h %(minutes)s min", hours=hours, minutes=rest // MINUTE)
