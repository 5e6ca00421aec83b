from odoo import api, fields, models
from odoo.tools import SQL

# Upper bounds of an attempt's duration, in milliseconds; the last bucket has none. An attempt
# ends after 60 s at the latest.
BUCKETS_MS = (50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000)

# What settles is counted by the database itself, in the statement that settles it, whoever runs
# it. One INSERT a statement and nothing else: nobody waits for anybody. Sealing only inserts
# deliveries and so pays nothing.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION ops_metric_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ops_metric_counter (name, labels, value)
    SELECT 'deliveries', jsonb_build_object('endpoint', n.endpoint_id, 'outcome', n.state),
           count(*)
      FROM new_rows n JOIN old_rows o ON o.id = n.id
     WHERE n.state IN ('delivered', 'dead', 'skipped') AND n.state <> o.state
     GROUP BY n.endpoint_id, n.state;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ops_metric_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ops_metric_counter (name, labels, value)
    WITH made AS (
        SELECT d.endpoint_id, n.outcome, COALESCE(n.duration_ms, 0) AS ms,
               width_bucket(COALESCE(n.duration_ms, 0), ARRAY[%(bounds)s]) AS bucket
          FROM new_rows n JOIN ops_delivery d ON d.id = n.delivery_id)
    SELECT 'attempts', jsonb_build_object('endpoint', endpoint_id, 'outcome', outcome), count(*)
      FROM made GROUP BY endpoint_id, outcome
     UNION ALL
    SELECT 'attempt_bucket', jsonb_build_object('endpoint', endpoint_id, 'bucket', bucket),
           count(*)
      FROM made GROUP BY endpoint_id, bucket
     UNION ALL
    SELECT 'attempt_ms', jsonb_build_object('endpoint', endpoint_id), sum(ms)
      FROM made GROUP BY endpoint_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ops_metric_callback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ops_metric_counter (name, labels, value)
        SELECT 'callbacks', jsonb_build_object('outcome', outcome), sum(call_count)
          FROM new_rows GROUP BY outcome;
    ELSE
        INSERT INTO ops_metric_counter (name, labels, value)
        SELECT 'callbacks', jsonb_build_object('outcome', n.outcome),
               sum(n.call_count - o.call_count)
          FROM new_rows n JOIN old_rows o ON o.id = n.id
         WHERE n.call_count > o.call_count GROUP BY n.outcome;
    END IF;
    RETURN NULL;
END $$;
"""
# (table, operation, function)
TRIGGERS = (
    ("ops_delivery", "UPDATE", "ops_metric_delivery"),
    ("ops_delivery_attempt", "INSERT", "ops_metric_attempt"),
    ("ops_callback_call", "INSERT", "ops_metric_callback"),
    ("ops_callback_call", "UPDATE", "ops_metric_callback"),
)


class OpsMetricCounter(models.Model):
    """Counters that only go up: rows are added when something settles and their sum is the
    counter, so that the pruning of what settled turns nothing back.

    There is no row to update, so nobody waits. A scheduled action folds the rows into one for
    each counter, in one statement, so that every reader sees the same sum before and after.
    """

    _name = "ops.metric.counter"
    _description = "Counter for Metrics"
    _log_access = False

    name = fields.Char(required=True, readonly=True)
    labels = fields.Json(required=True, readonly=True)
    value = fields.Float(required=True, readonly=True, digits=False)

    def init(self):
        # Bounds are included: 50 ms fall into the first bucket.
        bounds = ", ".join(str(bound + 1) for bound in BUCKETS_MS)
        self.env.cr.execute(SQL(FUNCTIONS.replace("%(bounds)s", bounds).replace("%", "%%")))
        self._drop_triggers()
        for table, operation, function in TRIGGERS:
            old = SQL("OLD TABLE AS old_rows") if operation == "UPDATE" else SQL()
            self.env.cr.execute(
                SQL(
                    "CREATE TRIGGER %s AFTER %s ON %s REFERENCING %s NEW TABLE AS new_rows"
                    " FOR EACH STATEMENT EXECUTE FUNCTION %s()",
                    _name_of(table, operation),
                    SQL(operation),
                    SQL.identifier(table),
                    old,
                    SQL.identifier(function),
                )
            )

    def _drop_triggers(self):
        for table, operation, _function in TRIGGERS:
            self.env.cr.execute(
                SQL(
                    "DROP TRIGGER IF EXISTS %s ON %s",
                    _name_of(table, operation),
                    SQL.identifier(table),
                )
            )

    def _drop_functions(self):
        """For the uninstall hook: Odoo knows nothing of them. Their triggers go with them."""
        for function in dict.fromkeys(function for _table, _operation, function in TRIGGERS):
            self.env.cr.execute(
                SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function))
            )

    @api.model
    def _totals(self):
        """``{name: [(labels, value)]}`` of all counters."""
        totals = {}
        rows = self.env.execute_query(
            SQL("SELECT name, labels, sum(value) FROM ops_metric_counter GROUP BY name, labels")
        )
        for name, labels, value in rows:
            totals.setdefault(name, []).append((labels, value))
        return totals

    @api.model
    def _cron_fold(self):
        """Make one row of the rows of each counter."""
        self.env.cr.execute(
            SQL(
                """WITH gone AS (DELETE FROM ops_metric_counter RETURNING name, labels, value)
                   INSERT INTO ops_metric_counter (name, labels, value)
                   SELECT name, labels, sum(value) FROM gone GROUP BY name, labels"""
            )
        )
        self.invalidate_model(flush=False)


def _name_of(table, operation):
    return SQL.identifier(f"{table}_metric_{operation.lower()}")
