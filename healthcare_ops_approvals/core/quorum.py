"""Whether the people who may still decide are enough for all stages.

Somebody fills one seat of a stage. Who has a seat in one stage has none in another when either
of the two asks for different people.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Open:
    """A stage that is still to be passed: ``missing`` approvals out of ``people``."""

    key: object
    missing: int
    people: frozenset
    distinct: bool = True


@dataclass
class _Seats:
    """Seats given to people, each person one; made by augmenting paths."""

    stages: dict
    taken: dict = field(default_factory=dict)  # {person: stage key}

    def fill(self, key, seen):
        for person in sorted(self.stages[key].people):
            if person in seen:
                continue
            seen.add(person)
            if person not in self.taken or self.fill(self.taken[person], seen):
                self.taken[person] = key
                return True
        return False


def unreachable(stages):
    """Keys of the stages that cannot all be passed with the people there are; empty when they can.

    Stages that share people freely are judged one by one, each beside those that do not.

    >>> one = Open("first", 1, frozenset({1}))
    >>> two = Open("second", 1, frozenset({1}))
    >>> unreachable([one, two])
    ['second']
    >>> unreachable([one, Open("second", 1, frozenset({1, 2}))])
    []
    """
    short = [each.key for each in stages if each.missing > len(each.people)]
    if short:
        return short
    strict = [each for each in stages if each.distinct]
    shared = [each for each in stages if not each.distinct]
    failed = _unfilled(strict)
    if failed or not strict:
        return failed
    return [each.key for each in shared if _unfilled([*strict, each])]


def _unfilled(stages):
    seats = _Seats({each.key: each for each in stages})
    for each in stages:
        for _seat in range(each.missing):
            if not seats.fill(each.key, set()):
                return [each.key]
    return []
