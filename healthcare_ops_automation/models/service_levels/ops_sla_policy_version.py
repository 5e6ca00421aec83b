import json
from dataclasses import dataclass

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...core.service_level import Matches
from ..domains import parse_domain


class OpsSlaPolicyVersion(models.Model):
    """What a policy measured from one change to the next. Clocks keep theirs."""

    _name = "ops.sla.policy.version"
    _description = "Service-Level Policy Version"
    _order = "policy_id, number desc"
    _rec_name = "number"

    policy_id = fields.Many2one(
        "ops.sla.policy", required=True, index=True, ondelete="cascade", readonly=True
    )
    number = fields.Integer(string="Version", required=True, readonly=True, aggregator=None)
    snapshot = fields.Text(
        required=True, readonly=True, help="JSON: filters and targets as they were."
    )
    label = fields.Char(help="Why it was changed, or by which agreement.")
    create_uid = fields.Many2one("res.users", string="Changed by", readonly=True)
    create_date = fields.Datetime(string="Changed", readonly=True)

    _number_uniq = models.UniqueIndex(
        "(policy_id, number)", "The policy was changed by somebody else: load it again."
    )

    @api.depends("number", "label")
    def _compute_display_name(self):
        for version in self:
            name = self.env._("Version %s", version.number)
            version.display_name = f"{name}: {version.label}" if version.label else name

    def write(self, vals):
        if vals.keys() - {"label"}:
            raise UserError(
                self.env._(
                    "Only the label of a version can be changed: clocks were measured by the rest. "
                    "Change the policy, which makes a new version."
                )
            )
        return super().write(vals)

    # -- taking ---------------------------------------------------------------------------

    @api.model
    def _take(self, policies):
        """Keep what the policies measure now, where it is not what they measured before."""
        # sudo: nobody creates versions; who changed the policy or its targets was allowed to
        for policy in policies.sudo()._ops_engine():
            known = self._current(policy)
            snapshot = policy._snapshot()
            if known and json.loads(known.snapshot) == snapshot:
                continue
            number = known.number + 1 if known else 1
            text = json.dumps(snapshot, indent=2, ensure_ascii=False, sort_keys=True)
            version = self.sudo().create(
                {"policy_id": policy.id, "number": number, "snapshot": text}
            )
            self.env["ops.audit.entry"]._record(
                "sla_policy.changed", policy, {"version": version.number}
            )

    @api.model
    def _current(self, policy):
        """The version by which new clocks of the policy start."""
        return self.sudo().search([("policy_id", "=", policy.id)], order="number desc", limit=1)

    # -- reading --------------------------------------------------------------------------

    @tools.ormcache("self.id")
    def _rules(self):
        """The version, ready to be asked about records. Versions never change."""
        return Rules.parse(self.env, json.loads(self.snapshot))


class OpsSlaPolicy(models.Model):
    _inherit = "ops.sla.policy"

    version_ids = fields.One2many("ops.sla.policy.version", "policy_id", string="Versions")

    def _snapshot(self):
        """What the policy measures, as plain values."""
        self.ensure_one()
        return {
            "model": self.model_name,
            "company": self.company_id.id,
            "sites": sorted(self.site_ids.ids),
            "start_on": self.start_on,
            "domain": self.domain or "[]",
            "start": self.start_domain or "[]",
            "stop": self.stop_domain,
            "pause": self.pause_domain if self.pause_domain != "[]" else False,
            "cancel": self.cancel_domain if self.cancel_domain != "[]" else False,
            "targets": [target._snapshot() for target in self.target_ids.sorted()],
        }


@dataclass(frozen=True)
class TargetRule:
    """A target as a version has it."""

    id: int
    domain: Domain
    budget: int
    warn: int
    hours: str
    calendar_id: int | bool


@dataclass(frozen=True)
class Rules:
    """The filters and targets of one version."""

    model: str
    company_id: int | bool
    site_ids: frozenset
    by_hand: bool
    domain: Domain
    start: Domain
    stop: Domain
    pause: Domain
    cancel: Domain
    targets: tuple

    @classmethod
    def parse(cls, env, snapshot):
        def domain(text, if_unset):
            return parse_domain(env, text, "") if text else if_unset

        # What was archived is waited for no more, unless the policy asks for such records.
        concerned = domain(snapshot["domain"], Domain.TRUE)
        active = snapshot["model"] in env and env[snapshot["model"]]._active_name
        if active and active not in {each.field_expr for each in concerned.iter_conditions()}:
            concerned &= Domain(active, "=", True)
        return cls(
            model=snapshot["model"],
            company_id=snapshot["company"],
            site_ids=frozenset(snapshot["sites"]),
            by_hand=snapshot["start_on"] == "action",
            domain=concerned,
            start=domain(snapshot["start"], Domain.TRUE),
            stop=domain(snapshot["stop"], Domain.FALSE),
            pause=domain(snapshot["pause"], Domain.FALSE),
            cancel=domain(snapshot["cancel"], Domain.FALSE),
            targets=tuple(
                TargetRule(
                    id=target["id"],
                    domain=domain(target["domain"], Domain.TRUE),
                    budget=target["budget_seconds"],
                    warn=target["budget_seconds"] * target["at_risk_percent"] // 100,
                    hours=target["hours"],
                    calendar_id=target["calendar"],
                )
                for target in snapshot["targets"]
            ),
        )

    def domains(self):
        """Every filter, to know which fields matter."""
        targets = [target.domain for target in self.targets]
        return [self.domain, self.start, self.stop, self.pause, self.cancel, *targets]

    def is_for(self, place):
        """Whether the rules are for records at the (company, site)."""
        company, site = place
        if self.company_id and company.id != self.company_id:
            return False
        if not self.site_ids:
            return True
        above = {int(each) for each in (site.parent_path or "").split("/") if each}
        return bool(above & self.site_ids)

    def matches(self, records, places):
        """The :class:`~core.service_level.Matches` of each record, by id.

        :param dict places: (company, site) of each record whose place is known, by id; one
            that is not is taken to be right
        """

        def ids(domain):
            return set() if domain.is_false() else set(records.filtered_domain(domain)._ids)

        concerned, start, stop = ids(self.domain), ids(self.start), ids(self.stop)
        pause, cancel = ids(self.pause), ids(self.cancel)
        return {
            each: Matches(
                concerned=each in concerned and (each not in places or self.is_for(places[each])),
                start=each in start and not self.by_hand,
                stop=each in stop,
                pause=each in pause,
                cancel=each in cancel,
            )
            for each in records._ids
        }

    def target_of(self, records):
        """The first target that fits each record, by id; those that none fits are left out."""
        found, left = {}, records
        for target in self.targets:
            fitting = left.filtered_domain(target.domain)
            found.update(dict.fromkeys(fitting._ids, target))
            left -= fitting
        return found
