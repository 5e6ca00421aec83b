from collections import Counter

from odoo.tests import tagged

from .common import ROLES, OpsCase

ENGINE = "healthcare_ops_automation."
FOR_EVERYBODY = {
    "menu_ops_my_work_page",
    "menu_ops_my_activities",
    "menu_ops_site_overview",
    "menu_ops_runbook",
}
# Not for auditors, who have no queue, hold no review and see the same elsewhere or not at all.
NOT_TO_READ = {
    "menu_ops_my_exceptions",
    "menu_ops_exception_team_queue",
    "menu_ops_exception_review_page",
    "menu_ops_endpoint",
    "menu_ops_sla_policy",
    "menu_ops_settings",
    "menu_ops_automation_rule",
}


@tagged("post_install", "-at_install")
class TestMenus(OpsCase):
    """The way through the suite: one order, each thing once for each role."""

    def _menus(self):
        """The engine's own menus, without those that modules above it add."""
        menus = self.env["ir.ui.menu"].search(
            [("id", "child_of", self.env.ref(f"{ENGINE}menu_ops_root").id)]
        )
        names = menus.get_external_id()
        return menus.filtered(lambda menu: names[menu.id].startswith(ENGINE))

    def _leaves(self, menus):
        names = menus.get_external_id()
        return {names[menu.id].removeprefix(ENGINE): menu for menu in menus if menu.action}

    def _seen(self, role):
        """What somebody with that role is shown, by the name of the menu."""
        user = self._create_user(role, f"t_menu_{role}")
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

        def is_shown(menu):
            return menu.id in visible and (not menu.parent_id or is_shown(menu.parent_id))

        return self._leaves(self._menus().filtered(is_shown))

    def test_the_order_is_said_and_no_name_stands_twice_under_a_heading(self):
        for parent, menus in self._menus().grouped("parent_id").items():
            for values in (menus.mapped("name"), menus.mapped("sequence")):
                twice = [value for value, count in Counter(values).items() if count > 1]
                self.assertFalse(twice, parent.complete_name)

    def test_nobody_is_shown_the_same_thing_twice(self):
        for role in ROLES:
            actions = Counter(menu.action for menu in self._seen(role).values())
            twice = [action.name for action, count in actions.items() if count > 1]
            self.assertFalse(twice, role)

    def test_requesters_and_approvers_find_what_they_may_use(self):
        for role in ("requester", "approver"):
            self.assertEqual(set(self._seen(role)), FOR_EVERYBODY, role)

    def test_auditors_find_all_there_is_to_read(self):
        self.assertEqual(set(self._seen("auditor")), set(self._leaves(self._menus())) - NOT_TO_READ)

    def test_administrators_find_what_they_configure_and_may_end(self):
        seen = set(self._seen("admin"))
        configuration = self.env.ref(f"{ENGINE}menu_ops_configuration")
        wanted = set(self._leaves(self._menus() & configuration.child_id))
        self.assertLessEqual(wanted - {"menu_ops_settings", "menu_ops_automation_rule"}, seen)
        self.assertLessEqual({"menu_ops_fallback", "menu_ops_automation"}, seen)
