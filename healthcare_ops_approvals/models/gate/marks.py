"""Documents whose content changed in the present transaction, until they are settled.

Kept beside the cursor's other work before the commit, out of a client's reach. A flushing
savepoint settles before it begins and forgets what was noted in it when it is rolled back, so
what is noted always matches what stands in the database.
"""

from dataclasses import dataclass

KEY = "healthcare_ops_approvals.marks"


@dataclass
class Mark:
    """What happened to a document.

    ``editor``: the user id of the person who changed it last, or None. ``before``: its content
    before the first change, where it stood in a gated state; else None. ``entering``: it was about
    to enter a gated state, and nothing has let it pass so far.
    """

    editor: int | None = None
    before: dict | None = None
    entering: bool = False


def marks_of(cr, model_name):
    """{document id: Mark} of the transaction; may be added to."""
    return cr.precommit.data.setdefault(KEY, {}).setdefault(model_name, {})


def take_marks(cr, model_name, ids=None):
    """The marks of all documents of a model, or of these, which are forgotten."""
    marks = marks_of(cr, model_name)
    wanted = list(marks) if ids is None else [id_ for id_ in ids if id_ in marks]
    return {id_: marks.pop(id_) for id_ in wanted}


def put_back(cr, model_name, marks):
    """Note again what could not be settled: whoever catches the error may go on to the commit."""
    noted = marks_of(cr, model_name)
    for id_, mark in marks.items():
        later = noted.get(id_)
        if later:
            mark.editor = later.editor or mark.editor
            mark.before = mark.before or later.before
            mark.entering = mark.entering or later.entering
        noted[id_] = mark


def forget_entering(cr, model_name, ids):
    """Take down that these were let into the gated state."""
    noted = marks_of(cr, model_name)
    for id_ in ids:
        if id_ in noted:
            noted[id_].entering = False
            if noted[id_] == Mark():
                del noted[id_]
