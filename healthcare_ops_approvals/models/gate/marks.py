"""Documents whose content changed in the present transaction, until they are settled.

Kept beside the cursor's other work before the commit, out of a client's reach. A flushing
savepoint settles before it begins and forgets what was noted in it when it is rolled back, so
what is noted always matches what stands in the database.
"""

from dataclasses import dataclass, replace
from functools import partial

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import KEEPERS

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


def put_back(env, model_name, marks):
    """Note again what could not be settled, or was settled by work that was undone: whoever goes
    on to the commit has it settled there."""
    noted = marks_of(env.cr, model_name)
    for id_, mark in marks.items():
        later = noted.get(id_)
        if later:
            mark.editor = later.editor or mark.editor
            mark.before = mark.before or later.before
            mark.entering = mark.entering or later.entering
        noted[id_] = mark
    if marks:
        # What runs before the commit was taken off its list when it ran.
        # sudo: the engine settles what anybody changed
        engine = env[model_name].sudo()._ops_engine()
        env.cr.precommit.add(partial(engine._approval_settle_marked))


def keep(env):
    """What is noted now, for :data:`KEEPERS`."""
    noted = {
        model_name: {id_: replace(mark) for id_, mark in marks.items()}
        for model_name, marks in env.cr.precommit.data.get(KEY, {}).items()
    }

    def note_again():
        for model_name, marks in noted.items():
            put_back(env, model_name, marks)

    return note_again


KEEPERS.append(keep)


def forget_entering(cr, model_name, ids):
    """Take down that these were let into the gated state."""
    noted = marks_of(cr, model_name)
    for id_ in ids:
        if id_ in noted:
            noted[id_].entering = False
            if noted[id_] == Mark():
                del noted[id_]
