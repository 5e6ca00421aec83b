from odoo.tests import HttpCase, tagged

from .projecting import ProjectingMixin, day

# Waits until the selector is there, then says that the test passed.
SHOWN = """
const until = Date.now() + 20000;
const look = () => {
    const items = document.querySelectorAll(".o_ops_case_timeline .o_ops_timeline_item");
    const text = document.querySelector(".o_form_view")?.innerText || "";
    if (items.length === 3 && text.includes("1 h later")
        && text.includes("Automation") && text.includes("Rework")) {
        console.log("test successful");
    } else if (Date.now() > until) {
        console.error(`${items.length} steps are shown: ${text}`);
    } else {
        setTimeout(look, 100);
    }
};
look();
"""


@tagged("browser", "post_install", "-at_install")
class TestCaseBrowser(ProjectingMixin, HttpCase):
    def test_the_timeline_shows_each_step_in_words(self):
        self.happen("begun", day(2), site=self.make_site("Day"))
        self.happen("begun", day(2, 9), automated=True)
        self.happen("done", day(2, 10))
        self.project()
        manager = self.in_role("manager")
        self.browser_js(f"/odoo/ops-cases/{self.cases().id}", SHOWN, login=manager.login)
