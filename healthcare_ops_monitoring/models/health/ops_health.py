import logging

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import babel_locale_parse, config, get_lang

from ...core.health import DEGRADED, FAILING, OK, Check, worst

_logger = logging.getLogger(__name__)

READER_GROUPS = (
    "healthcare_ops_automation.group_ops_manager",
    "healthcare_ops_automation.group_ops_admin",
    "healthcare_ops_automation.group_ops_auditor",
)

MIN_CRON_THREADS = 5
"""Three delivery lanes, one thread for the other scheduled actions, one to spare: a thread
runs every ready job of its pass, so with fewer a long job delays a critical delivery."""


class OpsHealth(models.AbstractModel):
    """The checks that say whether the suite does its work.

    To add one: inherit, append its name in `_checks`, and write `_check_<name>`, which
    returns a `Check`. A check is cheap (an indexed query or two), writes nothing, and says
    in `advice` what to do. One that raises counts as failing; the others still run.
    """

    _name = "ops.health"
    _description = "Health checks"

    @api.model
    def _checks(self):
        """Names of the checks, in the order in which they are shown."""
        return ["database", "neutralized", "cron_threads"]

    @api.model
    @api.readonly
    def page(self):
        """Answer the page Monitoring > Health. For managers, administrators, auditors.

        Deliveries are those of the reader's companies and sites, so that each number is
        the number of records that its button opens.

        :return: ``{status, checked_at, checks: [{name, status, label, detail, advice, action}]}``
        :raise AccessError: for everybody else
        """
        if not any(self.env.user.has_group(group) for group in READER_GROUPS):
            raise AccessError(
                self.env._("Health is shown to operations managers, administrators and auditors.")
            )
        checks = self._run()
        return {
            "status": worst(check.status for check in checks),
            "checked_at": fields.Datetime.to_string(fields.Datetime.now()),
            "checks": [check.page() for check in checks],
        }

    @api.model
    def _public_report(self):
        """What the route answers: ``{status, checks: [{name, status, detail}]}``."""
        checks = self._run()
        return {
            "status": worst(check.status for check in checks),
            "checks": [check.public() for check in checks],
        }

    def _run(self):
        return [self._run_one(name) for name in self._checks()]

    def _run_one(self, name):
        """Run one check; whatever it raises becomes an answer."""
        try:
            # A savepoint, because a query that fails would end the checks after it too.
            with self.env.cr.savepoint(flush=False):
                return getattr(self, f"_check_{name}")()
        except Exception:
            _logger.exception("The health check %r raised", name)
            # The text of the error stays in the log: it may name hosts or hold secrets.
            return Check(
                name,
                FAILING,
                label=self.env._("Check “%s”", name),
                detail=self.env._("The check could not be made."),
                advice=self.env._("Read the error in the server's log."),
            )

    # -- the checks ---------------------------------------------------------------------

    def _check_database(self):
        self.env.cr.execute("SELECT 1")
        return Check(
            "database",
            OK,
            label=self.env._("Database"),
            detail=self.env._("The database answers."),
        )

    def _check_cron_threads(self):
        threads = config["max_cron_threads"]
        enough = threads >= MIN_CRON_THREADS
        return Check(
            "cron_threads",
            OK if enough else DEGRADED,
            label=self.env._("Threads for scheduled actions"),
            detail=self.env._(
                "%(threads)s configured, %(minimum)s needed.",
                threads=threads,
                minimum=MIN_CRON_THREADS,
            ),
            advice=""
            if enough
            else self.env._(
                "Set max_cron_threads = %s or more in Odoo's configuration file and restart. "
                "With fewer, a long job keeps critical deliveries waiting.",
                MIN_CRON_THREADS,
            ),
        )

    def _check_neutralized(self):
        neutralized = self._is_neutralized()
        return Check(
            "neutralized",
            DEGRADED if neutralized else OK,
            label=self.env._("Database in use"),
            detail=self.env._("A neutralized copy: nothing leaves it.")
            if neutralized
            else self.env._("A live database: events are sent."),
            advice=self.env._(
                "Right for a test copy. If this is the live database, restore it from a backup "
                "that was not neutralized."
            )
            if neutralized
            else "",
        )

    # -- what the checks share ----------------------------------------------------------

    def _is_neutralized(self):
        # sudo: the web client shows this very flag as a banner to everybody
        return bool(self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))

    def _age(self, delta):
        """A duration in words, in the reader's language: “7 minutes”."""
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_timedelta(delta, locale=locale)

    def _open_records(self, name, records):
        """The list of some records, for readers who may open it."""
        if not records.sudo(False).has_access("read"):
            return None
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", records.ids)],
            "context": {"active_test": False},
        }
