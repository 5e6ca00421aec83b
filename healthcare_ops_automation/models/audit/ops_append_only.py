from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

INTEGRITY = [
    ("sealed", "Unchanged"),
    ("waiting", "To be sealed"),
    ("changed", "Changed"),
]
# What was appended is noted for the sealer by the very statement, so nothing that commits can
# be missed, however late. One function for all tables: the trigger names the model.
TO_SEAL = """
CREATE OR REPLACE FUNCTION ops_audit_to_seal() RETURNS trigger AS $$
BEGIN
    INSERT INTO ops_audit_unsealed
                (res_model, entry_id, company_id, entry_at, entry_digest, appended_at)
    SELECT TG_ARGV[0], id, COALESCE(company_id, 0), at, digest,
           clock_timestamp() AT TIME ZONE 'UTC'
      FROM appended ORDER BY id;
    RETURN NULL;
END $$ LANGUAGE plpgsql
"""
NEW_TRIGGER = """
DROP TRIGGER IF EXISTS {table}_to_seal ON {table};
CREATE TRIGGER {table}_to_seal
    AFTER INSERT ON {table} REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION ops_audit_to_seal('{model}')
"""
ENGINE = "healthcare_ops_automation"


class OpsAppendOnly(models.AbstractModel):
    """Rows that are never changed, and that are sealed: chained to what was recorded before.

    How to use: as ``ops.immutable``, with the fields ``at`` (when, naive UTC) and
    ``company_id`` (an integer, 0 for none) among the facts. Nothing else is needed: the sealer,
    the verification and the export find the model by itself.

    How it works: a trigger notes each new row in ``ops.audit.unsealed``, within its
    transaction; the sealer chains what was committed to ``ops.audit.seal`` within a minute.
    """

    _name = "ops.append.only"
    _description = "Rows of the Trail"
    _inherit = ["ops.immutable"]

    # What distinguishes kinds of rows: a field of the model, for the export.
    _append_kind_field = None

    integrity = fields.Selection(
        INTEGRITY,
        compute="_compute_seal",
        help="Unchanged: the facts give the hash that was stored with them, and that hash is the "
        "one in the chain of seals.",
    )
    is_sealed = fields.Boolean(compute="_compute_seal", search="_search_is_sealed", string="Sealed")
    seal_sequence = fields.Integer(
        compute="_compute_seal", string="Seal", help="Its place in the chain of its company."
    )
    seal_hash = fields.Char(
        compute="_compute_seal", string="Seal's hash", help="Covers all seals before it, too."
    )

    def init(self):
        super().init()
        if self._abstract:
            return
        cr = self.env.cr
        cr.execute(SQL(TO_SEAL))
        cr.execute(SQL(NEW_TRIGGER.format(table=self._table, model=self._name)))
        # The tables of the seals may come after this one.
        self.pool.post_init(self._queue_earlier)
        self.pool.post_init(self._continue_ids)

    @api.model
    def _queue_earlier(self):
        """Hand rows from before there were seals to the sealer, in their order.

        Once for a table: what lacks a seal later did not come by the right way.
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_audit_unsealed
                               (res_model, entry_id, company_id, entry_at, entry_digest)
                   SELECT %(model)s, id, COALESCE(company_id, 0), at, digest
                     FROM %(table)s
                    WHERE NOT EXISTS (SELECT FROM ops_audit_seal WHERE res_model = %(model)s)
                      AND NOT EXISTS (SELECT FROM ops_audit_unsealed WHERE res_model = %(model)s)
                    ORDER BY id""",
                model=self._name,
                table=SQL.identifier(self._table),
            )
        )

    @api.model
    def _continue_ids(self):
        """A module that was removed and installed again gives no id a second time: the seals of
        the rows that went with it remain."""
        self.env.cr.execute(
            SQL(
                """SELECT setval(pg_get_serial_sequence(%(table)s, 'id')::regclass, sealed.last)
                     FROM (SELECT max(entry_id) AS last FROM ops_audit_seal
                            WHERE res_model = %(model)s) AS sealed
                    WHERE sealed.last > COALESCE(pg_sequence_last_value(
                              pg_get_serial_sequence(%(table)s, 'id')::regclass), 0)
                      AND NOT EXISTS (SELECT FROM %(name)s)""",
                table=self._table,
                name=SQL.identifier(self._table),
                model=self._name,
            )
        )

    @api.model
    def _drop_append_only(self):
        """Remove the triggers, and record that the rows go, which have their seals."""
        # With the engine the trail itself goes.
        if self._original_module != ENGINE:
            self.env.cr.execute(
                SQL("SELECT count(*), max(id) FROM %s", SQL.identifier(self._table))
            )
            [(count, last)] = self.env.cr.fetchall()
            details = {"model": self._name, "entries": count, "ids": [[1, last]] if last else []}
            model = self.env["ir.model"]._get(self._name)
            self.env["ops.audit.entry"]._record("audit.dropped", model, details)
        self.env.cr.execute(
            SQL(
                "DROP TRIGGER IF EXISTS %s ON %s",
                SQL.identifier(f"{self._table}_to_seal"),
                SQL.identifier(self._table),
            )
        )
        return super()._drop_append_only()

    @api.model
    def _append_kinds(self):
        """The kinds of rows that the user may read: {code: label}."""
        name = self._append_kind_field
        if self._fields[name].type == "selection":
            return dict(self._fields[name]._description_selection(self.env))
        return {kind: kind for (kind,) in self._read_group([], [name])}

    @api.depends("digest_ok")
    def _compute_seal(self):
        # sudo: whether a row is sealed may know who may read the row
        seals = self.env["ops.audit.seal"].sudo()._seals_of(self)
        for row in self:
            seal = seals.get(row.id)
            row.is_sealed = bool(seal)
            row.seal_sequence = seal.sequence if seal else 0
            row.seal_hash = seal.digest if seal else False
            if not row.digest_ok or (seal and seal.entry_digest != row.digest):
                row.integrity = "changed"
            else:
                row.integrity = "sealed" if seal else "waiting"

    def _search_is_sealed(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as for the computation
        seals = self.env["ops.audit.seal"].sudo()._search([("res_model", "=", self._name)])
        sealed = Domain("id", "in", seals.subselect("entry_id"))
        return sealed if True in value else ~sealed
