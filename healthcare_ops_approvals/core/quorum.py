"""Whether the people who may still decide are enough for all stages.

Who has a seat in one stage has none in another when either of the two asks for different people.
"""

from dataclasses import dataclass

from .seats import unfilled


@dataclass(frozen=True)
class Open:
    """A stage that is still to be passed: ``missing`` approvals out of ``people``."""

    key: object
    missing: int
    people: frozenset
    distinct: bool = True


def unreachable(stages):
    """Keys of stages that cannot be passed with the people there are; empty when all can.

    Stages that share people freely are judged one by one, each beside those that do not.

    >>> one = Open("first", 1, frozenset({1}))
    >>> two = Open("second", 1, frozenset({1}))
    >>> unreachable([one, two])
    ['second']
    >>> unreachable([one, Open("second", 1, frozenset({1, 2}))])
    []
    """
    strict = [each for each in stages if each.distinct]
    shared = [each for each in stages if not each.distinct]
    failed = _first_unfilled(strict)
    if failed:
        return failed
    return [each.key for each in shared if _first_unfilled([*strict, each])]


def _first_unfilled(stages):
    index = unfilled([set(each.people) for each in stages], [each.missing for each in stages])
    return [] if index is None else [stages[index].key]
