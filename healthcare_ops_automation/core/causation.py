"""What caused the present transaction: kept beside the cursor, out of the client's reach.

A context key comes from the client and is not trusted; this object is known only to the
code that holds the cursor, and is gone when its block ends.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

_CAUSES = WeakKeyDictionary()


@dataclass(frozen=True)
class Cause:
    """The event that the work in progress follows from.

    ``depth`` counts the events in the chain before what is emitted now.
    """

    event_uuid: str
    correlation_id: str
    depth: int


def current_cause(cr):
    """The :class:`Cause` of the work on this cursor, or None."""
    return _CAUSES.get(cr)


@contextmanager
def caused_by(cr, cause):
    """What is emitted on ``cr`` within the block follows from ``cause``."""
    before = _CAUSES.get(cr)
    _CAUSES[cr] = cause
    try:
        yield
    finally:
        if before is None:
            _CAUSES.pop(cr, None)
        else:
            _CAUSES[cr] = before
