from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime, formatLang

from ...core.measure import NO_ACCESS, NO_DATA, NOT_INSTALLED, OK

LIST_VIEWS = [[False, "list"], [False, "form"]]


class OpsDashboard(models.AbstractModel):
    """The tiles that list records, and the pages that open from a number."""

    _inherit = "ops.dashboard"

    def _tile_list(self, tile, scope):
        if tile.model not in self.env:
            return {"status": NOT_INSTALLED, "name": tile.name}
        records = self.env[tile.model]
        if not records.has_access("read"):
            return {"status": NO_ACCESS}
        domain = self._list_domain(tile, scope)
        count = records.search_count(domain)
        found = records.search(domain, order=tile.order or None, limit=tile.limit)
        found.fetch([name for name in tile.columns if found._fields[name].store])
        return {
            "status": OK if count else NO_DATA,
            "n": count,
            "empty": tile.empty,
            "columns": [self._column(records._fields[name]) for name in tile.columns],
            "rows": [
                {
                    "id": record.id,
                    "cells": self._line(record, tile.columns),
                    "action": self._open_record(record),
                }
                for record in found
            ],
            "action": self._open_list(tile.name, tile.model, list(domain)),
        }

    def _line(self, record, columns):
        """The cells of a record; the first, which opens it, is never empty."""
        cells = [self._value(record, name) for name in columns]
        if not cells[0]["words"]:
            cells[0]["words"] = record.display_name or f"#{record.id}"
        return cells

    def _list_domain(self, tile, scope):
        domain = Domain(list(tile.domain))
        if tile.company_field:
            domain &= Domain(tile.company_field, "in", list(scope.companies))
        if scope.sites and tile.site_field:
            domain &= Domain(tile.site_field, "in", list(scope.sites))
        return domain

    def _column(self, field):
        return {
            "name": field.name,
            "label": field._description_string(self.env),
            "numeric": field.type in ("integer", "float", "monetary"),
        }

    def _value(self, record, name):
        """A field's value in words: ``{words, late}``."""
        field, value = record._fields[name], record[name]
        if field.relational:
            return {"words": ", ".join(value.mapped("display_name"))}
        if field.type == "selection":
            return {
                "words": dict(field._description_selection(self.env)).get(value, ""),
                "key": value,
            }
        if field.type == "boolean":
            return {"words": self.env._("Yes") if value else self.env._("No")}
        if not value and field.type not in ("integer", "float"):
            return {"words": ""}
        if field.type == "datetime":
            words = format_datetime(self.env, value, dt_format="d MMM HH:mm")
            return {"words": words, "late": name == "due_at" and value < fields.Datetime.now()}
        if field.type == "date":
            return {"words": format_date(self.env, value)}
        if field.type in ("float", "monetary"):
            return {"words": formatLang(self.env, value, digits=0 if value == int(value) else 2)}
        return {"words": str(value)}

    # -- what a click opens ---------------------------------------------------------------

    def _open(self, kpi, domain, model, scope, label=None):
        """The list of exactly the records of a domain: the KPI's page, else the model's.

        Its search bar is empty, so its name says what the list is narrowed to.
        """
        name = f"{kpi.name}: {label}" if label else kpi.name
        narrowed = self._narrowed_words(kpi, scope)
        if narrowed:
            name = f"{name} ({narrowed})"
        return self._open_list(name, model, domain, kpi.list_action)

    def _narrowed_words(self, kpi, scope):
        """Where and when a figure is of: “KEL, 30 days”."""
        words = []
        if kpi.company_field and len(scope.companies) < len(self.env.companies):
            words += self.env["res.company"].browse(scope.companies).mapped("name")
        if kpi.site_field and scope.sites:
            # A site comes with those within it.
            sites = self.env["ops.site"].browse(scope.sites)
            chosen = sites.filtered(lambda site: site.parent_id not in sites)
            words += [site.code or site.name for site in chosen]
        if kpi.process_field and scope.process:
            words.append(self.env["ops.process"].browse(scope.process).name)
        if kpi.period_field:
            words.append(self._period_name(scope.period.code))
        return ", ".join(words)

    def _open_list(self, name, model, domain, page=None):
        """``page`` is the external id of the action whose views the client takes."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": LIST_VIEWS,
            "domain": list(domain),
            "context": {},
            **({"page": page} if page and self.env.ref(page, raise_if_not_found=False) else {}),
        }

    def _open_record(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [[False, "form"]],
        }
