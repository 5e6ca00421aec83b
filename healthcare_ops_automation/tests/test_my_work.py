from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..models.work import res_users
from .by_hand import ByHandCase
from .common import ROLES
from .log_claims import claim_log

# A Wednesday.
NOW = datetime(2031, 11, 19, 9, 0)


class MyWorkCase(ByHandCase):
    def _exception(self, user=None, due=None, **values):
        self.causes = getattr(self, "causes", 0) + 1
        exception = self.env["ops.exception"]._raise_exception(
            "event_contract",
            "Something broke.",
            values.pop("record", self.site),
            cause_key=f"my-work-{self.causes}",
        )
        exception.write({"user_id": (user or self.user).id, "due_at": due, **values})
        return exception

    def _activity(self, record, user, days=0, **values):
        return record.activity_schedule(
            "mail.mail_activity_data_todo",
            fields.Date.today() + timedelta(days=days),
            user_id=user.id,
            **values,
        )

    def _page(self, user=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["res.users"].with_user(user or self.user).with_context(**context).ops_my_work()
        )

    def _items(self, user=None, **context):
        return [item for group in self._page(user, **context)["groups"] for item in group["items"]]


@tagged("post_install", "-at_install")
class TestMyWork(MyWorkCase):
    @freeze_time(NOW)
    def test_work_is_grouped_by_due_time_and_each_item_says_what_to_do_next(self):
        titles = {}
        for code, due in (
            ("overdue", NOW - timedelta(hours=2)),
            ("today", NOW + timedelta(hours=2)),
            ("week", datetime(2031, 11, 22, 12)),
            ("later", datetime(2031, 11, 24, 12)),
            ("undated", False),
        ):
            titles[self._exception(due=due, severity="high").id] = code
        page = self._page()
        self.assertEqual(
            {
                item["res_id"]: group["code"]
                for group in page["groups"]
                for item in group["items"]
                if item["res_id"] in titles
            },
            titles,
        )
        item = page["groups"][0]["items"][0]
        self.assertEqual(item["severity_text"], "High")
        self.assertEqual(item["site"], "[T-HARBOUR] Harbour Clinic")
        self.assertEqual((item["next_step"], item["action"]), ("Take", "action_take"))
        self.assertEqual((item["concerns"], item["state_text"]), ("Something broke.", "New"))
        self.assertEqual(item["due_ago"], "2 hours ago")

    @freeze_time(NOW)
    def test_days_are_those_of_the_user_s_time_zone(self):
        late = self._exception(due=datetime(2031, 11, 19, 23, 30))
        for tz, group in (("Europe/Berlin", "week"), ("UTC", "today"), ("US/Pacific", "today")):
            with self.subTest(tz):
                [item] = [each for each in self._items(tz=tz) if each["res_id"] == late.id]
                self.assertEqual(item["group"], group)
                self.assertIn("12:30" if tz == "Europe/Berlin" else "30", item["due_text"])

    @freeze_time(NOW)
    def test_the_week_ends_as_the_language_has_it(self):
        sunday = self._exception(due=datetime(2031, 11, 23, 12))
        lang = self.env["res.lang"]._lang_get(self.user.lang)
        for start, group in (("1", "week"), ("7", "later")):
            lang.week_start = start
            [item] = [each for each in self._items() if each["res_id"] == sunday.id]
            self.assertEqual(item["group"], group, start)

    def test_within_a_group_the_earlier_and_the_more_severe_come_first(self):
        now = fields.Datetime.now().replace(microsecond=0)
        low = self._exception(due=now - timedelta(hours=1), severity="low")
        critical = self._exception(due=now - timedelta(hours=1), severity="critical")
        first = self._exception(due=now - timedelta(hours=3), severity="low")
        self.assertEqual([i["res_id"] for i in self._items()], [first.id, critical.id, low.id])

    def test_exceptions_are_one_s_own_and_managers_see_what_nobody_has(self):
        mine, others, nobody = (self._exception() for _each in range(3))
        others.user_id, nobody.user_id = self.manager, False
        closed = self._exception()
        closed.write({"state": "resolved", "resolution": "Done."})
        self.assertEqual([item["res_id"] for item in self._items()], [mine.id])
        ids = {item["res_id"] for item in self._items(self.manager) if item["kind"] == "exception"}
        self.assertLessEqual({others.id, nobody.id}, ids)
        self.assertNotIn(mine.id, ids)

    def test_what_a_team_has_and_nobody_took_is_work_of_its_members(self):
        team = self.env["ops.exception.team"].create(
            {
                "name": "Night shift",
                "code": "T-NIGHT",
                "company_id": self.company.id,
                "responsible_id": self._create_user("user", "t_night").id,
                "member_ids": [Command.set(self.user.ids)],
            }
        )
        untaken, taken = self._exception(team_id=team.id), self._exception(team_id=team.id)
        untaken.user_id, taken.user_id = False, self.manager
        [item] = self._items()
        self.assertEqual((item["res_id"], item["state_text"]), (untaken.id, "Nobody has it"))
        self.assertEqual(item["next_step"], "Take")
        managers = {each["res_id"] for each in self._items(self.manager)}
        self.assertNotIn(untaken.id, managers, "the team sees to it")
        untaken.with_user(self.user).action_take()
        self.assertEqual((untaken.user_id, untaken.state), (self.user, "in_work"))

    def test_work_at_other_sites_and_companies_is_not_shown(self):
        self.user.company_ids += self.other_company
        here, abroad = self._exception(), self._exception(record=self.foreign_site)
        hill = self._exception(record=self.other_site)
        both = (self.company + self.other_company).ids
        seen = {item["res_id"] for item in self._items(allowed_company_ids=both)}
        self.assertEqual(seen, {here.id, abroad.id, hill.id})
        seen = {item["res_id"] for item in self._items(allowed_company_ids=self.company.ids)}
        self.assertEqual(seen, {here.id, hill.id})
        self.user.ops_site_ids = self.site
        self.assertEqual([item["res_id"] for item in self._items()], [here.id])

    def test_an_activity_opens_its_record_and_is_marked_done(self):
        exception = self._exception(self.manager)
        activity = self._activity(exception, self.user, -2, summary="Call the ward")
        [item] = self._items()
        self.assertEqual((item["title"], item["concerns"]), ("Call the ward", exception.name))
        self.assertEqual(item["opens"], {"model": "ops.exception", "res_id": exception.id})
        self.assertEqual((item["group"], item["site_id"]), ("overdue", self.site.id))
        self.assertEqual((item["due_ago"], item["severity_text"]), ("2 days ago", "Normal"))
        getattr(activity.with_user(self.user), item["action"])()
        self.assertFalse(self._items())

    def test_fallbacks_and_their_lists_are_work_of_who_looks_after_them(self):
        automation = self._enter("cron", self._create_cron())
        later = fields.Datetime.now() + timedelta(minutes=5)
        fallback = self._begin(automation, expected_end=later)
        [item] = [each for each in self._items(self.manager) if each["kind"] == "fallback"]
        self.assertEqual((item["next_step"], item["action"]), ("End it", "action_end"))
        self.assertEqual(len(self._page()["fallbacks"]), 1, "everybody is told")
        fallback.user_id = self.user
        [item] = [each for each in self._items() if each["kind"] == "fallback"]
        self.assertEqual((item["next_step"], item["action"]), ("Open", False))
        self.env["ops.fallback.item"].create({"fallback_id": fallback.id, "name": "On paper"})
        self._finish(fallback)
        [item] = self._items()
        self.assertEqual((item["kind"], item["state_text"]), ("catch_up", "To do: 1"))
        fallback.item_ids.with_user(self.user).action_done()
        self.assertFalse(self._items())

    def test_many_fallbacks_are_counted_and_not_all_said(self):
        for _each in range(3):
            self._begin(self._enter("cron", self._create_cron()))
        with patch.object(res_users, "FALLBACK_LIMIT", 2):
            page = self._page()
        self.assertEqual((len(page["fallbacks"]), page["more_fallbacks"]), (2, 1))
        self.assertEqual(self._page()["more_fallbacks"], 0)

    def test_a_runbook_to_be_reviewed_is_its_owner_s_work(self):
        self.runbook.review_date = fields.Date.today() - timedelta(days=1)
        [item] = [each for each in self._items(self.manager) if each["kind"] == "runbook"]
        self.assertEqual((item["group"], item["next_step"]), ("overdue", "Review"))

    def test_every_role_has_a_page_and_another_system_has_none(self):
        for role in ROLES:
            with self.subTest(role):
                user = self._create_user(role, f"t_work_{role}")
                self._activity(user.partner_id.sudo(), user)
                items = [item for item in self._items(user) if item["kind"] == "activity"]
                self.assertEqual(len(items), 1)
        integration = self._create_user("integration")
        with self.assertRaisesRegex(AccessError, "who have a role"):
            self._page(integration)
        self.assertEqual(integration.with_user(integration)._ops_my_work(), [])

    def test_nobody_asks_for_the_work_of_others(self):
        with self.assertRaises(AccessError):
            self.manager.with_user(self.user)._ops_my_work()

    def test_who_has_nothing_to_do_is_told_where_to_look(self):
        page = self._page()
        self.assertFalse(any(group["items"] for group in page["groups"]))
        self.assertIn("Exceptions", [place["name"] for place in page["elsewhere"]])
        names = [p["name"] for p in self._page(self._create_user("requester"))["elsewhere"]]
        self.assertNotIn("Exceptions", names)
        self.assertIn("Runbooks", names)

    def test_the_number_of_queries_does_not_grow_with_the_work(self):
        counts = []
        for number in (5, 245):
            now = fields.Datetime.now()
            exceptions = (
                self.env["ops.exception"]
                .sudo()
                .create(
                    [
                        {
                            "name": f"Exception {number} {n}",
                            "category_id": self.env["ops.exception"]._category("event_contract").id,
                            "company_id": self.company.id,
                            "site_id": (self.site, self.other_site)[n % 2].id,
                            "user_id": self.user.id,
                            "reason": "x",
                            "cause_key": f"many-{number}-{n}",
                            "due_at": now + timedelta(hours=n),
                        }
                        for n in range(number)
                    ]
                )
            )
            self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id("ops.exception"),
                        "res_id": each.id,
                        "user_id": self.user.id,
                        "summary": "Look",
                    }
                    for each in exceptions
                ]
            )
            self._page()
            self.env.invalidate_all()
            users = self.env["res.users"].with_user(self.user)
            before = self.env.cr.sql_log_count
            page = users.ops_my_work()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(sum(len(group["items"]) for group in page["groups"]), 500)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[1], 30)

    def test_more_than_the_limit_is_said(self):
        with (
            patch.multiple(res_users, WORK_LIMIT=2),
            patch(
                "odoo.addons.healthcare_ops_automation.models.work.res_users_sources.WORK_LIMIT", 2
            ),
        ):
            for _each in range(3):
                self._exception()
            page = self._page()
        self.assertEqual(sum(len(group["items"]) for group in page["groups"]), 2)
        self.assertEqual(page["limited"], ["Exception"])

    def test_a_pack_adds_a_source_by_inheriting(self):
        users = type(self.env["res.users"])
        sources = users._ops_my_work_sources

        def add(self):
            return [
                self._ops_work_item("demo", "Demo", self.partner_id, "Sign here", severity="low")
            ]

        with (
            patch.object(users, "_ops_my_work_sources", lambda self: [*sources(self), "demo"]),
            patch.object(users, "_ops_my_work_demo", add, create=True),
        ):
            [item] = self._items()
        self.assertEqual((item["title"], item["next_step"]), ("Sign here", "Open"))


