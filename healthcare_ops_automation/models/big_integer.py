from odoo import fields


class BigInteger(fields.Integer):
    """An integer kept in PostgreSQL's int8: Odoo's own ends at 2,147,483,647."""

    _column_type = ("int8", "int8")
