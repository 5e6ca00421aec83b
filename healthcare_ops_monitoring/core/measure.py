"""What a KPI says about a scope: a number, how many records it stands on, and which."""

from dataclasses import dataclass, field

OK = "ok"
# Too few records for a percentile or a share: the number is withheld, the count is not.
FEW = "few"
NO_DATA = "no_data"
NO_ACCESS = "no_access"
NOT_INSTALLED = "not_installed"
STATUSES = (OK, FEW, NO_DATA, NO_ACCESS, NOT_INSTALLED)


@dataclass(frozen=True)
class Measure:
    """``domain`` finds exactly the ``n`` records behind the number.

    Of a share, ``hits`` of the ``n`` fulfil the condition, and ``hits_domain`` finds these.
    ``value`` is in the KPI's unit, a share between 0 and 1; None unless the status is ``ok``.
    """

    status: str
    value: float | None = None
    n: int = 0
    model: str | None = None
    domain: list = field(default_factory=list)
    hits: int | None = None
    hits_domain: list | None = None
