"""What every builder shares: the environment, the day, and the names of what was made."""

from datetime import datetime, time, timedelta
from random import Random

import pytz

from odoo import fields

from .tables import MODULE

SEED = "auenmar-1"
HISTORY_DAYS = 91

# Building a network is no correspondence: no chatter, no followers, no e-mail.
SILENT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "no_reset_password": True,
    "mail_activity_quick_update": True,
}


class Demo:
    """The network under construction.

    Records are registered under an external id of this module (``ref("site", "AUC")`` is
    ``healthcare_ops_demo.site_auc``), so that tests and tools can name them.
    """

    def __init__(self, env, today=None):
        self.env = env(context={**env.context, **SILENT})
        self.today = today or fields.Date.today()
        self.start = self.today - timedelta(days=HISTORY_DAYS)
        self._known = {}

    def bind(self, kind, keys, records):
        """Register ``records`` under ``kind`` and ``keys``, pairwise; returns them."""
        data = []
        for key, record in zip(keys, records, strict=True):
            self._known[kind, key] = record
            slug = "".join(char if char.isalnum() else "_" for char in f"{kind}_{key}".lower())
            data.append({"xml_id": f"{MODULE}.{slug}", "record": record, "noupdate": True})
        self.env["ir.model.data"]._update_xmlids(data)
        return records

    def bind_unnamed(self, kind, key, record):
        """Remember ``record`` without an external id: it is not this module's to remove."""
        self._known[kind, key] = record

    def rebrowse(self):
        """Carry every known record over to the builder's present environment."""
        self._known = {key: record.with_env(self.env) for key, record in self._known.items()}

    def ref(self, kind, key):
        """The record registered under ``kind`` and ``key``."""
        return self._known[kind, key]

    def all(self, kind):
        """A dict of the records registered under ``kind``, by key."""
        return {key: record for (known, key), record in self._known.items() if known == kind}

    def at(self, day, hour, tz, minute=0):
        """``day`` at ``hour`` o'clock on the walls of ``tz``, as Odoo's naive UTC."""
        local = pytz.timezone(tz).localize(datetime.combine(day, time(hour, minute)))
        return local.astimezone(pytz.utc).replace(tzinfo=None)


def dice(*key):
    """A random generator of its own for each subject: adding a row moves no other."""
    return Random(":".join([SEED, *map(str, key)]))
