"""What a health check answers, without the ORM."""

from dataclasses import dataclass

OK = "ok"
DEGRADED = "degraded"
FAILING = "failing"
STATUSES = (OK, DEGRADED, FAILING)
"""From best to worst. Degraded: it works, and somebody should look. Failing: it does not."""


@dataclass(frozen=True)
class Check:
    """One answer.

    :param name: stable code, for machines
    :param status: one of STATUSES
    :param label: what is checked, for people
    :param detail: what was found, in a sentence without secrets: it is public
    :param advice: what to do about it; empty when there is nothing to do
    :param action: the Odoo action that opens the records behind the finding, if any
    """

    name: str
    status: str
    label: str
    detail: str
    advice: str = ""
    action: dict | None = None

    def public(self):
        """What the route says to anybody."""
        return {"name": self.name, "status": self.status, "detail": self.detail}

    def page(self):
        """What the page in Odoo shows to those who may see it."""
        return {
            **self.public(),
            "label": self.label,
            "advice": self.advice,
            "action": self.action or False,
        }


def worst(statuses):
    """The worst of some statuses; ok when there are none.

    >>> worst(["ok", "failing", "degraded"])
    'failing'
    >>> worst([])
    'ok'
    """
    return max(statuses, key=STATUSES.index, default=OK)


def threshold(value, default):
    """A configured number of seconds, or the default where it is not a positive one.

    >>> threshold("90", 60), threshold("soon", 60), threshold("-1", 60), threshold(False, 60)
    (90, 60, 60, 60)
    """
    try:
        seconds = int(value)
    except (TypeError, ValueError):
        return default
    return seconds if seconds > 0 else default
