from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_automation.models.authoring import check_companies, default_company

from ...core.period import local_day

GOOD, WARNING, CRITICAL = "good", "warning", "critical"


class OpsKpiTarget(models.Model):
    """What a figure should be, and from where on it worries, at a place and for a time.

    Shares are entered in percent, durations in minutes, everything else in the KPI's unit. Of
    several that apply the most specific wins: the nearest site, then the process, then the
    company.
    """

    _name = "ops.kpi.target"
    _description = "KPI Target"
    _inherit = ["mail.thread"]
    _order = "kpi_id, company_id, site_id, process_id, valid_from desc"
    _rec_name = "kpi_id"
    _check_company_auto = True

    kpi_id = fields.Many2one(
        "ops.kpi", string="KPI", required=True, index=True, ondelete="cascade", tracking=True
    )
    unit = fields.Selection(related="kpi_id.unit")
    direction = fields.Selection(related="kpi_id.direction")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        index=True,
        tracking=True,
        help="Empty: every company.",
    )
    site_id = fields.Many2one(
        "ops.site",
        index=True,
        check_company=True,
        tracking=True,
        ondelete="cascade",
        help="With the sites within it. Empty: every site.",
    )
    process_id = fields.Many2one(
        "ops.process",
        index=True,
        tracking=True,
        ondelete="cascade",
        help="Where somebody looks at this process alone. Empty: at all, or at another.",
    )
    target = fields.Float(
        required=True,
        tracking=True,
        digits=(16, 2),
        help="Shares in percent, durations in minutes.",
    )
    warning = fields.Float(
        tracking=True,
        digits=(16, 2),
        help="From here on it needs attention. 0: as soon as the target is missed.",
    )
    critical = fields.Float(
        tracking=True, digits=(16, 2), help="From here on somebody must act. 0: never."
    )
    written_in = fields.Char(compute="_compute_written_in", string="Written in")
    in_words = fields.Char(compute="_compute_in_words")
    valid_from = fields.Date(tracking=True, help="Empty: since ever.")
    valid_to = fields.Date(tracking=True, help="This day included. Empty: until further notice.")

    @api.depends("site_id")
    def _compute_company_id(self):
        for target in self:
            if target.site_id:
                target.company_id = target.site_id.company_id
            elif not target.company_id:
                # Not as superuser, as whom stored fields are worked out: as who enters it.
                target.company_id = default_company(self.sudo(False).env)

    @api.depends("kpi_id.unit")
    @api.depends_context("lang")
    def _compute_written_in(self):
        for target in self:
            target.written_in = target.kpi_id._written_in()

    @api.depends("kpi_id", "target", "warning", "critical")
    @api.depends_context("lang")
    def _compute_in_words(self):
        for target in self:
            kpi = target.kpi_id
            if not kpi:
                target.in_words = False
                continue
            parts = [self.env._("target %s", kpi._words(target._figure("target")))]
            if target.warning:
                parts.append(self.env._("warning %s", kpi._words(target._figure("warning"))))
            if target.critical:
                parts.append(self.env._("critical %s", kpi._words(target._figure("critical"))))
            target.in_words = ", ".join(parts)

    def _figure(self, name):
        """A threshold on the scale of a figure."""
        return self.kpi_id._stored(self[name])

    def _judge(self, value):
        """Where a figure stands.

        :return: ``{status, target, warning, critical}``, the last three on the figure's scale,
            warning and critical None where there is none
        """
        self.ensure_one()
        bands = {
            name: self._figure(name) if self[name] else None for name in ("warning", "critical")
        }
        target = self._figure("target")
        status = GOOD
        if self._reaches(value, bands[CRITICAL]):
            status = CRITICAL
        elif self._reaches(value, bands[WARNING]):
            status = WARNING
        elif bands[WARNING] is None and value != target and self._reaches(value, target):
            status = WARNING
        return {"status": status, "target": target, **bands}

    def _reaches(self, value, limit):
        """Whether a value lies at a limit or on its bad side."""
        if limit is None:
            return False
        return value <= limit if self.direction == "higher" else value >= limit

    # -- which one applies --------------------------------------------------------------

    @api.model
    def _that_applies(self, kpi, scope):
        """The most specific target of a KPI in a scope, as the reader; may be empty."""
        day = local_day(scope.period.end, scope.zone)
        candidates = self.search(
            [
                ("kpi_id", "=", kpi.id),
                "|", ("valid_from", "=", False), ("valid_from", "<=", day),
                "|", ("valid_to", "=", False), ("valid_to", ">=", day),
            ]
        )  # fmt: skip
        fitting = candidates.filtered(lambda target: target._fits(scope))
        return fitting.sorted(lambda target: target._specificity(), reverse=True)[:1]

    def _fits(self, scope):
        sites = self.env["ops.site"].browse(scope.sites)
        companies = sites.company_id.ids if sites else list(scope.companies)
        if self.company_id and companies != self.company_id.ids:
            return False
        if self.process_id and scope.process != self.process_id.id:
            return False
        if not self.site_id:
            return True
        return bool(sites) and all(site._is_within(self.site_id) for site in sites)

    def _specificity(self):
        depth = (self.site_id.parent_path or "").count("/")
        return (depth, bool(self.process_id), bool(self.company_id), self.id)

    # -- what an administrator may enter ------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        check_companies(targets)
        return targets

    def write(self, vals):
        # Before as well: who takes a target of every company takes it away from the others.
        self.check_access("write")
        check_companies(self)
        result = super().write(vals)
        check_companies(self)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_checks_companies(self):
        check_companies(self)

    @api.constrains("kpi_id", "target", "warning", "critical")
    def _check_bands(self):
        for target in self:
            if target.direction == "none":
                raise target._wrong(
                    "kpi_id",
                    self.env._("less is as good as more here, so there is nothing to aim at."),
                )
            for name in ("target", "warning", "critical"):
                target._check_one(name)
            target._check_order()

    def _check_one(self, name):
        if self[name] < 0:
            raise self._wrong(name, self.env._("a number of 0 or more."))
        if self.unit == "share" and self[name] > 100:
            raise self._wrong(name, self.env._("percent, so no more than 100."))

    def _check_order(self):
        """Target, warning, critical lie in this order, away from the good direction."""
        named = [
            name for name in ("target", "warning", "critical") if name == "target" or self[name]
        ]
        for better, worse in zip(named, named[1:], strict=False):
            if self.direction == "lower" and self[worse] < self[better]:
                text = self.env._("less is better here, so not below “%s”.", self._label(better))
                raise self._wrong(worse, text)
            if self.direction == "higher" and self[worse] > self[better]:
                text = self.env._("more is better here, so not above “%s”.", self._label(better))
                raise self._wrong(worse, text)

    @api.constrains("valid_from", "valid_to")
    def _check_days(self):
        for target in self:
            if target.valid_from and target.valid_to and target.valid_to < target.valid_from:
                raise target._wrong("valid_to", self.env._("not before “Valid from”."))

    @api.constrains(
        "kpi_id", "company_id", "site_id", "process_id", "valid_from", "valid_to", "active"
    )
    def _check_overlap(self):
        for target in self.filtered("active"):
            others = self.search(
                [
                    ("id", "!=", target.id),
                    ("kpi_id", "=", target.kpi_id.id),
                    ("company_id", "=", target.company_id.id),
                    ("site_id", "=", target.site_id.id),
                    ("process_id", "=", target.process_id.id),
                    "|", ("valid_to", "=", False),
                    ("valid_to", ">=", target.valid_from or fields.Date.to_date("0001-01-01")),
                    "|", ("valid_from", "=", False),
                    ("valid_from", "<=", target.valid_to or fields.Date.to_date("9999-12-31")),
                ],
                limit=1,
            )  # fmt: skip
            if others:
                raise target._wrong(
                    "valid_from",
                    self.env._(
                        "another target for the same place holds at that time; end it first."
                    ),
                )

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _wrong(self, name, text):
        return ValidationError(
            self.env._("%(field)s: %(text)s", field=self._label(name), text=text)
        )


class OpsKpi(models.Model):
    _inherit = "ops.kpi"

    target_ids = fields.One2many("ops.kpi.target", "kpi_id", string="Targets")

    def _band(self, value, scope):
        """Where a figure stands against the target that applies in a scope.

        :return: None without value or target, else a dict: ``status`` (good, warning or
            critical), ``target``, ``warning``, ``critical``, these on the figure's scale
        """
        self.ensure_one()
        targets = self.env["ops.kpi.target"]
        if value is None or not targets.has_access("read"):
            return None
        target = targets._that_applies(self, scope)
        return target._judge(value) if target else None
