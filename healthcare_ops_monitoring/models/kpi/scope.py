from dataclasses import dataclass, replace

from odoo import fields
from odoo.exceptions import AccessError, UserError

from ...core.period import Period, UnknownPeriod, period_of

DEFAULT_PERIOD = "30d"
MOST_DIGITS = 10
"""Of an id: more is none, and Python refuses to read thousands of them."""


@dataclass(frozen=True)
class Scope:
    """What a figure is about: whose, where, which process, when, and in whose time zone.

    Companies are always the reader's own; no ``sites`` means all that the reader may see. The
    record rules hold beside it: a scope narrows, it never opens.

    :param raised_by_alerts: whether records that alerts have raised count, too
    """

    companies: tuple[int, ...]
    sites: tuple[int, ...]
    process: int | None
    period: Period
    zone: str
    raised_by_alerts: bool = True

    @classmethod
    def of(cls, env, params=None):
        """The scope that a page asks for.

        :param dict params: of the page's address, each optional: ``period`` (a code of
            :mod:`core.period`), ``company``, ``site``, ``process`` (ids)
        :raise UserError: for a period that is none, or an id that is none
        :raise AccessError: for a company or site that is not the reader's
        """
        params = params or {}
        zone = env.user.tz or "UTC"
        try:
            period = period_of(params.get("period") or DEFAULT_PERIOD, fields.Datetime.now(), zone)
        except UnknownPeriod as error:
            raise UserError(
                env._(
                    "Period “%s” is none: choose one of the list, or two days such as "
                    "2026-01-01..2026-01-31.",
                    params.get("period"),
                )
            ) from error
        company, site, process = (
            cls._id(env, params, key) for key in ("company", "site", "process")
        )
        if company and company not in env.companies.ids:
            raise AccessError(env._("Company: choose one of those that you have switched on."))
        sites = ()
        if site:
            # As the reader: a site of others is not found.
            below = (
                env["ops.site"].with_context(active_test=False).search([("id", "child_of", site)])
            )
            if site not in below.ids:
                raise AccessError(env._("Site: choose one of yours."))
            sites = tuple(below.ids)
        companies = (company,) if company else tuple(env.companies.ids)
        return cls(companies, sites, process, period, zone)

    @staticmethod
    def _id(env, params, key):
        value = params.get(key)
        if not value:
            return None
        text = str(value) if isinstance(value, int | str) else ""
        if text.isdecimal() and len(text) <= MOST_DIGITS:
            number = int(text)
            if 0 < number < 2**31:
                return number
        raise UserError(
            env._(
                "“%(value)s” is no %(key)s: choose one of the list.", value=str(value)[:80], key=key
            )
        )

    @property
    def previous(self):
        """The same for the period of equal length before; None since ever."""
        before = self.period.previous
        return before and replace(self, period=before)
