from babel.dates import format_datetime
from pytz import timezone, utc

from odoo import models
from odoo.tools import babel_locale_parse, get_lang

from ...core.buckets import buckets
from ...core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED, OK

SPARK_POINTS = 14
TREND_POINTS = 31
TIME_FORMATS = {
    "hour": ("d MMM HH:mm", "d MMM yyyy HH:mm"),
    "day": ("d MMM", "d MMM yyyy"),
    "week": ("d MMM", "d MMM yyyy"),
    "month": ("MMM yyyy", "MMM yyyy"),
    "quarter": ("MMM yyyy", "MMM yyyy"),
    "year": ("yyyy", "yyyy"),
}
"""Of each unit that a period is cut into: beside its neighbours, and by itself."""


class OpsDashboard(models.AbstractModel):
    """The answers of the tiles that stand on KPIs.

    Each number comes with the domain that finds exactly the records it counts, as the action
    that the page opens.
    """

    _inherit = "ops.dashboard"

    # -- a figure -------------------------------------------------------------------------

    def _tile_kpi(self, tile, scope):
        kpi = self._kpi(tile.kpis[0])
        if not kpi:
            return self._not_installed(tile)
        measure, before = kpi._compared(scope)
        answer = self._figure(kpi, measure, scope)
        if measure.status in (NO_ACCESS, NOT_INSTALLED):
            return answer
        answer["previous"] = self._comparison(kpi, measure, before, scope)
        if measure.n:
            answer["points"] = self._points(kpi, scope, SPARK_POINTS)
        return answer

    def _figure(self, kpi, measure, scope):
        """What a measure says, in words and exactly."""
        answer = {
            "status": measure.status,
            "kpi": kpi.code,
            "name": kpi.name,
            "unit": kpi.unit,
            "value": measure.value,
            "words": kpi._words(measure.value) if measure.value is not None else "",
            "n": measure.n,
            "n_words": self._n_words(kpi, measure),
            "definition": self._definition_words(kpi),
            "band": self._band_words(kpi, measure, scope),
            "now": not kpi.period_field,
            "counts": kpi.kind == "count",
        }
        if measure.model in self.env:
            answer["action"] = self._open(kpi, measure.domain, measure.model, scope)
            if measure.hits is not None:
                answer["hits"] = measure.hits
                answer["hits_action"] = self._open(kpi, measure.hits_domain, measure.model, scope)
        return answer

    def _not_installed(self, tile):
        return {"status": NOT_INSTALLED, "name": tile.name or self._name_of(tile.kpis[0])}

    # -- a figure over time ---------------------------------------------------------------

    def _tile_trend(self, tile, scope):
        kpis = [self._kpi(code) for code in tile.kpis]
        if not all(kpis):
            return self._not_installed(tile)
        kpi = kpis[0]
        measure = kpi._measure(scope)
        answer = self._figure(kpi, measure, scope)
        if measure.status in (NO_ACCESS, NOT_INSTALLED):
            return answer
        series = []
        for each in kpis:
            figure = answer if each == kpi else self._figure(each, each._measure(scope), scope)
            points = self._points(each, scope, self._trend_points(each, figure["n"]))
            series.append(
                {
                    "kpi": each.code,
                    "name": each.name,
                    "words": figure["words"],
                    "n": figure["n"],
                    "n_words": figure["n_words"],
                    "action": figure.get("action"),
                    "points": points,
                }
            )
        answer |= {"series": series, "chart": tile.chart}
        drawn = [point for each in series for point in each["points"] if point["value"] is not None]
        few = any(point["n"] for each in series for point in each["points"])
        answer["status"] = OK if drawn else FEW if few else NO_DATA
        if answer["now"] and not drawn:
            answer["hint"] = self.env._("Its course is kept day by day, and shows from tomorrow.")
        top = max((point["value"] for point in drawn), default=0)
        answer["top"] = {"value": top, "words": kpi._words(top)}
        target = answer["band"] and answer["band"]["target"]
        answer["target"] = target if target is not None and target <= top * 2 else None
        return answer

    def _trend_points(self, kpi, n):
        """In how many pieces: few records in many pieces would be too few in each."""
        return TREND_POINTS if n >= 3 * TREND_POINTS * max(kpi.min_n, 1) else SPARK_POINTS

    def _points(self, kpi, scope, points):
        """The series of a KPI with its times in words: ``[{label, when, value, words, n}]``.

        ``label`` stands beside others on an axis, ``when`` by itself.
        """
        series = kpi._series(scope, points)
        if not series:
            return []
        # The cut of the series again, for its unit. How long its pieces are would not tell: the
        # first and the last are parts of a month or a day.
        unit, _begins = buckets(series[0][0], scope.period.end, scope.zone, points)
        label, when = TIME_FORMATS[unit]
        return [
            {
                "label": self._time_words(start, label, scope.zone),
                "when": self._time_words(start, when, scope.zone),
                "value": value,
                "words": kpi._words(value) if value is not None else "",
                "n": n,
            }
            for start, value, n in series
        ]

    def _time_words(self, start, pattern, zone):
        """A point in time on the reader's clock."""
        local = utc.localize(start).astimezone(timezone(zone))
        return format_datetime(local, pattern, locale=babel_locale_parse(get_lang(self.env).code))

    # -- a figure for each of something ---------------------------------------------------

    def _tile_breakdown(self, tile, scope):
        kpi = self._kpi(tile.kpis[0])
        if not kpi:
            return self._not_installed(tile)
        measure = kpi._measure(scope)
        answer = self._figure(kpi, measure, scope)
        if measure.status in (NO_ACCESS, NOT_INSTALLED):
            return answer
        rows = kpi._breakdown(scope, tile.field, tile.limit)
        top = max((row["value"] for row in rows if row["value"] is not None), default=0)
        answer["rows"] = [
            {
                **self._cell(kpi, row, scope),
                "label": row["label"],
                "part": self._part(row["value"], top),
            }
            for row in rows
        ]
        if not rows:
            answer["status"] = NO_DATA
        elif answer["status"] == FEW:
            # Together they are few; each says so for itself.
            answer["status"] = OK
        return answer

    def _part(self, value, top):
        """How long a bar is, in percent."""
        return round(100 * value / top, 1) if value and top else 0

    def _cell(self, kpi, row, scope):
        """One of a breakdown."""
        return {
            "key": row["key"],
            "value": row["value"],
            "words": kpi._words(row["value"]) if row["value"] is not None else "",
            "n": row["n"],
            "action": self._open(kpi, row["domain"], kpi.model_name, scope, row["label"]),
        }

    def _tile_table(self, tile, scope):
        """Several KPIs for each of something: a line for each, a column a KPI."""
        columns, groups = [], {}
        for code in tile.kpis:
            kpi = self._kpi(code)
            if not kpi or kpi.model_name not in self.env:
                continue
            columns.append(
                {
                    "kpi": code,
                    "name": kpi.name,
                    "unit": kpi.unit,
                    "counts": kpi.kind == "count",
                    "definition": self._definition_words(kpi),
                }
            )
            if not self.env[kpi.model_name].has_access("read"):
                columns[-1]["status"] = NO_ACCESS
                continue
            groups[kpi] = kpi._groups(scope, tile.fields.get(code, tile.field))
        if not columns:
            return self._not_installed(tile)
        # First the lines, then the cells: one that is missing then means that there is nothing.
        keys = self._worst_first(groups)
        lines = self._lines(tile, scope, groups, set(keys[: tile.limit]))
        return {
            "status": OK if lines else NO_DATA,
            "columns": columns,
            "rows": sorted(lines, key=lambda line: str(line["label"] or "").lower()),
            "cut": self._cut_words(columns, len(lines), len(keys)),
        }

    def _worst_first(self, groups):
        """All keys of ``{kpi: groups}``: by the first KPI, those that are equal by the next."""
        ranks = {kpi: {key: kpi._rank(*rest) for key, *rest in of} for kpi, of in groups.items()}
        keys = dict.fromkeys(key for of in groups.values() for key, _value, _n in of)
        # Sorting keeps the order of equals: the order of a KPI's groups, the same every time.
        return sorted(
            keys, key=lambda key: [found.get(key, kpi._rank()) for kpi, found in ranks.items()]
        )

    def _cut_words(self, columns, shown, total):
        """What to say of a table that does not show all of its lines; else nothing."""
        if shown >= total:
            return ""
        first = next(column for column in columns if "status" not in column)
        return self.env._(
            "The %(shown)s worst of %(total)s are shown, by “%(column)s”.",
            shown=shown,
            total=total,
            column=first["name"],
        )

    def _lines(self, tile, scope, groups, keys):
        """The lines of a table, of the keys that it shows."""
        lines = {}
        for kpi, found in groups.items():
            chosen = [group for group in found if group[0] in keys]
            for row in self._rows(kpi, scope, tile.fields.get(kpi.code, tile.field), chosen):
                line = lines.setdefault(
                    row["key"], {"key": row["key"], "label": row["label"], "cells": {}}
                )
                line["cells"][kpi.code] = self._cell(kpi, row, scope)
        return list(lines.values())

    def _rows(self, kpi, scope, field, groups):
        """A breakdown; records that are divided by themselves are called by their names."""
        rows = kpi._breakdown_rows(scope, field, groups)
        if field == "id":
            records = self.env[kpi.model_name].browse(row["key"] for row in rows)
            names = {record.id: record.display_name for record in records}
            rows = [{**row, "label": names[row["key"]]} for row in rows]
        return rows

    # -- what is well and what is not -----------------------------------------------------

    def _tile_status(self, tile, scope):
        lines = []
        for code in tile.kpis:
            kpi = self._kpi(code)
            if kpi:
                figure = self._figure(kpi, kpi._measure(scope), scope)
                # Beside figures of now, one of a period says of which.
                when = "" if figure["now"] else self._period_name(scope.period.code)
                lines.append({**figure, "code": code, "state": self._state(figure), "when": when})
            else:
                lines.append(
                    {
                        "status": NOT_INSTALLED,
                        "code": code,
                        "name": self._name_of(code),
                        "state": "none",
                    }
                )
        bad = sum(1 for line in lines if line["state"] in ("warning", "critical"))
        well = self.env._("All is well")
        if any(line["state"] == "none" for line in lines):
            well = self.env._("All that is known is well")
        return {
            "status": OK,
            "lines": sorted(lines, key=lambda line: self._STATES.index(line["state"])),
            "summary": self.env._("To be looked at: %s", bad) if bad else well,
            "bad": bad,
        }

    _STATES = ("critical", "warning", "good", "none")

    def _state(self, figure):
        """How a figure is by its target, and without one: some of what should be none."""
        if figure["status"] != OK:
            return "none"
        if figure["band"]:
            return figure["band"]["status"]
        return "warning" if figure["value"] else "good"
