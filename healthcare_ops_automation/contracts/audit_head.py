"""Event: how far the trail is sealed, to be kept where its database's owner cannot change it."""

from ..core.contract import INTERNAL, Contract, Timestamp, declare_event, tagged

HEAD_SEALED = "audit.head.sealed"


class HeadSealed(Contract):
    """The head of a chain of seals. Kept elsewhere it proves later that nothing before it was
    changed, removed or put in."""

    root_company: int = tagged(
        INTERNAL, ge=0, description="Id of the root company whose chain it is; 0: of no company"
    )
    chain: str = tagged(INTERNAL, max_length=500, description="Name of that company")
    sequence: int = tagged(INTERNAL, ge=1, description="How many entries are sealed")
    hash: str = tagged(
        INTERNAL, pattern="^[0-9a-f]{64}$", description="SHA-256 over the last seal and all before"
    )
    sealed_at: Timestamp = tagged(INTERNAL, description="When the last entry was sealed")
    findings: int = tagged(
        INTERNAL, ge=0, description="What the verification just before found; 0: nothing"
    )


declare_event(
    HEAD_SEALED,
    HeadSealed,
    module="healthcare_ops_automation",
    name="Head of the trail sealed",
    description="Daily, for each chain that grew: sequence and hash of its last seal. Whoever "
    "keeps it apart from the database can have the trail verified against it.",
    process_code="audit",
    milestone_code="sealed",
    severity="info",
    lane="standard",
    example={
        "root_company": 1,
        "chain": "Lakeside Outpatient Network",
        "sequence": 18342,
        "hash": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
        "sealed_at": "2026-03-02T03:00:05Z",
        "findings": 0,
    },
)
