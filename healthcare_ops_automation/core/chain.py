"""Following a chain of seals: each hash covers the one before, so no link can be taken out,
put in, changed or moved without the place showing."""

from dataclasses import dataclass, field
from datetime import datetime

from .digest import facts_digest

# What a look at a seal can find; the words for a reader are the model's.
SEAL_CHANGED = "seal_changed"
SEAL_MISSING = "seal_missing"
SEAL_INSERTED = "seal_inserted"
LINK_BROKEN = "link_broken"
REWRITTEN = "rewritten"
CUT = "cut"


@dataclass(frozen=True)
class Seal:
    """A link of the chain: which entry with which digest it seals, and what it follows on.

    The order of the fields up to ``sealed_at`` is the order in which they are hashed. Times
    are naive UTC; ``appended_at`` is empty for entries from before there were seals.
    """

    sequence: int
    company_id: int
    res_model: str
    entry_id: int
    entry_digest: str
    entry_at: datetime
    appended_at: datetime | None
    previous_hash: str | None
    sealed_at: datetime
    hash: str = ""

    def facts(self):
        """What the hash covers."""
        return (
            self.sequence,
            self.company_id,
            self.res_model,
            self.entry_id,
            self.entry_digest,
            self.entry_at,
            self.appended_at,
            self.previous_hash,
            self.sealed_at,
        )

    def true_hash(self):
        """The hash that its facts give."""
        return facts_digest(self.facts())


@dataclass(frozen=True)
class Anchor:
    """A head of the chain that was noted outside of it.

    :param str source: where it was kept, as the caller names it
    """

    sequence: int
    hash: str
    source: str = ""
    at: datetime | None = None


@dataclass
class ChainWalk:
    """Follow one chain from its beginning, seal by seal, in the order of the sequence.

    ``follow`` answers with what is wrong at each seal, ``finish`` with what its end shows.
    Needs no more memory than the anchors it compares with.
    """

    anchors: list[Anchor] = field(default_factory=list)
    sequence: int = 0
    hash: str = ""
    sealed_at: datetime | None = None
    compared: int = 0
    # Up to here an anchor says that nothing was rewritten.
    anchored: int = 0

    def __post_init__(self):
        self._due = {}
        for anchor in self.anchors:
            self._due.setdefault(anchor.sequence, []).append(anchor)

    def follow(self, seal):
        """What is wrong at this seal.

        :return: ``(kind, details)`` pairs
        """
        found = []
        if seal.sequence <= self.sequence:
            # A second one at a place that is taken: the chain goes on from the first.
            return [(SEAL_INSERTED, {})]
        if seal.sequence > self.sequence + 1:
            found.append((SEAL_MISSING, {"first": self.sequence + 1, "last": seal.sequence - 1}))
        elif (seal.previous_hash or "") != self.hash:
            found.append((LINK_BROKEN, {"before": self.sequence}))
        if seal.hash != seal.true_hash():
            found.append((SEAL_CHANGED, {}))
        self.sequence, self.hash, self.sealed_at = seal.sequence, seal.hash, seal.sealed_at
        for anchor in self._due.pop(seal.sequence, ()):
            self.compared += 1
            if anchor.hash == seal.hash:
                self.anchored = seal.sequence
            else:
                found.append((REWRITTEN, self._told(anchor, self.anchored + 1)))
        return found

    def finish(self):
        """What the end of the chain shows: anchors beyond it, or in a gap.

        :return: ``(kind, details)`` pairs
        """
        found = []
        for sequence in sorted(self._due):
            for anchor in self._due[sequence]:
                self.compared += 1
                if sequence > self.sequence:
                    found.append((CUT, self._told(anchor, self.sequence + 1)))
                else:
                    found.append((REWRITTEN, self._told(anchor, sequence)))
        return found

    @staticmethod
    def _told(anchor, first):
        at = anchor.at.strftime("%Y-%m-%d %H:%M:%S") if anchor.at else None
        return {"first": first, "last": anchor.sequence, "source": anchor.source, "anchor_at": at}
