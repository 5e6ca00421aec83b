import io

import xlsxwriter

from odoo import fields, models
from odoo.tools.misc import format_datetime

from ...core.dashboard import BREAKDOWN, ERROR, TABLE, TREND
from ...core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED, OK

SECONDS_A_DAY = 86400
# What a spreadsheet cuts off anyway.
CELL_LENGTH = 32000


class OpsDashboard(models.AbstractModel):
    """A dashboard as a workbook: what the page shows, with filters and definitions."""

    _inherit = "ops.dashboard"

    def _export(self, code, params):
        """``(file name, bytes)``; raises like :meth:`describe`."""
        dashboard = self._dashboard(code)
        scope = self._scope(dashboard, params)
        answer = self.load(dashboard.code, [tile.code for tile in dashboard.tiles], params)
        file = io.BytesIO()
        # Text stays text: nobody's words become a formula or a link.
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            pages = _Pages(book, self.env)
            self._export_figures(pages, dashboard, answer["tiles"])
            self._export_parts(pages, dashboard, answer["tiles"])
            self._export_about(pages, dashboard, scope, answer)
        day = fields.Date.context_today(self)
        return f"{dashboard.code}-{day}.xlsx", file.getvalue()

    # -- sheets ---------------------------------------------------------------------------

    def _export_figures(self, pages, dashboard, answers):
        """A line for each figure of the page."""
        page = pages.add(
            self.env._("Figures"),
            [
                self.env._("Section"),
                self.env._("Figure"),
                self.env._("Code"),
                self.env._("Value"),
                self.env._("Unit"),
                self.env._("n"),
                self.env._("Hits"),
                self.env._("Period before"),
                self.env._("Target"),
                self.env._("Status"),
                self.env._("Formula"),
            ],
        )
        for section in dashboard.sections:
            for tile in section.tiles:
                for figure in self._figures_of(tile, answers[tile.code]):
                    unit = figure.get("unit")
                    band = figure.get("band") or {}
                    previous = figure.get("previous") or {}
                    page.row(
                        [
                            section.name,
                            figure.get("name") or tile.name or ", ".join(tile.kpis),
                            figure.get("kpi") or tile.code,
                            pages.number(figure.get("value"), unit),
                            pages.unit(unit),
                            figure.get("n"),
                            figure.get("hits"),
                            pages.number(previous.get("value"), unit),
                            pages.number(band.get("target"), unit),
                            band.get("word") or self._status_words(figure["status"]),
                            self._text_of(figure, self.env._("Formula")),
                        ]
                    )

    def _figures_of(self, tile, answer):
        """The figures of a tile that stand for themselves."""
        if tile.kind in (TREND, TABLE, BREAKDOWN):
            return []
        return answer.get("lines", [answer])

    def _export_parts(self, pages, dashboard, answers):
        """What stands in bars, lines and tables, a line for each number."""
        page = pages.add(
            self.env._("Breakdowns"),
            [
                self.env._("Tile"),
                self.env._("Figure"),
                self.env._("Of"),
                self.env._("Value"),
                self.env._("Unit"),
                self.env._("n"),
            ],
        )
        for tile in dashboard.tiles:
            answer = answers[tile.code]
            for name, label, cell, unit in self._parts_of(tile, answer):
                title = tile.name or answer.get("name")
                value = pages.number(cell["value"], unit)
                page.row([title, name, label, value, pages.unit(unit), cell["n"]])
            if answer.get("cut"):
                page.row([tile.name, answer["cut"]])

    def _parts_of(self, tile, answer):
        """``(figure, label, cell, unit)`` of each number."""
        if tile.kind == BREAKDOWN:
            for row in answer.get("rows", []):
                yield answer["name"], row["label"], row, answer["unit"]
        elif tile.kind == TABLE:
            for row in answer.get("rows", []):
                for column in answer["columns"]:
                    cell = row.get("cells", {}).get(column["kpi"])
                    if cell:
                        yield column["name"], row["label"], cell, column["unit"]
        elif tile.kind == TREND:
            for series in answer.get("series", []):
                for point in series["points"]:
                    yield series["name"], point["when"], point, answer["unit"]

    def _export_about(self, pages, dashboard, scope, answer):
        """The filters and the definitions."""
        page = pages.add(
            self.env._("Filters and definitions"), [self.env._("What"), "", self.env._("Text")]
        )
        sites = self.env["ops.site"].browse(scope.sites[:1])
        process = self.env["ops.process"].browse(scope.process or [])
        companies = self.env["res.company"].browse(scope.companies)
        everything = self.env._("All that you may see")
        about = {
            self.env._("Dashboard"): dashboard.name,
            self.env._("Companies"): ", ".join(companies.mapped("name")),
            self.env._("Site"): ", ".join(sites.mapped("display_name")) or everything,
            self.env._("Process"): process.name or self.env._("All"),
            self.env._("Period"): self._period_name(scope.period.code),
            self.env._("From"): self._moment(scope.period.start, scope),
            self.env._("Until"): self._moment(scope.period.end, scope),
            self.env._("As of"): self._moment(fields.Datetime.to_datetime(answer["at"]), scope),
            self.env._("Time zone"): scope.zone,
            self.env._("Exported by"): self.env.user.name,
        }
        for label, text in about.items():
            page.row([label, "", text])
        for name, definition in self._definitions_of(answer["tiles"].values()).items():
            for line in definition:
                page.row([name, line["label"], line["text"]])

    def _definitions_of(self, answers):
        """Each KPI's definition once: ``{name: [{label, text}]}``."""
        found = {}
        for answer in answers:
            parts = [answer, *answer.get("lines", []), *answer.get("columns", [])]
            parts += answer.get("series", [])
            for part in parts:
                if part.get("definition"):
                    found.setdefault(part["name"], part["definition"])
        return found

    # -- words ----------------------------------------------------------------------------

    def _moment(self, at, scope):
        if not at:
            return self.env._("Since ever")
        return format_datetime(self.env, at, tz=scope.zone, dt_format="yyyy-MM-dd HH:mm")

    def _text_of(self, figure, label):
        return next(
            (line["text"] for line in figure.get("definition", []) if line["label"] == label), ""
        )

    def _status_words(self, status):
        return {
            OK: "",
            FEW: self.env._("Too few to say"),
            NO_DATA: self.env._("No data"),
            NO_ACCESS: self.env._("No access"),
            NOT_INSTALLED: self.env._("Not installed"),
            ERROR: self.env._("Could not be worked out"),
        }[status]


