from odoo import models
from odoo.tools.misc import format_date, formatLang

from ...core.measure import FEW, OK
from ...core.period import local_day

# Floats that differ by less are the same figure.
SAME = 1e-9


class OpsDashboard(models.AbstractModel):
    """What a figure means, in words: beside colour and arrows, never instead of words."""

    _inherit = "ops.dashboard"

    def _n_words(self, kpi, measure):
        """On what the figure stands."""
        if measure.status == FEW:
            return self.env._("Too few to say: n = %s", measure.n)
        if measure.hits is not None:
            return self.env._("%(hits)s of %(n)s", hits=measure.hits, n=measure.n)
        if kpi.kind == "count":
            return self.env._("Open the list")
        return self.env._("n = %s", measure.n)

    def _comparison(self, kpi, measure, before, scope):
        """The change since the period of equal length before, of a state of things since then.

        :return: None without one before; else ``{words, change, arrow, verdict, verdict_words,
            sentence}``, with ``arrow`` up, down, flat or none and ``verdict`` good, bad or none
        """
        if before is None:
            return None
        if before.status != OK or before.value is None or measure.value is None:
            return {
                "value": None,
                "words": "",
                "n": before.n,
                "change": "",
                "arrow": "none",
                "verdict": "none",
                "verdict_words": "",
                "sentence": self._nothing_before(kpi, scope),
            }
        arrow, verdict = self._direction(kpi, measure.value - before.value)
        words = {"good": self.env._("better"), "bad": self.env._("worse"), "none": ""}
        return {
            "value": before.value,
            "words": kpi._words(before.value),
            "n": before.n,
            "change": self._change_words(kpi, measure.value, before.value),
            "arrow": arrow,
            "verdict": verdict,
            "verdict_words": words[verdict],
            "sentence": self.env._(
                "%(period)s: %(value)s",
                period=self._before_words(kpi, scope),
                value=kpi._words(before.value),
            ),
        }

    def _nothing_before(self, kpi, scope):
        words = self._before_words(kpi, scope)
        if kpi.period_field:
            return self.env._("No figures for %s", words)
        return self.env._("No figure was kept %s", words)

    def _before_words(self, kpi, scope):
        """Of when the figure is with which one is compared."""
        if kpi.period_field:
            return self._previous_name(scope.period)
        if scope.period.code == "today":
            return self.env._("last night")
        day = local_day(scope.period.start, scope.zone)
        return self.env._("on %s", format_date(self.env, day, date_format="d MMM yyyy"))

    def _direction(self, kpi, change):
        """Which way it went, and whether that is the good one."""
        if abs(change) < SAME:
            return "flat", "none"
        arrow = "up" if change > 0 else "down"
        good = {"lower": "down", "higher": "up"}.get(kpi.direction)
        if not good:
            return arrow, "none"
        return arrow, "good" if arrow == good else "bad"

    def _change_words(self, kpi, now, before):
        """By how much: points of a share, else percent, else the figure itself."""
        change = now - before
        if abs(change) < SAME:
            return self.env._("unchanged")
        sign = "+" if change > 0 else "−"
        if kpi.unit == "share":
            number = formatLang(self.env, abs(change) * 100, digits=1)
            return self.env._("%(sign)s%(number)s points", sign=sign, number=number)
        if not before or kpi.unit == "records" and abs(before) < 10:
            return sign + kpi._words(abs(change))
        number = formatLang(self.env, abs(change / before) * 100, digits=0)
        return self.env._("%(sign)s%(number)s %%", sign=sign, number=number)

    def _band_words(self, kpi, measure, scope):
        """How the figure is by its target: ``{status, word, target, target_words}`` or None."""
        band = kpi._band(measure.value, scope) if measure.value is not None else None
        if not band:
            return None
        words = {
            "good": self.env._("On target"),
            "warning": self.env._("Off target"),
            "critical": self.env._("Critical"),
        }
        target = band["target"]
        reached = measure.value <= target if kpi.direction == "lower" else measure.value >= target
        word = words[band["status"]]
        if band["status"] == "good" and not reached:
            word = self.env._("Within limits")
        return {
            "status": band["status"],
            "word": word,
            "target": target,
            "target_words": self.env._("Target: %s", kpi._words(target)),
            "warning": band.get("warning"),
            "critical": band.get("critical"),
        }

    def _definition_words(self, kpi):
        """The KPI's definition as the page and the export show it: ``[{label, text}]``."""
        known = self._remembered("definitions")
        if kpi.code not in known:
            known[kpi.code] = self._define(kpi)
        return known[kpi.code]

    def _define(self, kpi):
        labels = {
            "formula": self.env._("Formula"),
            "unit": self.env._("Unit"),
            "direction": self.env._("Good direction"),
            "records": self.env._("Records"),
            "period": self.env._("Period"),
            "module": self.env._("Module"),
        }
        found = kpi._definition()
        return [
            {"label": label, "text": str(found[key])}
            for key, label in labels.items()
            if found.get(key)
        ]
