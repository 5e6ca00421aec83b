"""Controls in tests: one that looks at sites, and sites that are in the state since then."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .common import OpsCase


class ControlCase(OpsCase):
    """Controls look at sites here: those of kind imaging, since they were last changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controls = cls.env["ops.control"]
        cls.controls.search([]).active = False
        cls.manager = cls._create_user("manager")
        cls.site.manager_id = cls.manager
        cls.control = cls._control()

    @classmethod
    def _control(cls, **values):
        return cls.controls.create(
            {
                "name": "Imaging for too long",
                "code": "T-01",
                "model_id": cls.env["ir.model"]._get_id("ops.site"),
                "domain": "[('kind', '=', 'imaging'), ('code', '=like', 'T-%')]",
                "limit_hours": 24,
                "hours": "clock",
                **values,
            }
        )

    def _since(self, site, moment):
        """Let the site be in the state since then."""
        site.kind = "imaging"
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ops_site SET write_date = %s WHERE id = %s", moment, site.id)
        )
        site.invalidate_recordset()

    def _hours_ago(self, site, hours):
        self._since(site, fields.Datetime.now() - timedelta(hours=hours))

    def _findings(self, control=None):
        control = control or self.control
        return self.env["ops.exception"].search([("control_id", "=", control.id)], order="id")
