"""How large a campaign is."""

from dataclasses import dataclass

# Seconds between attempts: the campaign sees all of a schedule within minutes.
RETRY_SCHEDULE = (1, 1, 2, 2, 3, 3, 5, 5, 8, 8, 13, 13)
# What each receiver is told, in turn, between times at which it answers.
FAULTS = (
    {"mode": "refuse"},
    {"mode": "hang"},
    {"mode": "status", "status": 500, "retry_after": None},
    {"mode": "status", "status": 429, "retry_after": 2},
    {"mode": "reset"},
    {"mode": "drip"},
)


@dataclass(frozen=True)
class Plan:
    """Counts and seconds of one campaign."""

    events: int = 100_000
    records: int = 2_000
    writers: int = 3
    kills: int = 20
    pg_restarts: int = 2
    seed: int = 1
    writer_rate: int = 65  # events a second that one writer emits at most
    kill_every: float = 16.0  # seconds from one blow to the next
    prey_within: float = 20.0  # a kill waits as long for its victim to be sending
    # Seconds at which the receiver answers. Longer than a circuit stays open, or little would ever
    # be on its way when something fails.
    fine_for: tuple[float, float] = (18.0, 28.0)
    faulty_for: tuple[float, float] = (2.0, 5.0)
    answer_within: float = 2.0  # the endpoint's total timeout
    settle_within: float = 420.0  # of the end of all faults: the longest lease and then some
    total: float = 1_500.0  # seconds after which the campaign is given up
    latency: float = 0.02  # of the moody receiver's answers
    poison_share: float = 0.004  # of the transactions: events that are refused for good
    like_production: bool = True  # requests and scheduled actions in processes of their own
    # Else what is waited for at the end (leases, probes, the lanes' next minute) is due at once.
    wait_it_out: bool = True


SMALL = Plan(
    events=600,
    records=40,
    writers=2,
    kills=2,
    pg_restarts=0,
    writer_rate=30,
    kill_every=4.0,
    prey_within=12.0,
    fine_for=(0.8, 1.4),
    faulty_for=(0.6, 1.0),
    answer_within=1.0,
    total=240.0,
    latency=0.05,
    poison_share=0.05,
    like_production=False,
    wait_it_out=False,
)
