from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

KINDS = [
    ("count", "Number of records"),
    ("share", "Share of records"),
    ("percentile", "Percentile"),
    ("sum", "Sum"),
    ("method", "Worked out by its module"),
]
UNITS = [
    ("records", "Records"),
    ("seconds", "Duration"),
    ("working_seconds", "Working time"),
    ("milliseconds", "Milliseconds"),
    ("days", "Days"),
    ("share", "Percent"),
]
# What administrators decide; the rest comes with the module, or figures would not be comparable.
EDITABLE_FIELDS = {"name", "active", "sequence", "target_ids"}
# How people write thresholds, so that they need not think in seconds and fractions: so many of
# what is written are one of the figure's own.
WRITTEN = {"share": 100, "seconds": 1 / 60, "working_seconds": 1 / 60}
DIRECTIONS = [("lower", "Less is better"), ("higher", "More is better"), ("none", "Neither")]


class OpsKpi(models.Model):
    """A figure, defined as data: what is counted, of what, when, in words and exactly.

    Everything is worked out from records at the time of asking, so that each figure opens the
    records it stands on; see ``ops_kpi_measure.py``. Modules ship theirs as data.
    """

    _name = "ops.kpi"
    _description = "KPI"
    _order = "sequence, id"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    formula = fields.Text(
        required=True,
        translate=True,
        help="In words: what is divided by what, and what is left out.",
    )
    unit = fields.Selection(UNITS, required=True, readonly=True)
    direction = fields.Selection(DIRECTIONS, string="Good direction", required=True, readonly=True)
    owner = fields.Char(string="Module", required=True, readonly=True)

    kind = fields.Selection(KINDS, required=True, readonly=True)
    model_name = fields.Char(string="Model", required=True, readonly=True)
    domain = fields.Char(
        string="Records",
        required=True,
        readonly=True,
        default="[]",
        help="Which ones are looked at.",
    )
    hits_domain = fields.Char(
        string="Hits", readonly=True, help="Of a share: which of them are counted as hits."
    )
    value_field = fields.Char(readonly=True, help="A stored number.")
    from_field = fields.Char(readonly=True, help="A stored time from which durations are counted.")
    to_field = fields.Char(readonly=True, help="Until which; empty: until now.")
    percentile = fields.Float(readonly=True, digits=(3, 2), help="0.5 is the median.")
    period_field = fields.Char(
        readonly=True,
        help="The time by which a record belongs to a period. Empty: the state of things now.",
    )
    company_field = fields.Char(readonly=True, default="company_id")
    site_field = fields.Char(readonly=True, default="site_id")
    process_field = fields.Char(readonly=True)
    shared = fields.Boolean(
        string="Shared records too",
        readonly=True,
        help="Records of no company count in each, as everybody sees them.",
    )
    min_n = fields.Integer(
        string="Fewest records",
        readonly=True,
        help="With fewer, the figure is withheld: it would say nothing.",
    )
    list_action = fields.Char(
        string="Page", readonly=True, help="External ID of the action that lists the records."
    )

    _code_uniq = models.UniqueIndex("(code)", "There is a KPI with this code already.")

    @api.constrains("domain", "hits_domain")
    def _check_domains(self):
        for kpi in self:
            for name in ("domain", "hits_domain"):
                try:
                    kpi._literal(name)
                except (ValueError, SyntaxError, TypeError) as error:
                    raise ValidationError(
                        kpi.env._(
                            "%(kpi)s, %(field)s: %(text)s is no domain.",
                            kpi=kpi.code,
                            field=kpi._fields[name].string,
                            text=kpi[name],
                        )
                    ) from error

    def write(self, vals):
        if not self.env.su and set(vals) - EDITABLE_FIELDS:
            raise AccessError(
                self.env._(
                    "What a KPI counts comes with its module. Only its name, its position, "
                    "whether it is shown, and its targets can be changed."
                )
            )
        return super().write(vals)

    def _load_records_write(self, values):
        """A new version of a module brings formulas; what administrators chose stays."""
        kept = EDITABLE_FIELDS - {"target_ids"}
        return super()._load_records_write(
            {name: value for name, value in values.items() if name not in kept}
        )

    def _literal(self, name):
        """The domain that the field ``name`` writes, as a list."""
        return list(literal_eval(self[name] or "[]"))

    def _stored(self, written):
        """A threshold, as people write it, on the scale of the figure: a share from 0 to 1,
        seconds of a duration."""
        return written / WRITTEN.get(self.unit, 1)

    def _written_in(self):
        """What thresholds are written in, in words; False of no unit."""
        return {
            "share": self.env._("percent"),
            "seconds": self.env._("minutes"),
            "working_seconds": self.env._("working minutes"),
            "milliseconds": self.env._("milliseconds"),
            "days": self.env._("days"),
            "records": self.env._("records"),
        }.get(self.unit, False)
