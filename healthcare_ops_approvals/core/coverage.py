"""What the rows of a policy leave out, and which of them no document ever reaches."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Span:
    """A row, as far as amounts and places go.

    ``key``: (company, site, department, category) that the row asks for, None for any;
    ``above``: for each of these its id and those of everything above it. ``condition`` is
    whatever else has to hold (None: nothing); equal conditions hold together. Amounts are from
    ``low`` (≥) to ``high`` (<). ``strict``: all categories of a document must fit, not any.
    """

    id: int
    key: tuple
    above: tuple
    low: float = -inf
    high: float = inf
    condition: object = None
    strict: bool = False

    def takes_all_of(self, other):
        """Whether whatever fits the other's places and conditions fits this one's, too."""
        if self.condition is not None and self.condition != other.condition:
            return False
        if self.strict and self.key[3] is not None and not other.strict:
            return False
        return all(
            own is None or own in above for own, above in zip(self.key, other.above, strict=True)
        )


ANYWHERE = Span(0, (None,) * 4, (frozenset(),) * 4)


def left_over(low, high, bands):
    """What of [low, high) none of the bands holds: a list of (from, to).

    >>> left_over(0, 10, [(0, 3), (5, 10)])
    [(3, 5)]
    """
    gaps, reached = [], low
    for start, end in sorted(bands):
        if start >= high:
            break
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    if reached < high:
        gaps.append((reached, high))
    return gaps


def unreachable(spans):
    """Rows that never are a document's, because earlier ones are: {id: ids of those}."""
    found = {}
    for index, span in enumerate(spans):
        earlier = [
            each
            for each in spans[:index]
            if each.id not in found
            and each.takes_all_of(span)
            and each.low < span.high
            and span.low < each.high
        ]
        if not left_over(span.low, span.high, [(each.low, each.high) for each in earlier]):
            found[span.id] = [each.id for each in earlier]
    return found


def overlaps(spans):
    """Pairs of rows for the same documents whose bands overlap: (earlier, later, from, to).

    A row without limits after others is what is left for the rest, and no overlap.
    """
    dead = unreachable(spans)
    found = []
    for index, later in enumerate(spans):
        if later.id in dead or (later.low, later.high) == (-inf, inf):
            continue
        for earlier in spans[:index]:
            same = earlier.key == later.key and not (earlier.condition or later.condition)
            low, high = max(earlier.low, later.low), min(earlier.high, later.high)
            if same and low < high:
                found.append((earlier.id, later.id, low, high))
    return found


def gaps(spans):
    """Amounts that no row is sure to take, for each kind of document: {key: [(from, to)]}.

    The key (None, None, None, None) stands for documents anywhere. A more special kind is told
    only when its amounts differ from that.
    """
    general = _gaps_of(ANYWHERE, spans)
    found = {ANYWHERE.key: general} if general else {}
    for span in spans:
        if span.key in found or span.key == ANYWHERE.key:
            continue
        plain = Span(0, span.key, span.above, strict=span.strict)
        special = _gaps_of(plain, spans)
        if special and special != general:
            found[span.key] = special
    return found


def _gaps_of(place, spans):
    bands = [(each.low, each.high) for each in spans if each.takes_all_of(place)]
    return left_over(-inf, inf, bands)
