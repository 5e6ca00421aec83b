"""Giving records their place in the past.

Odoo stamps what is done with the present moment. Where the ORM offers no way to say that
something happened earlier, the stamps are corrected in SQL: dates only, of records that
this module has just made.
"""

from odoo.tools import SQL


def backdate(records, dates):
    """Set date columns of ``records`` in one statement.

    :param dict dates: for each column a list of naive UTC datetimes (or dates), parallel
        to ``records``
    """
    if not records:
        return
    env = records.env
    env.flush_all()
    columns = list(dates)
    types = {name: SQL("date[]" if _is_date(records, name) else "timestamp[]") for name in columns}
    env.cr.execute(
        SQL(
            "UPDATE %(table)s AS t SET %(assignments)s"
            " FROM unnest(%(ids)s::int[], %(values)s) AS v(id, %(columns)s) WHERE t.id = v.id",
            table=SQL.identifier(records._table),
            assignments=SQL(", ").join(
                SQL("%s = v.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns
            ),
            ids=list(records.ids),
            values=SQL(", ").join(SQL("%s::%s", dates[name], types[name]) for name in columns),
            columns=SQL(", ").join(SQL.identifier(name) for name in columns),
        )
    )
    records.invalidate_recordset(flush=False)


def backdate_messages(records, moments):
    """Let the log notes on ``records`` (parallel to ``moments``) have their time."""
    if not records:
        return
    records.env.flush_all()
    records.env.cr.execute(
        SQL(
            "UPDATE mail_message AS m SET date = v.moment"
            " FROM unnest(%s::int[], %s::timestamp[]) AS v(id, moment)"
            " WHERE m.model = %s AND m.res_id = v.id",
            list(records.ids),
            list(moments),
            records._name,
        )
    )
    records.env["mail.message"].invalidate_model(["date"], flush=False)


def _is_date(records, name):
    return records._fields[name].type == "date"
