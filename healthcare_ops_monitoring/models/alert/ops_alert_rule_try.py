from odoo import models

from ...core.alerting import BEYOND, FAR_BEYOND

# Groups that the answer names.
SHOWN = 8


class OpsAlertRule(models.Model):
    """Trying a rule: what it would say now, without changing anything."""

    _inherit = "ops.alert.rule"

    def action_try(self):
        """Tell the figures of now with the reader's own rights, and how they are judged."""
        self.ensure_one()
        self.check_access("read")
        companies = self.company_id or self.env.companies
        if self.source == "health":
            companies = companies[:1]
        readings = [each for company in companies for each in self._readings(company)]
        many = len(companies) > 1
        lines = [self._verdict(reading, many) for reading in readings[:SHOWN]]
        if len(readings) > SHOWN:
            lines.append(self.env._("%s more.", len(readings) - SHOWN))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("“%s” at the moment", self.name),
                "message": "\n".join(lines) or self.env._("There are no records."),
                "type": "info",
                "sticky": True,
            },
        }

    def _verdict(self, reading, names_company):
        label = reading.label or (names_company and reading.company.name) or ""
        return f"{label}: {self._judge(reading)}" if label else self._judge(reading)

    def _judge(self, reading):
        if reading.value is None:
            return self.env._(
                "not known, %(why)s (%(n)s records). It neither fires nor clears.",
                why=reading.why,
                n=reading.n,
            )
        words = {
            BEYOND: self.env._("beyond the limit: it fires after %s min.", self.hold_minutes),
            FAR_BEYOND: self.env._(
                "beyond the critical limit: it fires after %s min.", self.hold_minutes
            ),
        }
        return self.env._(
            "%(value)s (%(n)s records), %(verdict)s",
            value=self._say(reading.value),
            n=reading.n,
            verdict=words.get(self._limits().band(reading.value), self.env._("within the limit.")),
        )
