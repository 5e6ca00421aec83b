from odoo import fields, models
from odoo.tools import format_date, format_datetime

from ...core.fingerprint import number, sort_lines


class OpsApprovalMixin(models.AbstractModel):
    """What of a document is approved, as plain facts; see ``core/fingerprint.py``."""

    _inherit = "ops.approval.mixin"

    def _approval_contents(self):
        """The content of each document, as the engine reads it.

        :return: a list of contents, one for each document, in order
        """
        # sudo: what is approved does not depend on who looks
        documents = self.sudo()._ops_engine()
        for name, spec in self._approval_lines.items():
            documents[name].fetch([*spec.identity, *spec.measured])  # of all lines at once
        return [document._approval_content() for document in documents]

    def _approval_content(self):
        self.ensure_one()
        currency = self._approval_currency()
        return {
            "identity": self._approval_facts(self._approval_identity_fields),
            "measured": self._approval_facts(self._approval_measured_fields),
            "lines": {
                name: self._approval_line_facts(name, spec)
                for name, spec in self._approval_lines.items()
            },
            "amount": self._approval_amount(),
            "currency": currency.id,
        }

    def _approval_line_facts(self, name, spec):
        lines = []
        for line in self._approval_counted_lines(name):
            lines.append(
                {
                    "identity": list(_facts(line, spec.identity).values()),
                    "measured": list(_facts(line, spec.measured).values()),
                }
            )
        return sort_lines(lines)

    def _approval_facts(self, names):
        return _facts(self, names)

    def _approval_counted_lines(self, name):
        """The lines of a document that are part of what is approved: by default all.

        :param str name: one of ``_approval_lines``
        """
        return self[name]

    def _approval_amount(self):
        """What the document costs, in its currency; 0.0 when it has no amount."""
        name = self._approval_amount_field
        return number(self[name]) if name else 0.0

    def _approval_currency(self):
        """The currency of the document's amount: its own, or its company's."""
        name = self._approval_currency_field
        currency = self[name] if name and name in self._fields else self.env["res.currency"]
        return currency or self._ops_place()[0][0].currency_id

    def _approval_summary(self):
        """What somebody who may decide, and may not open the document, gets to read.

        :return: ``[{"label", "value"}]`` in the language of the environment
        """
        self.ensure_one()
        return self._approval_summary_of(self._approval_summary_fields)

    def _approval_summary_of(self, names):
        """Labels and values of these fields, without those that are empty."""
        rows = []
        for name in names:
            field = self._fields[name]
            value = self[name]
            if value or field.type in ("monetary", "float", "integer"):
                label = field._description_string(self.env)
                rows.append({"label": label, "value": _in_words(self, field, value)})
        return rows


def _facts(record, names):
    return {name: _fact(record._fields[name], record[name]) for name in names}


def _fact(field, value):
    """A value as JSON can hold it, and as it compares."""
    if field.type in ("float", "monetary"):
        return number(value)
    if field.type == "many2one":
        return value.id or None
    if field.relational:
        return sorted(value.ids)
    if field.type in ("date", "datetime"):
        return value and fields.Datetime.to_string(value) or None
    return value if value or value == 0 and field.type in ("integer", "boolean") else None


def _in_words(record, field, value):
    env = record.env
    if field.type == "monetary":
        currency = record[field.get_currency_field(record)]
        return currency.format(value) if currency else str(value)
    if field.type in ("float", "integer"):
        return str(number(value))
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, str(value))
    if field.relational:
        return ", ".join(value.mapped("display_name"))
    if field.type == "datetime":
        return format_datetime(env, value)
    if field.type == "date":
        return format_date(env, value)
    return str(value)
