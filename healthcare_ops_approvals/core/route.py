"""What a policy answers about a document: which way it goes, and who is asked on it."""

from dataclasses import dataclass, field

APPROVE = "approve"
# A row matches, and says that nobody has to approve.
NONE = "none"
# No row matches: an armed gate refuses.
NO_MATCH = "no_match"

MODE_ANY = "any"
MODE_ALL = "all"
MODE_N_OF_M = "n_of_m"


@dataclass(frozen=True)
class Route:
    """The way of one document through a version of a policy.

    Amounts are in units of their currency; ``rate`` is units of the policy's currency for one of
    the document's, as it was on ``rate_date``. ``reasons`` are sentences in the reader's language.
    """

    version_id: int
    row_id: int | None
    row_label: str
    outcome: str
    document_amount: float
    document_currency: str
    amount: float
    policy_currency: str
    rate: float
    rate_date: object
    reasons: tuple = ()


@dataclass(frozen=True)
class StagePlan:
    """One stage of the way: who is asked, how many have to agree, and by when.

    ``excluded`` tells why somebody of the pool is not asked: ``{user id: reason in words}``.
    ``problem`` says in words why the stage cannot be passed at all, or is None.
    ``due_hours`` are working hours of the site; 0: no due time. ``ask_pauses`` says whether they
    stand still while somebody's question waits for its answer.
    """

    stage_id: int
    step: int
    name: str
    who: str
    mode: str
    quorum: int
    due_hours: float
    escalation_policy_id: int | None
    user_ids: tuple
    excluded: dict = field(default_factory=dict)
    distinct: bool = True
    ask_pauses: bool = False
    escalates_from: str = "opened"
    problem: str | None = None

    @property
    def needed(self):
        """How many have to approve."""
        return needed(self.mode, self.quorum, len(self.user_ids))


def needed(mode, quorum, seats):
    """How many of so many people have to approve; at least one, also of an empty pool."""
    if mode == MODE_ALL:
        return max(seats, 1)
    if mode == MODE_N_OF_M:
        return max(quorum, 1)
    return 1
