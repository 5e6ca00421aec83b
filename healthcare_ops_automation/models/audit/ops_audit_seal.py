from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...core.chain import Seal

# The columns of a seal in the order of :class:`Seal`.
COLUMNS = (
    "sequence",
    "company_id",
    "res_model",
    "entry_id",
    "entry_digest",
    "entry_at",
    "appended_at",
    "previous_hash",
    "sealed_at",
    "digest",
)


class OpsAuditSeal(models.Model):
    """The chain over everything that is append-only: one for each root company, and one for
    what belongs to no company.

    How it works: a seal says which entry with which digest was there, and its hash (``digest``)
    covers that and the hash before it. So an entry can be neither changed nor removed, nor one
    put between, without the place showing. Made by the sealer (``ops_audit_sealer``), outside
    of the business transaction; read by the verification.
    """

    _name = "ops.audit.seal"
    _description = "Seal of the Trail"
    _inherit = ["ops.immutable", "ops.worker"]
    _order = "id desc"
    _rec_name = "sequence"
    _log_access = False
    _append_facts = COLUMNS[:-1]

    sequence = fields.Integer(
        required=True, readonly=True, aggregator=None, help="Its place in the chain."
    )
    company_id = fields.Integer(
        string="Root company ID", readonly=True, aggregator=None, help="0: of no company."
    )
    chain = fields.Char(compute="_compute_chain", help="One for each group of companies.")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    entry_id = fields.Integer(string="Entry ID", required=True, readonly=True, aggregator=None)
    entry_digest = fields.Char(string="Entry's SHA-256", required=True, readonly=True)
    entry_at = fields.Datetime(string="Entry's time", required=True, readonly=True)
    appended_at = fields.Datetime(
        string="Appended",
        readonly=True,
        help="When the database took the entry. None: from before there were seals.",
    )
    previous_hash = fields.Char(string="Hash before", readonly=True)
    sealed_at = fields.Datetime(string="Sealed", required=True, readonly=True)
    digest = fields.Char(string="Hash", help="Covers this seal and all before it.")

    _sequence_uniq = models.UniqueIndex("(company_id, sequence)")
    _entry_uniq = models.UniqueIndex("(res_model, entry_id)")

    def _compute_display_name(self):
        for seal in self:
            seal.display_name = f"{seal.chain} #{seal.sequence}"

    @api.depends("company_id")
    def _compute_chain(self):
        names = self._chain_names(self.mapped("company_id"))
        for seal in self:
            seal.chain = names[seal.company_id]

    @api.model
    def _chain_names(self, company_ids):
        """What chains are called: {root company id: name}."""
        # sudo: the name of the company whose chain the caller may read
        companies = self.env["res.company"].sudo().browse(set(company_ids) - {0}).exists()
        names = {company.id: company.name for company in companies}
        names[0] = self.env._("No company")
        gone = self.env._("Company %s, deleted")
        return {each: names.get(each) or gone % each for each in company_ids}

    @api.model
    def _seals_of(self, entries):
        """The seals of entries of one model: {entry id: seal}."""
        seals = self.search([("res_model", "=", entries._name), ("entry_id", "in", entries.ids)])
        return {seal.entry_id: seal for seal in seals}

    @api.model
    def _head(self, company_id):
        """The last :class:`Seal` of a chain, or None."""
        rows = self._rows(SQL("company_id = %s", company_id), SQL("sequence DESC"), 1)
        return rows[0][1] if rows else None

    @api.model
    def _rows(self, where, order, limit):
        """Seals as they stand in the table: ``(id, Seal)`` pairs."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM ops_audit_seal WHERE %s ORDER BY %s LIMIT %s",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                where,
                order,
                limit,
            )
        )
        return [(row[0], Seal(*row[1:])) for row in rows]

    def action_open_entry(self):
        """Open what was sealed, for those who may read it."""
        self.ensure_one()
        self.check_access("read")
        if self.res_model not in self.env:
            raise UserError(self.env._("What was sealed is of a module that is not installed."))
        entry = self.env[self.res_model].browse(self.entry_id).exists()
        if not entry:
            raise UserError(self.env._("What was sealed is not there any more."))
        entry.check_access("read")
        return entry._get_records_action()

    def _ops_place(self):
        return self._chain_places([seal.company_id for seal in self])

    @api.model
    def _chain_places(self, company_ids):
        """The place of each chain: its company; that of the system for what belongs to none."""
        companies = self.env["res.company"].browse(set(company_ids) - {0}).exists()
        known = {company.id: company for company in companies}
        own = self.env.ref("base.user_root").company_id
        return [(known.get(each, own), self.env["ops.site"]) for each in company_ids]
