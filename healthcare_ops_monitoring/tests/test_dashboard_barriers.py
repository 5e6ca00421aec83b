import os
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .dashboards import DashboardMixin

# Where dev/test.py puts the script: https://github.com/dequelabs/axe-core
AXE = "OPS_TEST_AXE"
READY = ".o_ops_dash_page[data-dashboard={code}]"
# Everything opened that can be: a chart's table, the keys, what a figure is.
CHECK = """
;(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
    const busy = ".o_ops_tile[data-status=loading], .o_ops_tile[aria-busy=true]";
    do { await pause(); } while (document.querySelector(busy));
    const found = [];
    const look = async (when) => {
        const {violations} = await axe.run(".o_ops_dashboard");
        for (const {id, impact, help, nodes} of violations) {
            if (["serious", "critical"].includes(impact)) {
                const where = nodes.map(({html, failureSummary}) => html + failureSummary);
                found.push(`${when}: ${id} (${impact}): ${help}: ${where.join(" | ")}`);
            }
        }
        // The page's own width says nothing: its content scrolls within it.
        const {scrollWidth, clientWidth} = document.querySelector(".o_content");
        if (scrollWidth > clientWidth) {
            found.push(`${when}: ${scrollWidth} wide on ${clientWidth}, scrolls sideways`);
        }
    };
    PREPARE
    await look("as it comes");
    document.querySelectorAll(".o_ops_chart_switch").forEach((button) => button.click());
    document.querySelector(".o_ops_dash_help_button")?.click();
    document.querySelector(".o_ops_tile_info")?.click();
    await pause();
    await look("opened");
    const expected = "EXPECTED";
    if (expected ? found.some((each) => each.includes(expected)) : !found.length) {
        console.log("test successful");
    } else {
        console.error(found.join("; ") || "no barrier was found");
    }
})();
"""
BARRIER = "document.querySelector('.o_ops_tile').append(document.createElement('img'));"
UNCLIPPED = """
document.querySelectorAll(".o_ops_scroll").forEach((each) => (each.style.position = "static"));
"""


@tagged("post_install", "-at_install", "browser")
class TestDashboardBarriers(DashboardMixin, HttpCase):
    """axe-core finds nothing serious or critical on a dashboard."""

    def look(self, code, size=None, prepare="", expected=""):
        axe = Path(os.environ[AXE]).read_text()
        if size:
            self.browser_size = size
        self.browser_js(
            f"/odoo/ops-dashboard?dashboard={code}",
            axe + CHECK.replace("PREPARE", prepare).replace("EXPECTED", expected),
            ready=f"Boolean(document.querySelector('{READY.format(code=code)}'))",
            login=self.reader.login,
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_reader("manager")

    def test_no_dashboard_has_a_barrier(self):
        for each in self.as_reader(self.reader).describe()["dashboards"]:
            with self.subTest(dashboard=each["code"]):
                self.look(each["code"])

    def test_no_kind_of_tile_has_a_barrier_also_on_a_phone(self):
        with self.make_dashboard(*self.trial_tiles()):
            self.look("t_trial")
            self.look("t_trial", size="390x844")
            self.look("control_tower", size="390x844")

    def test_a_barrier_would_be_found(self):
        with self.make_dashboard(*self.trial_tiles()):
            self.look("t_trial", prepare=BARRIER, expected="image-alt")

    def test_scrolling_sideways_would_be_found(self):
        self.look("control_tower", "390x844", prepare=UNCLIPPED, expected="scrolls sideways")
