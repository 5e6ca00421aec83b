import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..core.spreadsheet import Sheet

BATCH = 2000
# What is written in well under the two minutes that a server gives a request.
ROWS_MOST = 200_000


class OpsAuditExport(models.TransientModel):
    """Hand the trail to an auditor: a table of what the reader may read, with digests and seals.

    How it works: the dialog holds what is wanted; the route ``/healthcare_ops/trail/export``
    writes it to a file, a batch at a time, with the rights of whoever downloads it.
    """

    _name = "ops.audit.export"
    _description = "Export of the Trail"

    trail = fields.Selection(selection="_trails", required=True)
    date_from = fields.Datetime(string="From")
    date_to = fields.Datetime(string="Until", help="This moment excluded.")
    company_id = fields.Many2one("res.company", help="Empty: all of mine.")
    kind = fields.Selection(selection="_kinds", help="Empty: all.")
    chosen_ids = fields.Char(string="Chosen rows", readonly=True)
    chosen_count = fields.Integer(compute="_compute_row_count", string="Chosen")
    row_count = fields.Integer(compute="_compute_row_count", string="Rows")

    @api.model
    def _trails(self):
        """Models of the trail that the user may read."""
        models_ = [
            self.env[name] for name in self.env["ops.append.only"]._tables("ops.append.only")
        ]
        return [(each._name, each._description) for each in models_ if each.has_access("read")]

    @api.model
    def _kinds(self):
        """Kinds of rows, of the trail that the dialog was opened on."""
        wanted = self.env.context.get("default_trail")
        kinds = {}
        for name, _label in self._trails():
            model = self.env[name]
            if wanted in (None, name) and model._append_kind_field:
                kinds |= model._append_kinds()
        return sorted(kinds.items(), key=lambda kind: kind[1])

    @api.model
    def default_get(self, fields_list):
        """Opened on chosen rows, it is about these."""
        values = super().default_get(fields_list)
        context = self.env.context
        if context.get("active_model") == context.get("default_trail", False):
            chosen = [each for each in context.get("active_ids") or [] if isinstance(each, int)]
            values["chosen_ids"] = json.dumps(chosen) if chosen else False
        return values

    @api.depends("trail", "date_from", "date_to", "company_id", "kind", "chosen_ids")
    def _compute_row_count(self):
        for dialog in self:
            dialog.chosen_count = len(dialog._chosen())
            known = dialog.trail in dict(dialog._trails())
            dialog.row_count = known and dialog.env[dialog.trail].search_count(dialog._domain())

    @api.constrains("chosen_ids")
    def _check_chosen_ids(self):
        for dialog in self:
            dialog._chosen()

    def _chosen(self):
        """Ids of the chosen rows.

        :raise ValidationError: when something else was written
        """
        try:
            chosen = json.loads(self.chosen_ids or "[]")
        except ValueError:
            chosen = None
        if not isinstance(chosen, list) or not all(type(each) is int for each in chosen):
            raise ValidationError(self.env._("Chosen rows: expected a list of row ids."))
        return chosen

    def _domain(self):
        self.ensure_one()
        domain = Domain.TRUE
        if self.chosen_ids:
            domain &= Domain("id", "in", self._chosen())
        if self.date_from:
            domain &= Domain("at", ">=", self.date_from)
        if self.date_to:
            domain &= Domain("at", "<", self.date_to)
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.kind:
            domain &= Domain(self.env[self.trail]._append_kind_field, "=", self.kind)
        return domain

    def action_export(self):
        """Download the table.

        :raise UserError: when there is nothing, or too much for a table
        """
        self.ensure_one()
        if not self.row_count:
            raise UserError(self.env._("Nothing fits: choose another period, company or kind."))
        if self.row_count > ROWS_MOST:
            raise UserError(
                self.env._(
                    "%(count)s rows are more than the %(most)s that a table takes: choose a "
                    "shorter period.",
                    count=self.row_count,
                    most=ROWS_MOST,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/healthcare_ops/trail/export/{self.id}",
            "target": "new",
            "close": True,
        }

    def _write(self, file):
        """Write the table, as whoever asks, and record that it left.

        :param file: open for writing bytes
        :raise AccessError: for a trail that the user may not read
        """
        self.ensure_one()
        if self.trail not in dict(self._trails()):
            raise AccessError(self.env._("Trail: you may not read that."))
        model = self.env[self.trail]
        names = [*model._append_facts, *model._append_later_facts]
        sheet = Sheet(file)
        sheet.row(["id", *names, "digest", "integrity", "chain", "seal_sequence", "seal_hash"])
        # sudo: what the chains of the rows are called
        seals = self.env["ops.audit.seal"].sudo()
        roots = seals._roots()
        chains = seals._chain_names({0, *roots.values()})
        domain, last, count = self._domain(), 0, 0
        while count < ROWS_MOST:
            rows = model.search(domain & Domain("id", ">", last), order="id", limit=BATCH)
            if not rows:
                break
            for row in rows:
                facts = [row[name] for name in names]
                chain = chains.get(roots.get(row.company_id, row.company_id))
                seal = [chain, row.seal_sequence, row.seal_hash] if row.is_sealed else [None] * 3
                sheet.row([row.id, *facts, row.digest, row.integrity, *seal])
            last, count = rows[-1].id, count + len(rows)
            self.env.invalidate_all()
        details = {
            "rows": count,
            "from": self.date_from or None,
            "until": self.date_to or None,
            "company": self.company_id.id or None,
            "kind": self.kind or None,
            "chosen": bool(self.chosen_ids),
        }
        # sudo: the description of the model is what the entry names
        exported = self.env["ir.model"].sudo()._get(self.trail)
        self.env["ops.audit.entry"]._record("trail.exported", exported, details)

    def _file_name(self):
        return f"{self.trail.replace('.', '-')}-{fields.Date.context_today(self)}.csv"