class _Pages:
    """The sheets of a workbook, written line by line."""

    def __init__(self, book, env):
        self.book = book
        self.env = env
        self.heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.text = book.add_format({"valign": "top"})
        self.formats = {
            "share": book.add_format({"num_format": "0.0 %"}),
            "seconds": book.add_format({"num_format": "[h]:mm:ss"}),
            "working_seconds": book.add_format({"num_format": "[h]:mm:ss"}),
            "milliseconds": book.add_format({"num_format": "#,##0"}),
            "days": book.add_format({"num_format": "#,##0.0"}),
            "records": book.add_format({"num_format": "#,##0.##"}),
        }

    def add(self, name, headings):
        return _Page(self, self.book.add_worksheet(name[:31]), headings)

    def number(self, value, unit):
        """A figure as a spreadsheet counts it: durations are parts of a day."""
        if value is None:
            return None
        if unit in ("seconds", "working_seconds"):
            value = value / SECONDS_A_DAY
        return value, self.formats.get(unit)

    def unit(self, unit):
        return {
            "share": self.env._("Percent"),
            "seconds": self.env._("Duration (h:mm:ss)"),
            "working_seconds": self.env._("Working time (h:mm:ss)"),
            "milliseconds": self.env._("Milliseconds"),
            "days": self.env._("Days"),
            "records": self.env._("Number"),
        }.get(unit, "")


class _Page:
    """One sheet."""

    def __init__(self, pages, sheet, headings):
        self.pages, self.sheet, self.at = pages, sheet, 0
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, 16 if column else 28)
            sheet.write_string(0, column, heading, pages.heading)

    def row(self, values):
        self.at += 1
        for column, value in enumerate(values):
            if isinstance(value, tuple):
                self.sheet.write_number(self.at, column, *value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self.sheet.write_number(self.at, column, value)
            elif value:
                self.sheet.write_string(self.at, column, str(value)[:CELL_LENGTH], self.pages.text)
