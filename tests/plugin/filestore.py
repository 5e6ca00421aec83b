"""A filestore for each worker.

pytest-odoo gives every worker of xdist a copy of the database but lets all of them share the
template's filestore. Odoo collects garbage after each test class: a worker would then delete the
files another one has just written and not yet committed, because its own database knows nothing of
them.
"""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest_odoo

import odoo


@contextmanager
def _own_filestore(original_db_name: str, db_name: str):
    """Replaces ``pytest_odoo._shared_filestore``: copy it, use it, remove it."""
    if original_db_name == db_name:
        yield
        return
    source = Path(odoo.tools.config.filestore(original_db_name))
    target = Path(odoo.tools.config.filestore(db_name))
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, target)
    try:
        yield
    finally:
        shutil.rmtree(target, ignore_errors=True)


def pytest_configure(config):
    pytest_odoo._shared_filestore = _own_filestore
