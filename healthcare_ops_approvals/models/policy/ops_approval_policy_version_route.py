from dataclasses import dataclass

import pytz

from odoo import SUPERUSER_ID, fields, models, tools

from odoo.addons.healthcare_ops_automation.models.domains import parse_domain

from ...core.matrix import Facts, Matrix, Row, first_match
from ...core.route import NONE
from .route_words import RouteWords


@dataclass(frozen=True)
class Money:
    """What a document is about, in its own currency and in that of the policy.

    ``units`` is the converted amount in whole smallest units of the policy's currency: what is
    compared with the bands. None when there is no rate.
    """

    document: float
    currency: object
    amount: float
    rate: float
    day: object
    units: int | None


class OpsApprovalPolicyVersion(models.Model):
    """Which row of the version a document goes by."""

    _inherit = "ops.approval.policy.version"

    def _route(self, documents, requesters=None):
        """The way of each document: the first row that matches it.

        :param documents: records of the policy's model
        :param requesters: one ``res.users`` a document, when it is not for the document or the
            present user to say who submits it: the department is theirs
        :return: a list of :class:`~core.route.Route`, in the order of the documents
        """
        self.ensure_one()
        version = self._engine()
        # Of the facts, only the department may depend on who asks: on whoever would submit.
        departments = departments_of(documents, requesters)
        documents = version._as_engine(documents)
        places = documents._ops_place()
        money = version._money(documents, places)
        facts = version._facts(documents, places, departments, money)
        known = {each: facts[each] for each in facts if money[each].units is not None}
        rows = first_match(version._matrix(), known, version._matching(documents, places))
        words = RouteWords(version, rows.values())
        return [
            words.route(document, place, money[document.id], rows.get(document.id))
            for document, place in zip(documents, places, strict=True)
        ]

    @staticmethod
    def _as_engine(documents):
        """The documents as nobody in particular sees them: routing depends on nothing but them."""
        # sudo: the answer must be the same whoever asks; what leaves is which row it is
        return documents.with_user(SUPERUSER_ID)._ops_engine()

    # -- amounts --------------------------------------------------------------------------

    def _money(self, documents, places):
        """The :class:`Money` of each document, by id, at the rate of its company and date."""
        target = self.currency_id
        rates, money = {}, {}
        for document, (company, site) in zip(documents, places, strict=True):
            currency = document[document._approval_currency_field] or company.currency_id
            field = document._approval_amount_field
            amount = document[field] if field else 0.0
            day = self._day(document, company, site)
            key = (currency, company, day)
            if key not in rates:
                rates[key] = self._rate(currency, target, company, day)
            rate = rates[key]
            converted = target.round(amount * (rate or 0.0))
            units = None if rate is None else round(converted / target.rounding)
            money[document.id] = Money(amount, currency, converted, rate or 0.0, day, units)
        return money

    def _rate(self, currency, target, company, day):
        """Units of ``target`` for one of ``currency``; None when nobody entered a rate.

        Odoo takes 1 for a currency without any rate: a threshold of 1,000 would let pass
        whatever is said in a currency that nobody cared about.
        """
        if currency == target:
            return 1.0
        in_use = (currency | target) - company.root_id.currency_id
        # sudo: rates of the document's company, which whoever asks need not have chosen
        rated = (
            self.env["res.currency.rate"]
            .sudo()
            ._read_group(
                [
                    ("currency_id", "in", in_use.ids),
                    ("company_id", "in", (company.root_id.id, False)),
                ],
                ["currency_id"],
            )
        )
        if len(rated) < len(in_use):
            return None
        return currency.sudo()._ops_engine()._get_conversion_rate(currency, target, company, day)

    def _day(self, document, company, site):
        """The document's date, where it belongs; today when it has none."""
        value = document._approval_date_field and document[document._approval_date_field]
        if value and document._fields[document._approval_date_field].type == "date":
            return value
        return self._local_day(value or fields.Datetime.now(), company, site)

    @staticmethod
    def _local_day(moment, company, site):
        zone = pytz.timezone(site.tz or company.resource_calendar_id.tz or "UTC")
        return pytz.utc.localize(moment).astimezone(zone).date()

    # -- facts ----------------------------------------------------------------------------

    def _facts(self, documents, places, departments, money):
        """What the matrix is asked about each document, by id."""
        above = Above()
        facts = {}
        answers = zip(
            documents,
            places,
            departments,
            documents._approval_categories(),
            strict=True,
        )
        for document, (company, site), department, categories in answers:
            facts[document.id] = Facts(
                companies=above.of(company),
                sites=above.of(site),
                departments=above.of(department),
                categories=tuple({above.of(each) for each in categories}),
                amount=money[document.id].units,
                day=self._local_day(fields.Datetime.now(), company, site),
            )
        return facts

    def _matching(self, documents, places):
        """What :func:`~core.matrix.first_match` asks for domains: in bulk, company by company."""
        companies = dict(zip(documents._ids, (company for company, _site in places), strict=True))

        def matching(text, ids):
            domain = parse_domain(documents.env, text, "")
            by_company = {}
            for each in ids:
                by_company.setdefault(companies[each], []).append(each)
            found = set()
            for company, members in by_company.items():
                records = documents.browse(members).with_company(company)
                found |= set(records.filtered_domain(domain)._ids)
            return found

        return matching

    # -- the matrix -----------------------------------------------------------------------

    def _matrix(self):
        """The rows, ready to be asked: kept for a version that cannot change any more."""
        return self._build_matrix() if self.state == "draft" else self._published_matrix()

    @tools.ormcache("self.id")
    def _published_matrix(self):
        return self._build_matrix()

    def _build_matrix(self):
        rounding = self.currency_id.rounding

        def units(amount):
            return round(amount / rounding) if amount else None

        return Matrix(
            Row(
                position=position,
                id=row.id,
                company_id=row.company_id.id or None,
                site_id=row.site_id.id or None,
                department_id=row.department_id.id or None,
                category_id=row.category_id or None,
                all_categories=row.outcome == NONE,
                amount_from=units(row.amount_from),
                amount_to=units(row.amount_to),
                date_from=row.date_from or None,
                date_to=row.date_to or None,
                domain=row.domain if row._has_domain() else None,
            )
            for position, row in enumerate(self._rows(), 1)
        )


def departments_of(documents, requesters=None):
    """The department of each document: a list in order.

    :param requesters: see :meth:`OpsApprovalPolicyVersion._route`
    """
    # sudo: which department it is does not depend on who may read it
    if requesters is None:
        return documents.sudo()._approval_department()
    by_user = {}
    for document, user in zip(documents, requesters, strict=True):
        by_user.setdefault(user.id, []).append(document.id)
    found = {}
    for user_id, ids in by_user.items():
        asked = documents.browse(ids).with_user(user_id).sudo()
        found.update(zip(ids, asked._approval_department(), strict=True))
    return [found[document.id] for document in documents]


class Above:
    """Ids of records and of everything above them, each looked up once."""

    def __init__(self):
        self._known = {}

    def of(self, record):
        if not record:
            return frozenset()
        key = record._name, record.id
        if key not in self._known:
            self._known[key] = frozenset(self._climb(record.sudo()))  # sudo: only the ids
        return self._known[key]

    @staticmethod
    def _climb(record):
        if record._parent_store and record.parent_path:
            return map(int, record.parent_path.split("/")[:-1])
        ids, parent = [], record._parent_name
        while record and record.id not in ids:
            ids.append(record.id)
            record = record[parent] if parent in record._fields else record.browse()
        return ids
