from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...core.digest import facts_digest

NO_CHANGE = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger AS $$
BEGIN
    {purge}
    RAISE EXCEPTION '{table} is append-only: %% refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS {table}_no_change ON {table};
CREATE TRIGGER {table}_no_change
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
CREATE TRIGGER {table}_no_truncate
    BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();
"""
PURGE = """
    IF TG_OP = 'DELETE' AND current_setting('{setting}', true) = 'on' THEN
        RETURN OLD;
    END IF;
"""


class OpsImmutable(models.AbstractModel):
    """Rows that are added and never changed: the table itself refuses UPDATE, DELETE and
    TRUNCATE, and each row carries the SHA-256 of its own facts.

    How to use: inherit (mostly through ``ops.append.only``), name the facts in
    ``_append_facts``, set ``_log_access = False`` and take neither foreign keys nor columns
    with a default: a deleted user and an upgrade change rows otherwise. Create with a digest
    from :meth:`_digest`. What comes later goes to ``_append_later_facts``. Call
    :meth:`_drop_append_only` in the module's uninstall hook.

    Tamper-evident, not tamper-proof: who owns the database can switch triggers off.
    """

    _name = "ops.immutable"
    _description = "Rows that are never changed"

    # The facts that the digest covers, in the order in which they are hashed.
    _append_facts = ()
    # Facts that came later: hashed only where there are any, so that older digests stay true.
    _append_later_facts = ()
    # A setting of the database that, set to "on", lets the purge delete; none: nothing does.
    _append_purge_setting = None

    digest = fields.Char(
        string="SHA-256", required=True, readonly=True, help="Hash over all facts."
    )
    digest_ok = fields.Boolean(
        compute="_compute_digest_ok",
        string="Digest is true",
        help="The facts still give the hash that was stored with them.",
    )

    def init(self):
        super().init()
        if self._abstract:
            return
        setting = self._append_purge_setting
        purge = PURGE.format(setting=setting) if setting else ""
        self.env.cr.execute(SQL(NO_CHANGE.format(table=self._table, purge=purge)))

    @api.model
    def _drop_append_only(self):
        """Remove triggers and function, so that uninstalling can drop the table."""
        function = SQL.identifier(f"{self._table}_append_only")
        self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", function))

    @api.model
    def _tables(self, kind="ops.immutable"):
        """The models of this kind that have a table, those of packs included."""
        names = self.pool.descendants([kind], "_inherit")
        return [name for name in sorted(names) if not self.pool[name]._abstract]

    @api.depends(lambda self: (*self._append_facts, *self._append_later_facts, "digest"))
    def _compute_digest_ok(self):
        names = (*self._append_facts, *self._append_later_facts)
        for row in self:
            row.digest_ok = row.digest == self._digest({name: row[name] for name in names})

    @api.model
    def _digest(self, facts):
        """The digest that facts by name give."""
        return facts_digest(
            [facts[name] for name in self._append_facts],
            {name: facts.get(name) for name in self._append_later_facts},
        )

    # Hooks: the sentences with which people are refused.

    @api.model
    def _change_refusal(self):
        return self.env._("%s: it can be read and never changed.", self._description)

    @api.model
    def _deletion_refusal(self):
        return self.env._("%s: it can be read and never deleted.", self._description)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self._change_refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self._deletion_refusal())