@tagged("post_install", "-at_install", "browser")
class TestMyWorkInBrowser(MyWorkCase, HttpCase):
    def _walk(self, tour, user, path="/odoo/ops-my-work"):
        self.start_tour(path, f"healthcare_ops_automation.{tour}", login=user.login)

    def test_a_user_takes_an_exception_filters_and_marks_an_activity_done(self):
        now = fields.Datetime.now()
        self._exception(due=now - timedelta(hours=1), severity="critical")
        other = self._exception(self.manager, record=self.other_site)
        self._activity(other, self.user, 40, summary="Call the ward")
        self._walk("my_work", self.user)
        self.assertEqual(
            self.env["ops.exception"].search([("user_id", "=", self.user.id)]).state, "in_work"
        )
        self.assertFalse(self.env["mail.activity"].search([("user_id", "=", self.user.id)]))

    def test_what_somebody_else_took_is_said_and_gone(self):
        exception = self._exception(due=fields.Datetime.now())
        users, late = type(self.env["res.users"]), []
        page = users.ops_my_work

        def too_late(_exceptions):
            late.append(1)
            raise UserError(self.env._("Somebody was %s.", "quicker"))

        def page_then(model):
            if late:  # what the colleague did is committed by now
                model.env["ops.exception"].sudo().browse(exception.id).user_id = self.manager.id
            return page(model)

        page_then._api_model = True
        with (
            patch.object(type(exception), "action_take", too_late),
            patch.object(users, "ops_my_work", page_then),
            claim_log("odoo.http", "WARNING", "Somebody was quicker"),
        ):
            self._walk("my_work_too_late", self.user)

    def test_who_has_nothing_to_do_sees_that_all_is_done(self):
        self._walk("my_work_empty", self._create_user("requester"))

    def test_a_server_that_fails_is_said_and_asked_again(self):
        users, calls = type(self.env["res.users"]), []
        page = users.ops_my_work

        def fails_once(model):
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("broken on purpose")
            return page(model)

        fails_once._api_model = True
        with (
            patch.object(users, "ops_my_work", fails_once),
            claim_log("odoo.http", "ERROR", "Exception during request handling"),
        ):
            self._walk("my_work_unanswered", self.user)

    def test_a_manager_works_by_hand_and_ends_it(self):
        endpoint = self._create_endpoint(
            name="Supplier platform", company_id=self.company.id, runbook_id=self.runbook.id
        )
        self._emit()
        self._commit()
        path = f"/odoo/action-healthcare_ops_automation.ops_endpoint_action/{endpoint.id}"
        self._walk("work_by_hand", self.manager, path)
        self.env.invalidate_all()
        fallback = self.env["ops.fallback"].search([("endpoint_id", "=", endpoint.id)])
        self.assertEqual((endpoint.state, fallback.state), ("active", "closed"))
        self.assertEqual(fallback.item_ids.mapped("state"), ["done"] * len(fallback.item_ids))


@tagged("post_install", "-at_install", "browser")
class TestMyWorkOnAPhone(MyWorkCase, HttpCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_a_user_takes_an_exception_on_a_phone(self):
        exception = self._exception(due=fields.Datetime.now(), severity="critical")
        exception.name = "A very long title of something that broke " * 4
        path = "healthcare_ops_automation.my_work_on_a_phone"
        self.start_tour("/odoo/ops-my-work", path, login=self.user.login)
        self.assertEqual(exception.state, "in_work")
