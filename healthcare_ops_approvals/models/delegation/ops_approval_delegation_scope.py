from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_round

from .ops_approval_delegation import ACTIVE

# The people whose own a request is.
CONCERNED = ("requester_id", "creator_id", "editor_id", "handler_id")


class OpsApprovalDelegation(models.Model):
    """What delegations are about, and which of them hold now.

    The same is said twice: as a Domain, by which requests are found, and about facts, by which a
    decision and a plan are judged.
    """

    _inherit = "ops.approval.delegation"

    @api.model
    def _in_force(self, **people):
        """Those in force by the clock of this moment, in sudo.

        :param people: ``user_id`` and ``delegate_id``: ``res.users`` of whom to look
        """
        domain = Domain("state", "=", ACTIVE)
        for name, users in people.items():
            domain &= Domain(name, "in", users.ids)
        # sudo: who stands in for whom is asked by the engine; callers show no more than names
        return self.sudo()._ops_engine().search(domain, order="id")

    @api.model
    def _standing_in(self, user):
        """For whom somebody stands in now, and until when.

        :return: a list of ``{"user_id", "name", "until", "ends_at"}``: the end in words of the
            current user's language and time zone, and in UTC
        """
        until = {}
        for delegation in self._in_force(delegate_id=user):
            known = until.get(delegation.user_id)
            until[delegation.user_id] = max(known or delegation.date_to, delegation.date_to)
        return [
            {
                "user_id": person.id,
                "name": person.name,
                "until": self._moment(ends),
                "ends_at": fields.Datetime.to_string(ends),
            }
            for person, ends in until.items()
        ]

    # -- judged -----------------------------------------------------------------------------

    def _covers(self, company, site, policy, amount, currency):
        """Whether this one is about a matter.

        :param policy: the ``ops.approval.policy`` it goes by; may be empty
        :param float amount: in ``currency``
        """
        self.ensure_one()
        if self.company_ids and company not in self.company_ids:
            return False
        if self.site_ids and not (site and site._is_within(self.site_ids)):
            return False
        if self.policy_ids and policy not in self.policy_ids:
            return False
        if not self.amount_limit:
            return True
        limit = self._limit_in(currency, company)
        return limit is not None and currency.compare_amounts(amount, limit) <= 0

    def _limit_in(self, currency, company):
        """The limit in another currency at today's rate of a company; None without a rate."""
        rates = self.env["ops.approval.policy.version"].sudo()  # sudo: rates are no secret
        rate = rates._rate(self.currency_id, currency, company, fields.Date.today())
        if rate is None:
            return None
        return float_round(
            self.amount_limit * rate,
            precision_rounding=currency.rounding,
            rounding_method="DOWN",
        )

    def _covers_request(self, request):
        """Whether this one is about a request as it stands."""
        request = request.sudo()  # sudo: its place and amount, for whoever asks
        return self._covers(
            request.company_id,
            request.site_id,
            request._policy_version().policy_id,
            request.amount,
            request.policy_currency_id,
        )

    def _decides(self, request):
        """Whether whoever stands in may decide about a request by this one: it is about it, and
        was not made by somebody whose own request it is."""
        if not self._covers_request(request):
            return False
        author, request = self._chooser(), request.sudo()  # sudo: as above
        return not any(author and request[name] == author for name in CONCERNED)

    def _chooser(self):
        """Who chose the delegate in the place of the person stood in for; nobody when that person
        did. Kept since there is a chooser; before, whoever made it."""
        return (self.author_id or self.create_uid) - self.user_id

    # -- found ------------------------------------------------------------------------------

    def _decided(self):
        """The Domain of the requests about which something may be decided by this one."""
        author = self._chooser()
        own = Domain.OR(Domain(name, "in", author.ids) for name in CONCERNED)
        return self._requests() & ~own if author else self._requests()

    def _requests(self):
        """The Domain of the requests that this one is about."""
        self.ensure_one()
        found = Domain.TRUE
        if self.company_ids:
            found &= Domain("company_id", "in", self.company_ids.ids)
        if self.site_ids:
            found &= Domain("site_id", "child_of", self.site_ids.ids)
        if self.policy_ids:
            found &= Domain("version_id", "in", self.policy_ids.version_ids.ids)
        return found & self._within_limit() if self.amount_limit else found

    def _within_limit(self):
        """By company and by currency of the policies: rates are the company's."""
        companies = self.company_ids or self.user_id.company_ids
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT currency_id FROM ops_approval_policy_version ORDER BY 1")
        )
        found = Domain.FALSE
        for currency in self.env["res.currency"].browse(id_ for (id_,) in rows):
            limits = {}
            for company in companies:
                limit = self._limit_in(currency, company)
                if limit is not None:
                    limits.setdefault(limit, []).append(company.id)
            for limit, ids in limits.items():
                found |= (
                    Domain("policy_currency_id", "=", currency.id)
                    & Domain("company_id", "in", ids)
                    & Domain("amount", "<=", limit)
                )
        return found
