from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .alerts import AlertsMixin

WATCH = "odoo.addons.healthcare_ops_monitoring.models.alert.ops_alert_rule_watch"


@tagged("post_install", "-at_install")
class TestAlert(AlertsMixin, TransactionCase):
    """An alert fires when it lasts, clears when it is over, and one exception goes with it."""

    def test_it_fires_only_after_it_held_for_the_minutes_of_the_rule(self):
        rule = self.make_rule()
        self.open_cases(3)
        self.assertEqual(self.watch(rule), {"": "pending"})
        self.assertEqual(self.watch(rule, 4), {"": "pending"})
        self.assertFalse(rule.alert_ids.exception_id)
        self.assertEqual(self.watch(rule, 5), {"": "firing"})
        alert = rule.alert_ids
        self.assertEqual((alert.value, alert.n, alert.peak_value), (3, 3, 3))
        self.assertEqual(alert.exception_id.company_id, self.company)
        self.assertEqual(alert.exception_id.alert_id, alert)

    def test_a_short_peak_leaves_nothing(self):
        rule = self.make_rule()
        cases = self.open_cases(3)
        self.watch(rule)
        cases[0].state = "closed"
        self.assertEqual(self.watch(rule, 1), {})
        cases[0].state = "open"
        self.assertEqual(self.watch(rule, 6), {"": "pending"}, "counted from the second peak on")

    def test_it_clears_only_beyond_the_clear_threshold_and_after_the_minutes(self):
        rule = self.make_rule(threshold=4, has_clear_threshold=True, clear_threshold=1)
        cases = self.open_cases(5)
        self.fire(rule)
        cases[:2].state = "closed"
        self.assertEqual(self.watch(rule, 30), {"": "firing"}, "between the two nothing changes")
        self.assertEqual(self.watch(rule, 60), {"": "firing"})
        cases[2:4].state = "closed"
        self.assertEqual(self.watch(rule, 61), {"": "firing"})
        self.assertEqual(self.watch(rule, 70), {"": "firing"})
        self.assertEqual(self.watch(rule, 71), {"": "cleared"})
        self.assertEqual(rule.alert_ids.peak_value, 5)

    def test_it_begins_to_clear_anew_when_the_figure_comes_back(self):
        rule = self.make_rule()
        cases = self.open_cases(3)
        self.fire(rule)
        cases[0].state = "closed"
        self.watch(rule, 10)
        cases[0].state = "open"
        self.watch(rule, 15)
        cases[0].state = "closed"
        self.watch(rule, 16)
        self.assertEqual(self.watch(rule, 22), {"": "firing"})
        self.assertEqual(self.watch(rule, 26), {"": "cleared"})

    def test_one_exception_opens_and_closes_with_it(self):
        rule = self.make_rule()
        cases = self.open_cases(3)
        alert = self.fire(rule)
        exception = alert.exception_id
        for minute in range(6, 12):
            self.watch(rule, minute)
        self.assertEqual(exception.occurrence_count, 1, "what goes on is no repeat")
        self.assertEqual(self.env["ops.exception"].search([("alert_id", "=", alert.id)]), exception)
        self.assertIn("Many open cases", exception.reason)
        cases[0].state = "closed"
        self.watch(rule, 12)
        self.watch(rule, 22)
        self.assertEqual((alert.state, exception.state), ("cleared", "resolved"))
        self.assertEqual(exception.resolution, "The figure is no longer above 2.")
        self.assertEqual(exception.resolution_id.code, "settled_itself")

    def test_an_alert_about_exceptions_does_not_count_what_alerts_have_raised(self):
        north, _south = self._sites()
        kpi = self.env.ref("healthcare_ops_monitoring.kpi_exceptions_open")
        rule = self.make_rule(
            kpi_id=kpi.id, site_id=north.id, threshold=0, hold_minutes=0, clear_minutes=0
        )
        real = self.env["ops.exception"]._raise_exception(
            "alert", "The pump is empty.", record=self.company, place=(self.company, north)
        )
        self.watch(rule)
        alert = rule.alert_ids
        self.assertTrue(alert.exception_id.is_open)
        self.watch(rule, 1)
        self.assertEqual((alert.value, alert.n), (1, 1))
        action = alert.with_user(self.manager).action_open_records()
        found = self.env["ops.exception"].with_user(self.manager).search(action["domain"])
        self.assertEqual(found, real)
        message = rule.with_user(self.manager).action_try()["params"]["message"]
        self.assertIn("1, beyond the limit", message)
        everything = replace(rule._scope(self.company), raised_by_alerts=True)
        self.assertEqual(kpi._measure(everything).value, 2, "dashboards count them all")
        apart = self.make_rule(
            kpi_id=kpi.id, grouping="site", threshold=0, hold_minutes=0, clear_minutes=0
        )
        self.watch(apart, 2)
        self.assertEqual(apart.alert_ids.mapped("value"), [1])
        real.unlink()
        self.watch(rule, 3)
        self.assertEqual((alert.state, alert.exception_id.is_open), ("cleared", False))

    def test_firing_again_while_the_exception_is_open_counts_on_it(self):
        rule = self.make_rule(quiet_minutes=0)
        cases = self.open_cases(3)
        alert = self.fire(rule)
        exception = alert.exception_id
        cases[0].state = "closed"
        self.watch(rule, 10)
        self.watch(rule, 20)
        exception.with_user(self.manager).action_reopen()
        cases[0].state = "open"
        self.fire(rule, 30)
        self.assertEqual(alert.exception_id, exception)
        self.assertEqual((exception.occurrence_count, alert.fire_count), (2, 2))

    def test_it_stays_quiet_for_a_while_after_it_has_cleared(self):
        rule = self.make_rule()
        cases = self.open_cases(3)
        self.fire(rule)
        cases[0].state = "closed"
        self.watch(rule, 10)
        self.assertEqual(self.watch(rule, 20), {"": "cleared"})
        cases[0].state = "open"
        for minute in (21, 30, 49):
            self.assertEqual(self.watch(rule, minute), {"": "pending"})
        self.assertEqual(self.watch(rule, 50), {"": "firing"})

    def test_who_closes_it_early_is_not_bothered_again_until_it_has_cleared(self):
        rule = self.make_rule(quiet_minutes=0)
        cases = self.open_cases(3)
        alert = self.fire(rule)
        first = self._close(alert)
        self.open_cases(5)
        self.watch(rule, 20)
        self.assertEqual((alert.state, alert.exception_id), ("firing", first))
        self.assertTrue(alert.closed_early)
        self.env["ops.case"].search([("company_id", "=", self.company.id)]).state = "closed"
        self.watch(rule, 30)
        self.watch(rule, 40)
        self.assertEqual((alert.state, first.resolution), ("cleared", "We know."))
        cases.state = "open"
        self.fire(rule, 50)
        self.assertNotEqual(alert.exception_id, first)
        self.assertTrue(alert.exception_id.is_open)

    def test_it_is_raised_again_when_the_figure_gets_worse_by_a_band(self):
        rule = self.make_rule(has_critical_threshold=True, critical_threshold=5)
        self.open_cases(3)
        alert = self.fire(rule)
        first = self._close(alert)
        self.open_cases(3)
        self.watch(rule, 10)
        self.assertNotEqual(alert.exception_id, first)
        self.assertEqual(alert.exception_id.severity, "critical")
        second = self._close(alert)
        self.watch(rule, 11)
        self.assertEqual(alert.exception_id, second, "once for each band")

    def test_an_open_exception_gets_worse_with_the_figure(self):
        rule = self.make_rule(has_critical_threshold=True, critical_threshold=5, severity="medium")
        self.open_cases(3)
        exception = self.fire(rule).exception_id
        self.assertEqual(exception.severity, "medium")
        self.open_cases(3)
        self.watch(rule, 10)
        self.assertEqual((exception.severity, exception.occurrence_count), ("critical", 2))

    def test_what_is_not_known_neither_fires_nor_clears(self):
        rule = self._median_rule(min_n=3)
        cases = self._closed(500, 600, 700)
        alert = self.fire(rule)
        cases[0].state = "open"
        for minute in (20, 60, 600):
            self.watch(rule, minute)
        self.assertEqual(alert.state, "firing")
        self.assertEqual(str(alert.unknown_since), str(self._at(20)))
        self.assertTrue(rule.unknown_since)
        self.assertEqual(rule.status, "firing")
        self._closed(1, 1, 1, 1)
        self.watch(rule, 601)
        self.assertFalse(alert.unknown_since or rule.unknown_since)
        self.assertEqual(alert.state, "firing", "it has been back for no time")
        self.watch(rule, 611)
        self.assertEqual(alert.state, "cleared")

    def test_no_time_is_counted_across_what_was_not_known(self):
        rule = self._median_rule(min_n=3)
        cases = self._closed(500, 600, 700)
        self.assertEqual(self.watch(rule), {"": "pending"})
        cases[0].state = "open"
        self.assertEqual(self.watch(rule, 2), {"": "pending"})
        cases[0].state = "closed"
        self.assertEqual(self.watch(rule, 9), {"": "pending"})
        self.assertEqual(self.watch(rule, 14), {"": "firing"})

    def test_where_nothing_means_that_nothing_is_late_the_rule_says_so(self):
        rule = self._median_rule(empty_is_calm=True, clear_minutes=0)
        cases = self._closed(5000)
        alert = self.fire(rule)
        cases.state = "open"
        self.watch(rule, 10)
        self.assertEqual((alert.state, alert.value), ("cleared", 0))

    def test_no_data_never_fires(self):
        rule = self._median_rule(operator="below", threshold=100)
        self.assertEqual(self.watch(rule), {})
        self.assertEqual(rule.status, "unknown")
        self.assertEqual(self.watch(rule, 60), {})

    def test_the_limit_is_written_as_people_say_it(self):
        rule = self._median_rule(threshold=10)
        self._closed(599, 599, 599)
        self.assertEqual(self.watch(rule), {}, "599 s are below 10 minutes")
        self._closed(*[601] * 9)
        self.assertEqual(self.watch(rule, 1), {"": "pending"})
        share = self.make_kpi(
            kind="share", unit="share", hits_domain="[('rework_count', '>', 0)]", direction="higher"
        )
        rule = self.make_rule(kpi_id=share.id, threshold=95)
        self.assertEqual(rule._limits().threshold, 0.95)
        self.assertFalse(rule._limits().above)

    def test_companies_are_watched_each_by_itself(self):
        other = self.env["res.company"].create({"name": "Alert Overseas"})
        rule = self.make_rule(company_id=False)
        self.open_cases(2)
        for _n in range(2):
            self.make_case(company=other)
        self.assertEqual(
            rule.alert_ids.filtered(lambda a: a.company_id in self.company | other).ids, []
        )
        self.watch(rule)
        mine = rule.alert_ids.filtered(lambda a: a.company_id in self.company | other)
        self.assertFalse(mine, "two and two are not four")
        self.make_case(company=other)
        self.watch(rule, 1)
        self.watch(rule, 6)
        alert = rule.alert_ids.filtered(lambda a: a.company_id == other)
        self.assertEqual((alert.state, alert.value), ("firing", 3))
        self.assertEqual(alert.exception_id.company_id, other)
        seen = rule.alert_ids.with_user(self.manager)._filtered_access("read")
        self.assertNotIn(other, seen.company_id)

    def test_a_rule_of_one_company_sees_no_other(self):
        rule = self.make_rule(threshold=0)
        self.make_case()
        self.assertEqual(self.watch(rule), {})

    def test_a_broken_rule_says_so_and_stops_no_other(self):
        broken = self.make_rule(name="Broken")
        bad = self.make_kpi(kind="percentile", value_field="no_such_field", percentile=0.5)
        broken.kpi_id = bad
        fine = self.make_rule(name="Fine", threshold=0, hold_minutes=0)
        self.open_cases(1)
        with (
            claim_log("odoo.addons.healthcare_ops_monitoring", "WARNING", "Broken", 1),
            patch.object(type(fine), "_commit", lambda self, done=0: None),
        ):
            self.env["ops.alert.rule"]._cron_watch()
        self.assertIn("no_such_field", broken.last_error)
        self.assertEqual((broken.status, fine.status), ("error", "firing"))
        broken._watch()  # the same again is no news
        broken.kpi_id = self.kpi
        broken._watch()
        self.assertFalse(broken.last_error or broken.last_error_since)

    def test_the_trouble_of_one_company_stops_no_other(self):
        good, bad = self._two_companies()
        rule = self.make_rule(company_id=False, hold_minutes=0)
        fire = type(self.env["ops.alert"])._fire

        def refuse(alert, now):
            if alert.company_id == bad:
                raise UserError(self.env._("Nobody can take it."))
            return fire(alert, now)

        with patch.object(type(self.env["ops.alert"]), "_fire", refuse):
            rule._watch(self.now)
        self.assertEqual(rule.last_error, "Alert Bad: Nobody can take it.")
        alerts = rule.alert_ids.filtered(lambda alert: alert.company_id in good | bad)
        self.assertEqual((alerts.company_id, alerts.state), (good, "firing"))
        self.assertFalse(alerts.unknown_since)
        self.assertTrue(alerts.exception_id.is_open)
        rule._watch(self._at(1))
        self.assertFalse(rule.last_error or rule.last_error_since)
        self.assertIn(bad, rule.alert_ids.company_id)

    def test_only_alerts_of_the_company_in_trouble_are_not_known(self):
        good, bad = self._two_companies()
        rule = self.make_rule(company_id=False, hold_minutes=0)
        self.watch(rule)
        readings = type(rule)._readings

        def refuse(rule, company):
            if company.name == bad.name:
                rule.env.cr.execute("SELECT pg_sleep(5)")
            return readings(rule, company)

        with (
            patch.object(type(rule), "_readings", refuse),
            patch(f"{WATCH}.STATEMENT_SECONDS", 1),
            claim_log("odoo.sql_db", "ERROR", "pg_sleep"),
            claim_log("odoo.addons.healthcare_ops_monitoring", "WARNING", "Alert Bad: Query", 1),
        ):
            rule._watch(self._at(1))
        since = {alert.company_id: alert.unknown_since for alert in rule.alert_ids}
        self.assertFalse(since[good])
        self.assertEqual(since[bad], self._at(1))
        self.assertIn("Alert Bad: QueryCanceled", rule.last_error)

    def test_where_the_time_is_over_the_other_companies_are_first_at_another_minute(self):
        good, bad = self._two_companies()
        rule = self.make_rule(company_id=False)
        many = len(rule._companies())
        seen = []

        def note(_rule, company, _now):
            seen.append(company)
            return True

        with (
            patch.object(type(rule), "_watch_company", note),
            patch(f"{WATCH}.LOOK_SECONDS", -1),
        ):
            for minute in range(many):
                rule._watch(self._at(minute))
        self.assertEqual(len(seen), many, "one in each look")
        self.assertTrue({good, bad} <= set(seen))

    def test_alerts_of_an_archived_company_end(self):
        good, bad = self._two_companies()
        rule = self.make_rule(company_id=False, hold_minutes=0)
        self.watch(rule)
        alerts = {alert.company_id: alert for alert in rule.alert_ids}
        bad.active = False
        self.watch(rule, 1)
        self.assertEqual((alerts[bad].state, alerts[good].state), ("cleared", "firing"))
        self.assertEqual(alerts[bad].exception_id.state, "resolved")
        self.assertIn("not watched any more", alerts[bad].exception_id.resolution)

    def test_a_value_that_looks_like_none_is_another_group(self):
        kpi = self.make_kpi(model_name="res.partner", domain="[]", site_field=False)
        rule = self.make_rule(
            kpi_id=kpi.id, grouping="field", group_field="ref", threshold=0, hold_minutes=0
        )
        refs = (False, "-", "--", "plain")
        self.env["res.partner"].create(
            [{"name": "Alert", "company_id": self.company.id, "ref": ref} for ref in refs]
        )
        self.assertEqual(set(self.watch(rule)), {"None", "-", "--", "plain"})
        self.assertEqual(len(set(rule.alert_ids.mapped("group_key"))), 4)

    def test_an_alert_of_a_rule_that_breaks_stays_and_says_since_when(self):
        rule = self.make_rule()
        self.open_cases(3)
        alert = self.fire(rule)
        self.kpi.sudo().model_name = "ops.exception"
        self.kpi.sudo().domain = "[('no_field', '=', 1)]"
        with claim_log("odoo.addons.healthcare_ops_monitoring", "WARNING", "could not be", 1):
            rule._watch(self._at(20))
        self.assertEqual((alert.state, str(alert.unknown_since)), ("firing", str(self._at(20))))
        self.assertTrue(alert.exception_id.is_open)

    def test_a_rule_that_is_switched_off_closes_what_it_opened(self):
        rule = self.make_rule()
        self.open_cases(3)
        exception = self.fire(rule).exception_id
        rule.active = False
        self.assertEqual((rule.alert_ids.state, exception.state), ("cleared", "resolved"))
        rule.unlink()
        self.assertTrue(exception.exists())

    def test_a_figure_opens_exactly_its_records(self):
        rule = self.make_rule()
        cases = self.open_cases(3)
        self.make_case()
        alert = self.fire(rule).with_user(self.manager)
        action = alert.action_open_records()
        found = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual(found, cases)

    def test_trying_changes_nothing(self):
        rule = self.make_rule()
        self.open_cases(3)
        answer = rule.with_user(self.manager).action_try()
        self.assertIn("3", answer["params"]["message"])
        self.assertIn("beyond the limit", answer["params"]["message"])
        self.assertFalse(rule.alert_ids or rule.evaluated_at)

    def test_trying_says_when_it_fires_and_the_records_only_of_another_figure(self):
        rule = self.make_rule()
        self.open_cases(3)
        self.assertEqual(self._tried(rule)[0], "3, beyond the limit: it fires after 5 min.")
        rule.hold_minutes = 0
        self.assertEqual(self._tried(rule)[0], "3, beyond the limit: it fires at once.")
        median = self._median_rule()
        self._closed(600, 600)
        self.assertEqual(
            self._tried(median)[0], "10 min (2 records), beyond the limit: it fires after 5 min."
        )

    def test_trying_says_who_gets_the_exception_or_that_nobody_does(self):
        rule = self.make_rule()
        params = rule.with_user(self.manager).action_try()["params"]
        self.assertEqual(params["type"], "warning")
        self.assertIn("Nobody would get its exception", params["message"])
        assignment = self.env["ops.exception.assignment"].create(
            {
                "company_id": self.company.id,
                "category_id": rule.category_id.id,
                "severity_from": "critical",
                "user_id": self.manager.id,
            }
        )
        self.assertIn("Nobody", self._tried(rule)[1], "it is not critical")
        assignment.severity_from = "high"
        said = f"Its exception goes to {self.manager.name}: "
        self.assertEqual(
            self._tried(rule)[1], f"{said}the assignment rule “{assignment.name}” says so."
        )
        self.open_cases(3)
        self.assertEqual(self.fire(rule).exception_id.user_id, self.manager)
        rule.owner_id = self.manager
        self.assertEqual(self._tried(rule)[1], f"{said}this rule says so.")
        rule.owner_id = False
        assignment.unlink()
        rule.category_id.user_id = self.manager
        self.assertIn(f"{said}no assignment rule does", self._tried(rule)[1])

    def test_trying_names_the_places_of_which_nobody_gets_the_exception(self):
        north, south = self._sites()
        north.manager_id = self.manager
        rule = self.make_rule(grouping="site", threshold=0)
        self.open_cases(1, site_id=north.id)
        self.open_cases(1, site_id=south.id)
        told = "\n".join(self._tried(rule))
        self.assertIn(f"{north.display_name}: Its exception goes to", told)
        self.assertIn(f"{south.display_name}: Nobody would get its exception", told)

    def test_the_exception_says_since_when_by_the_clocks_of_the_place(self):
        self.company.resource_calendar_id.tz = "Asia/Tokyo"
        rule = self.make_rule(hold_minutes=0)
        self.open_cases(3)
        self.watch(rule)
        there = self.now + timedelta(hours=9)
        self.assertIn(
            f"since {there:%Y-%m-%d %H:%M} (Asia/Tokyo).", rule.alert_ids.exception_id.reason
        )

    def test_others_are_told_by_an_activity_where_they_see_it(self):
        stranger = self.in_role("user", self.env.company)
        rule = self.make_rule(notify_user_ids=[(6, 0, (self.manager | stranger).ids)])
        self.open_cases(3)
        exception = self.fire(rule).exception_id
        self.assertEqual(exception.activity_ids.user_id, self.manager)

    def test_the_owner_of_the_rule_gets_it(self):
        rule = self.make_rule(owner_id=self.manager.id)
        self.open_cases(3)
        self.assertEqual(self.fire(rule).exception_id.user_id, self.manager)

    def test_a_health_check_fires_and_clears(self):
        rule = self.make_rule(
            source="health",
            kpi_id=False,
            health_check="dead_deliveries",
            hold_minutes=0,
            clear_minutes=0,
        )
        self.assertEqual(self.watch(rule), {})
        delivery = self.make_delivery(state="dead")
        self.assertEqual(self.watch(rule, 1), {"": "firing"})
        self.assertEqual(rule.alert_ids.value_words, "needs attention")
        self.assertEqual(rule.alert_ids.action_open_records()["res_model"], "ops.delivery")
        delivery.state = "delivered"
        self.assertEqual(self.watch(rule, 2), {"": "cleared"})

    def test_a_rule_that_makes_no_sense_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Clears at"):
            self.make_rule(has_clear_threshold=True, clear_threshold=3)
        with self.assertRaisesRegex(ValidationError, "Critical beyond"):
            self.make_rule(has_critical_threshold=True, critical_threshold=1)
        with self.assertRaisesRegex(ValidationError, "Health check"):
            self.make_rule(source="health")
        with self.assertRaisesRegex(ValidationError, "no stored field.* These are: .*site_id, .*t"):
            self.make_rule(grouping="field", group_field="nothing")
        proposed = self.env["ops.alert.rule"]._proposed_group_fields(self.env["ops.case"])
        self.assertIn("touch", proposed)
        self.assertNotIn("create_uid", proposed)
        self.assertLessEqual(len(proposed), 15)
        for name in proposed:
            self.make_rule(grouping="field", group_field=name)
        for name in ("hold", "clear", "quiet"):
            with (
                claim_log("odoo.sql_db", "ERROR", f"{name}_minutes_range", 1),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.make_rule(**{f"{name}_minutes": -5})
        with self.assertRaisesRegex(ValidationError, "companies apart"):
            self.make_rule(kpi_id=self.make_kpi(company_field=False).id)
        with self.assertRaisesRegex(ValidationError, "no bad direction"):
            self.make_rule(kpi_id=self.make_kpi(direction="none").id)
        admin = self.in_role("admin", self.company)
        with self.assertRaisesRegex(UserError, "Company"):
            self.make_rule().with_user(admin).company_id = False

    def test_each_site_has_an_alert_of_its_own(self):
        north, south = self._sites()
        rule = self.make_rule(grouping="site", threshold=1)
        self.open_cases(2, site_id=north.id)
        self.open_cases(1, site_id=south.id)
        self.open_cases(2)
        alerts = self.fire(rule)
        self.assertEqual(
            {alert.group_label: alert.site_id for alert in alerts},
            {north.display_name: north, "Without a site": north.browse()},
        )
        self.assertEqual(len(alerts.exception_id), 2)
        at_north = alerts.filtered("site_id")
        self.assertEqual(at_north.exception_id.site_id, north)
        action = at_north.with_user(self.manager).action_open_records()
        found = self.env["ops.case"].with_user(self.manager).search(action["domain"])
        self.assertEqual(len(found), 2)
        self.assertEqual(found.site_id, north)

    def test_a_group_without_records_is_calm_of_a_count_and_unknown_of_a_median(self):
        north, _south = self._sites()
        rule = self.make_rule(grouping="site", threshold=1, clear_minutes=0)
        cases = self.open_cases(2, site_id=north.id)
        alert = self.fire(rule)
        cases.state = "closed"
        self.watch(rule, 10)
        self.assertEqual((alert.state, alert.value), ("cleared", 0))
        median = self._median_rule(grouping="site", clear_minutes=0, min_n=2)
        cases.wall_seconds = 5000
        alert = self.fire(median, 20)
        cases.state = "open"
        self.watch(median, 30)
        self.assertEqual(alert.state, "firing")
        self.assertTrue(alert.unknown_since)

    def test_an_alert_for_each_of_a_field(self):
        rule = self.make_rule(grouping="field", group_field="touch", threshold=1)
        self.open_cases(2, touch="automation")
        self.open_cases(1, touch="person")
        self.assertEqual(self.watch(rule), {"Without people": "pending"})
        processes = self.make_rule(grouping="process", threshold=1)
        self.assertEqual(self.watch(processes), {self.process.name: "pending"})

    def test_a_rule_of_a_site_looks_at_it_and_what_is_within(self):
        north, south = self._sites()
        within = north.with_company(self.company).create(
            {"name": "Ward", "code": "T-WARD", "company_id": self.company.id, "parent_id": north.id}
        )
        rule = self.make_rule(site_id=north.id, threshold=1, hold_minutes=0)
        self.open_cases(1, site_id=north.id)
        self.open_cases(5, site_id=south.id)
        self.assertEqual(self.watch(rule), {})
        self.open_cases(1, site_id=within.id)
        self.assertEqual(self.watch(rule, 1), {"": "firing"})
        self.assertEqual(rule.alert_ids.exception_id.site_id, north)
        reader = self.in_role("auditor", self.company)
        reader.ops_site_ids = south
        self.assertFalse(rule.with_user(reader).has_access("read"))
        self.assertFalse(rule.alert_ids.with_user(reader).has_access("read"))

    # -- means ------------------------------------------------------------------------------

    def _tried(self, rule):
        """The lines of what a manager is told who tries the rule."""
        return rule.with_user(self.manager).action_try()["params"]["message"].split("\n")

    def _two_companies(self):
        """Two companies with three open cases each."""
        companies = self.env["res.company"].create([{"name": "Alert Good"}, {"name": "Alert Bad"}])
        for company in companies:
            for _n in range(3):
                self.make_case(company=company)
        return companies

    def _at(self, minutes):
        return self.now + timedelta(minutes=minutes)

    def _median_rule(self, min_n=0, threshold=5, **values):
        kpi = self.make_kpi(
            kind="percentile",
            percentile=0.5,
            value_field="wall_seconds",
            unit="seconds",
            domain="[('state', '=', 'closed')]",
        )
        return self.make_rule(kpi_id=kpi.id, min_n=min_n, threshold=threshold, **values)

    def _closed(self, *seconds):
        cases = [self.make_case(each, company=self.company) for each in seconds]
        return self.env["ops.case"].concat(*cases)

    def _close(self, alert):
        """Somebody closes the exception early."""
        exception = alert.exception_id
        code = self.env["ops.exception.resolution"].search([("active", "=", True)], limit=1)
        exception.with_user(self.manager).write(
            {"state": "resolved", "resolution_id": code.id, "resolution": "We know."}
        )
        return exception
