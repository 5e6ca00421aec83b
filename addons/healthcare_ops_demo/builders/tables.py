"""The declarative tables the network is built from."""

import csv
import json

from odoo.tools.misc import file_open

MODULE = "healthcare_ops_demo"


def table(name):
    """The rows of ``tables/<name>.csv`` as dicts of strings."""
    with file_open(f"{MODULE}/tables/{name}.csv") as lines:
        return list(csv.DictReader(lines))


def logins():
    """The demo logins: ``role``, ``login``, ``password``, ``name``, ``person``."""
    with file_open(f"{MODULE}/logins.json") as source:
        return json.load(source)
