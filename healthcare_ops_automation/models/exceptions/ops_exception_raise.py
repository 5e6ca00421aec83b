from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.tools import SQL

from ...core.link import check_link
from .ops_exception import OPEN_STATES


class OpsException(models.Model):
    """Raising exceptions, and counting repeats of the same cause."""

    _inherit = "ops.exception"

    @api.model
    def _raise_exception(
        self,
        category_code,
        reason,
        record=None,
        *,
        cause_key=None,
        event=None,
        severity=None,
        count=1,
        owner=None,
        external_url=None,
        place=None,
        facts=None,
        team=None,
    ):
        """Open an exception, or count the repeat on the one open for the same cause.

        :param str category_code: code of an ``ops.exception.category``
        :param str reason: what happened, in words a colleague understands
        :param record: the record concerned, of any model; its place is the exception's.
            Without it, the event's record and place are taken
        :param str cause_key: what makes two occurrences the same; by default category
            and record
        :param event: the ``ops.event`` it follows from
        :param str severity: instead of the category's
        :param int count: how many occurrences this tells of
        :param owner: the ``res.users`` who gets it, whatever the rules say
        :param str external_url: http(s) address of the place in another system
        :param place: (company, site) instead of those of the record or event
        :param dict facts: values of further fields of a new exception
        :param team: the ``ops.exception.team`` that gets a new one, whatever the rules say
        :return: the exception
        :raise ValidationError: for an unknown category, a record without a place or an
            address that is none
        """
        category = self._category(category_code)
        if record is None and not event:
            raise ValidationError(self.env._("An exception needs a record or an event."))
        # sudo: exceptions are raised by the engine on behalf of whoever works; the caller is
        # private to RPC and has decided that the record is concerned. Its name and place
        # are facts of the exception, whoever caused it.
        # The caller's context decides nothing about it, and makes nobody a follower; that
        # it was raised its steps tell.
        exceptions = self.sudo()._ops_engine(mail_create_nosubscribe=True, mail_create_nolog=True)
        if record is not None:
            record = record.sudo()._ops_engine()
            record.ensure_one()
            company, site = place or record._ops_place()[0]
            res_model, res_id, res_name = record._name, record.id, record.display_name
        else:
            event = event.sudo()
            company, site = place or (event.company_id, event.site_id)
            res_model, res_id, res_name = event.res_model, event.res_id, event.record_name
        cause_key = cause_key or f"{res_model},{res_id}"
        exceptions._check_external_url(external_url)
        known = exceptions._count_repeat(
            category, company, cause_key, reason, count, external_url or None
        )
        if known:
            return known.with_env(self.env)
        now = fields.Datetime.now()
        severity = severity or category.severity
        team, owner = exceptions._assign(category, company, site, severity, team, owner)
        values = {
            "name": f"{category.name}: {res_name}",
            "category_id": category.id,
            "severity": severity,
            "company_id": company.id,
            "site_id": site.id,
            "res_model": res_model,
            "res_id": res_id,
            "res_name": res_name,
            "event_id": event.id if event else False,
            "reason": reason,
            "occurrence_count": count,
            "external_url": external_url,
            "cause_key": cause_key,
            "first_seen": now,
            "last_seen": now,
            "due_at": now + timedelta(hours=category.due_hours),
            "team_id": team.id,
            "user_id": owner.id,
            **exceptions._facts_about(record),
            **(facts or {}),
        }
        try:
            return exceptions.create(values).with_env(self.env)
        except UniqueViolation as error:
            # Two transactions opened the same cause at once. Told as a conflict, Odoo runs
            # the second one again, and then it counts.
            raise ConcurrencyError("exception opened concurrently") from error

    @api.model
    def _category(self, code):
        # sudo: see _raise_exception. An archived category still takes what is raised.
        categories = self.env["ops.exception.category"].sudo().with_context(active_test=False)
        category = categories.search([("code", "=", code)], limit=1)
        if not category:
            raise ValidationError(
                self.env._(
                    "There is no exception category with the code “%s”. Create it under "
                    "Configuration, Exception categories.",
                    code,
                )
            )
        return category

    def _count_repeat(self, category, company, cause_key, reason, count, external_url):
        """Count occurrences on the open exception of this cause, if there is one."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """UPDATE ops_exception
                      SET occurrence_count = occurrence_count + %s,
                          last_seen = now() AT TIME ZONE 'UTC',
                          reason = %s, external_url = COALESCE(%s, external_url)
                    WHERE company_id = %s AND category_id = %s AND cause_key = %s
                      AND state IN %s
                RETURNING id""",
                count,
                reason,
                external_url,
                company.id,
                category.id,
                cause_key,
                OPEN_STATES,
            )
        )
        exception = self.browse(row[0] for row in rows)
        counted = ["occurrence_count", "last_seen", "reason", "external_url"]
        exception.invalidate_recordset(counted, flush=False)
        exception._keep_repeat(count)
        return exception

    @api.model
    def _check_external_url(self, url):
        try:
            check_link(url or None)
        except ValueError as error:
            raise ValidationError(self.env._("Where it happened: %s.", str(error))) from error

    @api.model
    def _facts_about(self, record):
        """Hook: values of further fields that follow from the record concerned (or None)."""
        return {}
