"""A record saved with its parts is one change, though Odoo writes each part by itself."""

from contextlib import contextmanager

KEY = "healthcare_ops_automation.one_change"


@contextmanager
def one_change(records):
    """What is written within is one change of records of this model, so one version of them.

    Whoever opens it takes the version afterwards; parts ask :func:`within_one_change` whether they
    are to. Noted on the cursor: no client can say so.
    """
    marks, key = records.env.cr.precommit.data, _key(records)
    outer = marks.get(key)
    marks[key] = True
    try:
        yield
    finally:
        marks[key] = outer


def within_one_change(records):
    """Whether records of this model are being saved with their parts."""
    return bool(records.env.cr.precommit.data.get(_key(records)))


def _key(records):
    return f"{KEY}.{records._name}"
