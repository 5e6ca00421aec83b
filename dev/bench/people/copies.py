"""Many pending requests out of a few: rows as a submission left them, copied in the database."""

from odoo.tools import SQL

# By table, in the order in which they refer to each other: which rows, and which of their fields
# name a row that was copied before.
IN_COMPANY = "company_id = %(company)s"
OF_REQUESTS = "IN (SELECT old FROM bench_copy WHERE of_table = 'ops_approval_request')"
TABLES = {
    "purchase_order": (
        f"id IN (SELECT res_id FROM ops_approval_request WHERE {IN_COMPANY})",
        {},
    ),
    "ops_approval_request": (IN_COMPANY, {"res_id": "purchase_order"}),
    "ops_approval_request_stage": (
        f"request_id {OF_REQUESTS}",
        {"request_id": "ops_approval_request"},
    ),
    "ops_approval_assignment": (
        f"request_id {OF_REQUESTS}",
        {
            "request_id": "ops_approval_request",
            "request_stage_id": "ops_approval_request_stage",
        },
    ),
    "mail_activity": (
        f"res_model = 'ops.approval.request' AND res_id {OF_REQUESTS}",
        {"res_id": "ops_approval_request"},
    ),
}
# From ten days ago to a month from now; every tenth has no due time.
DUE = """
UPDATE ops_approval_request
   SET due_at = CASE WHEN id %% 10 > 0
                     THEN now() AT TIME ZONE 'UTC' + (id %% 960 - 240) * interval '1 hour' END
 WHERE company_id = %(company)s;
UPDATE ops_approval_request_stage stage SET due_at = request.due_at
  FROM ops_approval_request request
 WHERE request.id = stage.request_id AND request.company_id = %(company)s;
UPDATE ops_approval_assignment seat SET due_at = request.due_at
  FROM ops_approval_request request
 WHERE request.id = seat.request_id AND request.company_id = %(company)s;
"""


def multiply(env, company_id: int, times: int) -> None:
    """Have ``times`` as many pending requests in a company, due at all sorts of times.

    Documents are copied without their lines, which a request has taken down.
    """
    env.flush_all()
    env.cr.execute(
        "CREATE TEMP TABLE bench_copy (of_table text, old int, number int, new int) ON COMMIT DROP"
    )
    for table, (chosen, refers) in TABLES.items():
        _copy(env, table, SQL(chosen, company=company_id), refers, times - 1)
    env.cr.execute(SQL(DUE, company=company_id))
    env.invalidate_all(flush=False)


def _copy(env, table, chosen, refers, count):
    named = [
        SQL(
            """%s, (SELECT new FROM bench_copy parent WHERE parent.of_table = %s
                    AND parent.old = source.%s AND parent.number = copy.number)""",
            field,
            parent,
            SQL.identifier(field),
        )
        for field, parent in refers.items()
    ]
    env.cr.execute(
        SQL(
            """INSERT INTO bench_copy
               SELECT %(name)s, id, number, nextval(%(ids)s)
                 FROM %(table)s, generate_series(1, %(count)s) number WHERE %(chosen)s;
               CREATE INDEX ON bench_copy (old, number) WHERE of_table = %(name)s;
               INSERT INTO %(table)s
               SELECT made.* FROM bench_copy copy JOIN %(table)s source ON source.id = copy.old,
                      jsonb_populate_record(source, jsonb_build_object(%(changes)s)) made
                WHERE copy.of_table = %(name)s""",
            name=table,
            ids=f"{table}_id_seq",
            table=SQL.identifier(table),
            count=count,
            chosen=chosen,
            changes=SQL(", ").join([SQL("'id', copy.new"), *named]),
        )
    )
