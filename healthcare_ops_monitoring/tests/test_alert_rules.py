from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from .alerts import AlertsMixin
from .common import READERS, ROLES


@tagged("post_install", "-at_install")
class TestAlertRules(AlertsMixin, TransactionCase):
    """The rules that come with the module, and who may do what with rules and alerts."""

    def test_every_rule_of_the_module_can_be_worked_out(self):
        data = self.env["ir.model.data"].search(
            [("model", "=", "ops.alert.rule"), ("module", "=", "healthcare_ops_monitoring")]
        )
        rules = self.env["ops.alert.rule"].with_context(active_test=False)
        rules = rules.search([("id", "in", data.mapped("res_id"))])
        self.assertEqual(len(rules), 9)
        for rule in rules:
            with self.subTest(rule=rule.name):
                self.assertFalse(rule.company_id)
                self.assertTrue(rule.description and rule.condition)
                rule._watch(self.now)
                self.assertFalse(rule.last_error)
                self.assertEqual(rule.evaluated_at, self.now)
                self.assertTrue(rule.with_user(self.manager).action_try()["params"]["message"])

    def test_the_figure_of_an_alert_is_the_number_of_the_list_it_opens(self):
        deliveries = [
            self.make_delivery(state="dead", company=self.company, endpoint=self.make_endpoint())
            for _n in range(3)
        ]
        self.make_delivery(state="dead")
        rule = self.env.ref("healthcare_ops_monitoring.alert_rule_dead_letters")
        rule.write({"active": True, "hold_minutes": 0})
        rule._watch(self.now)
        alert = rule.alert_ids.filtered(lambda each: each.company_id == self.company)
        self.assertEqual((alert.state, alert.value, alert.n), ("firing", 3, 3))
        action = alert.with_user(self.manager).action_open_records()
        found = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual(set(found.ids), {each.id for each in deliveries})
        other = rule.alert_ids.filtered(lambda each: each.company_id == self.env.company)
        with self.assertRaises(AccessError):
            other.with_user(self.manager).action_open_records()

    def test_deliveries_of_each_endpoint_are_judged_by_themselves(self):
        good, bad = self.make_endpoint(name="Good"), self.make_endpoint(name="Bad")
        for number in range(20):
            made = {"company": self.company, "age": 60}
            self.make_delivery(state="delivered", endpoint=good, **made)
            state = "dead" if number % 3 else "delivered"
            self.make_delivery(state=state, endpoint=bad, **made)
        rule = self.env.ref("healthcare_ops_monitoring.alert_rule_delivery_success")
        rule.write({"active": True, "company_id": self.company.id, "hold_minutes": 0})
        self.assertEqual(self.watch(rule), {"Bad": "firing"})
        self.assertEqual(rule.alert_ids.exception_id.severity, "critical")
        self.assertIn("35 %", rule.alert_ids.value_words)

    def test_each_role_has_exactly_its_rights(self):
        rule = self.make_rule(hold_minutes=0)
        self.open_cases(3)
        self.watch(rule)
        alert = rule.alert_ids
        for role in ROLES:
            user = self._user(role)
            for record, writes in ((rule, role == "admin"), (alert, False)):
                rights = dict.fromkeys(("write", "create", "unlink"), writes)
                rights["read"] = role in READERS
                for operation, expected in rights.items():
                    with self.subTest(role=role, model=record._name, operation=operation):
                        self.assertEqual(record.with_user(user).has_access(operation), expected)

    def test_who_enters_one_company_takes_no_rule_away_from_the_others(self):
        rule = self.make_rule(company_id=False)
        self.open_cases(3)
        alert = self.fire(rule).filtered(lambda each: each.company_id == self.company)
        other = self.env["res.company"].create({"name": "Alert Overseas"})
        theirs = rule.with_user(self.in_role("admin", other))
        for change in ({"company_id": other.id}, {"active": False}, {"threshold": 900}):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, "Company"):
                theirs.write(change)
        with self.assertRaisesRegex(UserError, "Company"):
            theirs.unlink()
        self.assertEqual((alert.state, alert.exception_id.is_open), ("firing", True))

    def test_figures_of_a_whole_company_are_not_for_people_of_certain_sites(self):
        north, _south = self._sites()
        self.manager.ops_site_ids = north
        self.open_cases(17)
        self.open_cases(3, site_id=north.id)
        for values in ({}, {"grouping": "process"}, {"grouping": "field", "group_field": "touch"}):
            alert = self.fire(self.make_rule(**values))
            with self.subTest(**values):
                self.assertEqual((alert.value, alert.n), (20, 20), "the alert has the numbers")
                self.assertFalse(alert.with_user(self.manager).has_access("read"))
                self._check_keeps_quiet(alert)
        sites = self.fire(self.make_rule(grouping="site"))
        self.assertEqual(sites.with_user(self.manager)._filtered_access("read"), sites)
        without = self.fire(self.make_rule(kpi_id=self.make_kpi(site_field=False).id))
        self.assertTrue(without.with_user(self.manager).has_access("read"), "it tells of no site")

    def _check_keeps_quiet(self, alert):
        exception = alert.exception_id.with_user(self.manager)
        self.assertIn(alert.rule_id.name, exception.name)
        self.assertIn("The alert shows the figure", exception.reason)
        cases = self.env["ops.case"].search([("company_id", "=", self.company.id)])
        cases.state = "closed"
        self.watch(alert.rule_id, 20)
        self.watch(alert.rule_id, 30)
        cases.state = "open"
        self.assertEqual(exception.state, "resolved")
        told = [exception.name, exception.res_name, exception.reason, exception.resolution]
        for text in (*told, alert.display_name):
            for secret in ("is 20", "20 records", ": 0", alert.group_label):
                self.assertNotIn(secret or "is 20", text)

    def test_the_worst_of_a_whole_company_stays_closed_when_its_rule_is_changed(self):
        north, _south = self._sites()
        self.manager.ops_site_ids = north
        rule = self.make_rule()
        self.open_cases(5)
        alert = self.fire(rule)
        for place in ({"grouping": "site"}, {"grouping": "rule", "site_id": north.id}):
            rule.write(place)
            self.watch(rule, 60)
            self.assertEqual((alert.state, alert.peak_value), ("cleared", 5))
            self.assertFalse(alert.with_user(self.manager).has_access("read"))

    def test_alerts_are_not_told_apart_by_what_is_for_certain_people(self):
        kpi = self.make_kpi(model_name="ops.endpoint", domain="[]", site_field=False)
        secret = {"grouping": "field", "group_field": "secret_out"}
        rule = self.make_rule(kpi_id=kpi.id, threshold=0)
        refused = self.assertRaisesRegex(ValidationError, "Group field: “secret_out” is for cert")
        with refused, self.env.cr.savepoint():
            rule.write(secret)
        with self.assertRaisesRegex(ValidationError, "Group field: “secret_out” is for certain"):
            self.make_rule(kpi_id=kpi.id, **secret)
        # One of an older version, in which the field was for everybody.
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE ops_alert_rule SET grouping = 'field', group_field = 'secret_out'"
            " WHERE id = %s",
            [rule.id],
        )
        rule.invalidate_recordset()
        self.make_endpoint(company_id=self.company.id)
        rule._watch(self.now)
        self.assertIn("for certain people", rule.last_error)
        self.assertFalse(rule.alert_ids)

    def test_alerts_are_told_apart_only_by_what_their_author_may_read(self):
        kpi = self.make_kpi(model_name="ir.mail_server", company_field="create_uid", domain="[]")
        rule = self.make_rule(kpi_id=kpi.id, threshold=0)
        admin = self.in_role("admin", self.company)
        chosen = {"grouping": "field", "group_field": "smtp_host"}
        refused = self.assertRaisesRegex(AccessError, "Group Field: you may not read")
        with refused, self.env.cr.savepoint():
            rule.with_user(admin).write(chosen)
        rule.write(chosen)  # by somebody who may
        with self.assertRaisesRegex(AccessError, "Group Field: you may not read"):
            rule.with_user(admin).copy()
        rule.with_user(admin).threshold = 5

    def test_a_group_field_that_is_gone_is_said_so(self):
        rule = self.make_rule(grouping="field", group_field="touch", threshold=0)
        self.open_cases(2)
        alert = self.fire(rule)
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE ops_alert_rule SET group_field = 'x_gone' WHERE id = %s", [rule.id]
        )
        rule.invalidate_recordset()
        for act in (
            rule.with_user(self.manager).action_try,
            alert.with_user(self.manager).action_open_records,
        ):
            with self.assertRaisesRegex(UserError, "no field “x_gone” any more"):
                act()
        rule._watch(self.now)
        self.assertIn("x_gone", rule.last_error)
        self.assertEqual(alert.state, "firing")

    def test_what_changes_a_rule_is_in_the_trail(self):
        rule = self.make_rule()
        rule.with_user(self.in_role("admin", self.company)).threshold = 7
        entry = self.env["ops.audit.entry"].search(
            [("action", "=", "alert_rule.changed"), ("res_id", "=", rule.id)]
        )
        self.assertEqual(len(entry), 1)
        self.assertIn("7", entry.details)

    def test_the_menus_are_for_managers_administrators_and_auditors(self):
        menus = [
            self.env.ref(f"healthcare_ops_monitoring.menu_{name}").id
            for name in ("alerts", "alert_rules")
        ]
        for role in ROLES:
            if role == "integration":
                continue
            user = self._user(role)
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            for menu in menus:
                with self.subTest(role=role, menu=menu):
                    self.assertEqual(menu in visible, role in READERS)

    def _user(self, role):
        return self.manager if role == "manager" else self.in_role(role, self.company)
