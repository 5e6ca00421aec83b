"""Why a document goes which way, in sentences."""

from odoo.tools import format_date, formatLang

from ...core.route import NO_MATCH, NONE, Route


class RouteWords:
    """Tells routes of one version; what is said of a row is put in words once.

    In the language of ``version``, which is in sudo; amounts as that language writes them.

    :param matches: the rows in the matrix that will be told of
    """

    def __init__(self, version, matches):
        self._version = version
        self._env = version.env
        # Only the rows that are told: a policy may have a thousand others.
        ids = {match.id for match in matches if match}
        self._rows = {row.id: row for row in version.env["ops.approval.row"].browse(ids)}
        self._conditions = {}

    def route(self, document, place, money, match):
        """The :class:`~core.route.Route` of a document whose row in the matrix is ``match``."""
        row = match and self._rows[match.id]
        return Route(
            version_id=self._version.id,
            row_id=row.id if row else None,
            row_label=row.name if row else "",
            outcome=row.outcome if row else NO_MATCH,
            document_amount=money.document,
            document_currency=money.currency.name,
            amount=money.amount,
            policy_currency=self._version.currency_id.name,
            rate=money.rate,
            rate_date=money.day,
            reasons=tuple(self._reasons(place, money, match, row)),
        )

    def _reasons(self, place, money, match, row):
        env = self._env
        yield self._in_force()
        yield self._amount(money)
        if money.units is None:
            return
        if not row:
            yield env._(
                "No row of this version is for such a document, so it cannot be approved. An "
                "operations administrator can add a row."
            )
            return
        yield env._(
            "Row %(number)s “%(row)s” is the first that matches: %(conditions)s.",
            number=match.position,
            row=row.name,
            conditions=self._conditions_of(row),
        )
        if row.outcome == NONE:
            yield env._("By this row nobody has to approve.")

    def _in_force(self):
        version = self._version
        if version.state == "draft":
            return self._env._(
                "This is a trial of the draft, version %(number)s of “%(policy)s”. It is not in "
                "force.",
                number=version.number,
                policy=version.policy_id.name,
            )
        return self._env._(
            "Version %(number)s of “%(policy)s” applies, published on %(day)s.",
            number=version.number,
            policy=version.policy_id.name,
            day=format_date(self._env, version.published_at),
        )

    def _amount(self, money):
        env, target = self._env, self._version.currency_id
        said = self.money(money.document, money.currency)
        if money.units is None:
            return env._(
                "The amount is %(amount)s. There is no exchange rate between %(currency)s and "
                "%(policy)s, so it cannot be compared with the policy: somebody has to enter one.",
                amount=said,
                currency=money.currency.name,
                policy=target.name,
            )
        if money.currency == target:
            return env._("The amount is %s.", said)
        return env._(
            "The amount is %(amount)s, which is %(converted)s at the rate of %(day)s "
            "(1 %(currency)s = %(rate)s %(policy)s).",
            amount=said,
            converted=self.money(money.amount, target),
            day=format_date(env, money.day),
            currency=money.currency.name,
            rate=f"{money.rate:.6g}",
            policy=target.name,
        )

    def money(self, amount, currency):
        return formatLang(self._env, amount, currency_obj=currency)

    def _conditions_of(self, row):
        if row.id not in self._conditions:
            self._conditions[row.id] = row._in_words()
        return self._conditions[row.id]
