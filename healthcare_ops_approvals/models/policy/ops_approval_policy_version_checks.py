from dataclasses import dataclass
from math import inf

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ...core import coverage
from ...core.route import APPROVE, NONE
from .ops_approval_policy_version_route import Above
from .part import DRAFT
from .stage_checks import StageChecks

BLOCKS, WARNS, NOTES = "blocks", "warns", "notes"
MARKS = {
    BLOCKS: ("danger", "fa-times-circle"),
    WARNS: ("warning", "fa-exclamation-triangle"),
    NOTES: ("info", "fa-info-circle"),
}


@dataclass(frozen=True)
class Finding:
    """Something to know before publishing: what ``blocks``, what ``warns``, what one ``notes``."""

    level: str
    text: str


class OpsApprovalPolicyVersion(models.Model):
    """What is found about a draft before it is published."""

    _inherit = "ops.approval.policy.version"

    findings = fields.Html(string="Before publishing", compute="_compute_findings", sanitize=False)
    is_blocked = fields.Boolean(compute="_compute_findings")
    may_publish = fields.Boolean(
        compute="_compute_may_publish", help="Somebody else than who edited it last."
    )

    @api.depends("state", "row_ids", "row_ids.stage_ids")
    @api.depends_context("lang", "uid")
    def _compute_findings(self):
        for version in self:
            found = version._findings() if version.state == DRAFT and version.id else []
            version.is_blocked = any(each.level == BLOCKS for each in found)
            version.findings = _as_list(found)

    @api.depends("state", "last_editor_id")
    @api.depends_context("uid")
    def _compute_may_publish(self):
        admin = self.env.user.has_group("healthcare_ops_automation.group_ops_admin")
        for version in self:
            version.may_publish = (
                admin and version.state == DRAFT and version.last_editor_id != self.env.user
            )

    def _check_publishable(self):
        result = super()._check_publishable()
        blocking = [each.text for each in self._findings() if each.level == BLOCKS]
        if blocking:
            raise UserError(
                self.env._(
                    "“%(version)s” cannot be published yet:\n%(problems)s",
                    version=self.display_name,
                    problems="\n".join(f"- {text}" for text in blocking),
                )
            )
        return result

    def _findings(self):
        """What there is to know about the version, what blocks first.

        :return: a list of :class:`Finding`
        """
        self.ensure_one()
        version = self._engine()  # pools and places are looked through whoever looks at the draft
        rows = version._rows()
        if not rows:
            text = self.env._("There is no row: nothing could be approved. Add one.")
            return [Finding(BLOCKS, text)]
        found = [
            *version._findings_of_currency(),
            *version._findings_of_rows(rows),
            *version._findings_of_bands(rows),
            *(Finding(level, text) for level, text in StageChecks(version).all(rows)),
        ]
        order = list(MARKS)
        return sorted(found, key=lambda each: order.index(each.level))

    def _findings_of_currency(self):
        former = self.policy_id.published_version_id
        if former and former.currency_id != self.currency_id:
            text = self.env._(
                "Amounts are in %(currency)s now. In the version in force they are in %(former)s.",
                currency=self.currency_id.name,
                former=former.currency_id.name,
            )
            yield Finding(WARNS, text)

    def _findings_of_rows(self, rows):
        today = fields.Date.context_today(self)
        for row in rows:
            if row.outcome == APPROVE and not row.stage_ids:
                text = self.env._(
                    "Row “%s” has no stage: say who approves, or that nobody has to.", row.name
                )
                yield Finding(BLOCKS, text)
            if row.outcome == NONE and row.stage_ids:
                text = self.env._(
                    "Row “%s” has stages, and says that nobody has to approve. The stages are "
                    "not asked.",
                    row.name,
                )
                yield Finding(WARNS, text)
            if row.date_to and row.date_to < today:
                text = self.env._("Row “%s” is over: its last day has passed.", row.name)
                yield Finding(WARNS, text)

    def _findings_of_bands(self, rows):
        spans = self._spans(rows)
        names = {row.id: row.name for row in rows}
        for row_id, earlier in coverage.unreachable(spans).items():
            yield Finding(
                WARNS,
                self.env._(
                    "Row “%(row)s” is never reached: “%(earlier)s” above takes all its documents.",
                    row=names[row_id],
                    earlier=", ".join(names[each] for each in earlier),
                ),
            )
        for earlier, later, low, high in coverage.overlaps(spans):
            yield Finding(
                NOTES,
                self.env._(
                    "Rows “%(earlier)s” and “%(later)s” are both for %(amounts)s: the one above, "
                    "“%(earlier)s”, wins.",
                    earlier=names[earlier],
                    later=names[later],
                    amounts=self._amounts_in_words(low, high),
                ),
            )
        for key, gaps in coverage.gaps(spans).items():
            for low, high in gaps:
                yield Finding(
                    WARNS,
                    self.env._(
                        "No row is for %(where)s, %(amounts)s, unless a filter, a date or a place "
                        "of a row happens to fit. Such documents are refused.",
                        where=self._place_in_words(rows, key),
                        amounts=self._amounts_in_words(low, high),
                    ),
                )

    def _spans(self, rows):
        above = Above()
        spans = []
        for row in rows:
            places = (row.company_id, row.site_id, row.department_id, row._category())
            dated = row.date_from, row.date_to
            condition = (row.domain if row._has_domain() else None, *dated)
            spans.append(
                coverage.Span(
                    id=row.id,
                    key=tuple(place.id or None for place in places),
                    above=tuple(above.of(place) for place in places),
                    low=row.amount_from or -inf,
                    high=row.amount_to or inf,
                    condition=condition if any(condition) else None,
                    strict=row.outcome == NONE,
                )
            )
        return spans

    def _amounts_in_words(self, low, high):
        def said(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        if low == -inf and high == inf:
            return self.env._("any amount")
        if low == -inf:
            return self.env._("amounts < %s", said(high))
        if high == inf:
            return self.env._("amounts ≥ %s", said(low))
        return self.env._("amounts ≥ %(low)s and < %(high)s", low=said(low), high=said(high))

    def _place_in_words(self, rows, key):
        """The documents that a key of :func:`core.coverage.gaps` stands for."""
        if not any(key):
            return self.env._("documents in general")
        for row in rows:
            places = (row.company_id, row.site_id, row.department_id, row._category())
            if tuple(place.id or None for place in places) == key:
                names = [place.display_name for place in places if place]
                return self.env._("documents of %s", ", ".join(names))
        return ""


def _as_list(found):
    if not found:
        return False
    items = Markup().join(
        Markup(
            '<li class="d-flex gap-2 py-1"><i class="fa %s text-%s mt-1" aria-hidden="true"></i>'
            "<span>%s</span></li>"
        )
        % (MARKS[each.level][1], MARKS[each.level][0], each.text)
        for each in found
    )
    return Markup('<ul class="list-unstyled mb-0">%s</ul>') % items
