from datetime import datetime, timedelta
from itertools import pairwise

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS, ApprovalCase

# A Monday; the site works on weekdays from 8 to 12 and from 13 to 17, in UTC as everybody here.
NOW = datetime(2026, 3, 2, 9)


@tagged("post_install", "-at_install")
class TestMyApprovals(ApprovalCase):
    """What the page, the counter and My work say waits for somebody's decision."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.lead | cls.board | cls.buyer | cls.manager:
            user.tz = "UTC"

    def arm_hours(self, *hours, users=None):
        """Rows by amount, each with a stage due in so many hours."""
        users = users or self.lead
        limits = [100 * number for number in range(len(hours) + 1)]
        rows = [
            {
                "name": f"Due in {due}",
                "amount_from": low,
                "amount_to": high,
                "stage_ids": [Command.create(self._stage("Lead", users, due_hours=due))],
            }
            for (low, high), due in zip(pairwise(limits), hours, strict=True)
        ]
        self.arm(rows)

    def page(self, user=None, **arguments):
        return self.env["res.users"].with_user(user or self.lead).ops_my_approvals(**arguments)

    def count(self, user=None):
        return self.env["res.users"].with_user(user or self.lead).ops_my_approvals_count()

    def listed(self, page):
        return [item["document"] for item in page["items"]]

    # -- the list -----------------------------------------------------------------------------

    def test_what_waits_is_grouped_by_due_time_and_the_most_urgent_first(self):
        self.arm_hours(0, 60, 16, 6, 2)
        with freeze_time(NOW) as time:
            orders = [self.submitted(amount) for amount in (50, 150, 250, 350, 450)]
            time.move_to(datetime(2026, 3, 2, 11, 30))
            page = self.page()
            self.assertEqual(self.listed(page), [order.name for order in reversed(orders)])
            groups = [item["group"] for item in page["items"]]
            self.assertEqual(groups, ["overdue", "today", "week", "later", "undated"])
            counts = {due["code"]: due["count"] for due in page["dues"]}
            self.assertEqual(counts, dict.fromkeys(groups, 1))
            self.assertEqual((page["total"], page["found"], page["overdue"]), (5, 5, 1))
            self.assertEqual(self.count(), {"total": 5, "overdue": 1})
            first = page["items"][0]
            self.assertEqual(first["requester"], "Buyer")
            self.assertEqual(first["stage"], "Lead")
            self.assertIn("450.00", first["amount"])

    def test_the_groups_follow_the_readers_time_zone(self):
        self.arm_hours(6)
        with freeze_time(NOW):
            self.submitted(50)
            groups = {}
            for zone in ("Pacific/Auckland", "UTC"):
                users = self.env["res.users"].with_user(self.lead).with_context(tz=zone)
                [item] = users.ops_my_approvals()["items"]
                groups[zone] = item["group"]
            # It is due at four in the afternoon: there it is Tuesday then.
            self.assertEqual(groups, {"Pacific/Auckland": "week", "UTC": "today"})

    def test_a_page_is_as_long_as_asked_for_and_the_totals_are_of_everything(self):
        self.arm_hours(8)
        orders = [self.submitted(50) for _number in range(5)]
        first, second = self.page(limit=3), self.page(offset=3, limit=3)
        self.assertEqual(self.listed(first) + self.listed(second), [each.name for each in orders])
        self.assertEqual((first["total"], second["total"]), (5, 5))
        self.assertEqual(self.page(limit=10**9)["limit"], 80)

    def test_filters_leave_what_they_say_and_count_what_each_would_find(self):
        self.arm_hours(0, 8)
        west = self.env["ops.site"].create(
            {
                "name": "West",
                "code": "T-WEST",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
            }
        )
        undated, dated = self.submitted(50), self.submitted(150)
        warehouse = self.env["stock.warehouse"].create(
            {
                "name": "West store",
                "code": "TWS",
                "company_id": self.company.id,
                "ops_site_id": west.id,
            }
        )
        elsewhere = self.submitted(50, picking_type_id=warehouse.in_type_id.id)
        other = self.order(50, user=self.other_buyer)
        other.action_submit_for_approval()
        self.settle()
        page = self.page(filters={"site_id": west.id})
        self.assertEqual(self.listed(page), [elsewhere.name])
        self.assertEqual((page["total"], page["found"]), (4, 1))
        sites = {site["id"]: site["count"] for site in page["sites"]}
        self.assertEqual(sites, {self.site.id: 3, west.id: 1})
        counts = {due["code"]: due["count"] for due in page["dues"]}
        self.assertEqual((counts["undated"], counts["today"] + counts["week"]), (1, 0))
        self.assertEqual(self.listed(self.page(filters={"due": "undated"}))[0], undated.name)
        self.assertEqual(self.page(filters={"due": "undated"})["found"], 3)
        for text, found in (
            (dated.name, [dated]),
            (self.request_of(dated).name, [dated]),
            ("Other Buyer", [other]),
            ("nothing at all", []),
        ):
            page = self.page(filters={"search": text})
            self.assertEqual(self.listed(page), [each.name for each in found], text)
        self.assertEqual(self.page(filters={"kind": "purchase.order"})["found"], 4)
        self.assertEqual(self.page(filters={"kind": "res.partner"})["found"], 0)

    def test_what_is_decided_or_not_yet_ones_turn_does_not_wait(self):
        self.arm()
        order = self.submitted(6000)
        self.assertEqual(self.count(self.board[0])["total"], 0)
        self.approve(order, self.lead)
        self.assertEqual(self.count()["total"], 0)
        self.assertEqual(self.listed(self.page(self.board[0])), [order.name])
        self.approve(order, self.board[1], self.board[2])
        self.assertEqual(self.page(self.board[0])["items"], [])
        self.assertEqual(self.count(self.board[0]), {"total": 0, "overdue": 0})

    def test_of_two_seats_in_one_request_the_list_shows_one(self):
        stages = [
            Command.create(self._stage(name, self.lead, distinct=False))
            for name in ("Ward", "Budget")
        ]
        self.arm([{"name": "All", "stage_ids": stages}])
        order = self.submitted()
        self.assertEqual(len(self.request_of(order).assignment_ids), 2)
        self.assertEqual([item["stage"] for item in self.page()["items"]], ["Ward"])
        self.assertEqual(self.count()["total"], 1)
        self.approve(order, self.lead)
        self.assertEqual([item["stage"] for item in self.page()["items"]], ["Budget"])

    def test_a_question_shows_and_the_request_stays(self):
        self.arm()
        order = self.submitted()
        self.request_of(order).with_user(self.lead).action_ask("Why?", version=1)
        self.settle()
        [item] = self.page()["items"]
        self.assertTrue(item["asks"])

    # -- who may ------------------------------------------------------------------------------

    def test_the_page_is_for_those_who_are_asked(self):
        user = self.person("clerk", OPS % "user")
        auditor = self.person("auditor", OPS % "auditor")
        for who in (self.buyer, self.admin, user, auditor):
            for ask in (self.page, self.count):
                with self.assertRaisesRegex(AccessError, "approvers and operations managers"):
                    ask(who)
        self.assertEqual(self.page(self.manager)["items"], [])

    def test_what_waits_at_a_place_one_has_left_is_not_told(self):
        self.arm()
        self.submitted()
        self.assertEqual(self.count()["total"], 1)
        self.lead.ops_site_ids = self.env["ops.site"].create(
            {
                "name": "West",
                "code": "T-WEST",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
            }
        )
        self.assertEqual((self.count()["total"], self.page()["total"]), (0, 0))
        self.lead.ops_site_ids = False
        abroad = self.env["res.company"].create({"name": "Abroad"})
        self.lead.write({"company_ids": [Command.set(abroad.ids)], "company_id": abroad.id})
        self.assertEqual((self.count()["total"], self.page()["total"]), (0, 0))

    def test_who_may_not_open_the_document_reads_what_matters_of_it(self):
        self.arm()
        order = self.submitted()
        panel = self.request_of(order).with_user(self.lead).panel_data()
        self.assertFalse(panel["may_open"])
        self.assertIn("Vendor One", [row["value"] for row in panel["summary"]])
        self.lead.group_ids = [Command.link(self.env.ref("purchase.group_purchase_user").id)]
        self.assertTrue(self.request_of(order).with_user(self.lead).panel_data()["may_open"])

    def test_nonsense_is_refused_in_words(self):
        for arguments in (
            {"offset": -1},
            {"offset": "1"},
            {"limit": 0},
            {"limit": True},
            {"filters": ["due"]},
            {"filters": {"user_id": 1}},
            {"filters": {"due": "yesterday"}},
            {"filters": {"site_id": "1"}},
            {"filters": {"kind": ["purchase.order"]}},
            {"filters": {"search": {"x": 1}}},
        ):
            with self.assertRaises(UserError, msg=arguments):
                self.page(**arguments)

    def test_a_search_is_no_pattern_of_the_database(self):
        self.arm()
        self.submitted()
        for text in ("%", "_", "'; DROP TABLE x; --", "\\"):
            self.assertEqual(self.page(filters={"search": text})["found"], 0, text)

    # -- cost ---------------------------------------------------------------------------------

    def test_the_queries_do_not_grow_with_what_waits(self):
        self.arm_hours(8)

        def queries(ask):
            self.settle()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            ask()
            return self.env.cr.sql_log_count - before

        self.submitted(50)
        self.page(), self.count()
        one = queries(self.page)
        orders = self.env["purchase.order"].concat(*(self.order(50) for _number in range(12)))
        orders.action_submit_for_approval()
        self.assertLessEqual(queries(self.page), one + 1)
        self.assertLessEqual(queries(self.count), 3)

    # -- told ---------------------------------------------------------------------------------

    def _counted(self, act):
        """Whose counters are told to count again by what is done."""
        told = []
        users = self.env.registry["res.users"]
        send = users._bus_send

        def bus_send(user, kind, message, **options):
            if kind == "healthcare_ops_approvals/counted":
                told.append(user.id)
            return send(user, kind, message, **options)

        self.patch(users, "_bus_send", bus_send)
        act()
        self.settle()
        return sorted(told)

    def test_the_counter_is_told_when_it_changes(self):
        self.arm()
        orders = [self.order(6000), self.order(7000)]
        submit = self.env["purchase.order"].concat(*orders).action_submit_for_approval
        self.assertEqual(self._counted(submit), self.lead.ids, "once, however many")

    def test_the_counters_of_all_who_were_asked_are_told_that_it_is_decided(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead, self.board[0])
        told = self._counted(lambda: self.approve(order, self.board[1]))
        self.assertEqual(told, sorted(self.board[1:].ids))

    def test_the_counters_of_both_are_told_that_somebody_else_is_asked(self):
        self.arm()
        order = self.submitted(6000)
        seat = self.request_of(order).assignment_ids.filtered(lambda each: each.state == "open")
        give = seat._ops_engine()._give
        told = self._counted(lambda: give({seat.id: self.manager}, "Leaves"))
        self.assertEqual(told, sorted((self.lead | self.manager).ids))

    def test_the_counter_of_who_stands_in_is_told_when_that_begins_and_ends(self):
        self.arm()
        self.submitted(6000)
        now = fields.Datetime.now()
        made = {
            "user_id": self.lead.id,
            "delegate_id": self.manager.id,
            "date_from": now,
            "date_to": now + timedelta(days=1),
        }
        delegations = self.env["ops.approval.delegation"].with_user(self.lead)
        told = self._counted(lambda: delegations.create(made))
        self.assertEqual(told, self.manager.ids)
        told = self._counted(lambda: delegations.search([]).action_end())
        self.assertIn(self.manager.id, told)

    # -- My work ------------------------------------------------------------------------------

    def work(self, user):
        groups = self.env["res.users"].with_user(user).ops_my_work()["groups"]
        return [item for group in groups for item in group["items"]]

    def test_my_work_has_each_request_once_and_leads_to_the_page(self):
        self.arm_hours(8)
        order = self.submitted(50)
        request = self.request_of(order)
        self.assertTrue(self.env["mail.activity"].search([("res_id", "=", request.id)]))
        [item] = self.work(self.lead)
        self.assertEqual((item["kind"], item["title"]), ("approval", order.name))
        self.assertEqual((item["site_id"], item["next_step"]), (self.site.id, "Decide"))
        self.assertEqual(item["action"]["tag"], "healthcare_ops_approvals.my_approvals")
        self.assertEqual(item["action"]["params"], {"request_id": request.id})
        self.assertTrue(item["due_at"])
        todo = self.env.ref("mail.mail_activity_data_todo")
        request.activity_schedule(activity_type_id=todo.id, user_id=self.lead.id)
        self.assertEqual({item["kind"] for item in self.work(self.lead)}, {"approval", "activity"})
        self.approve(order, self.lead)
        self.assertNotIn("approval", [item["kind"] for item in self.work(self.lead)])

    def test_my_work_has_each_question_for_who_answers_it(self):
        self.arm()
        order = self.submitted()
        self.assertEqual(self.work(self.buyer), [])
        request = self.request_of(order)
        request.with_user(self.lead).action_ask("Which ward?", version=1)
        self.settle()
        [item] = self.work(self.buyer)
        self.assertEqual((item["kind"], item["concerns"]), ("approval_question", "Which ward?"))
        [waiting] = self.work(self.lead)
        self.assertEqual(waiting["state_text"], "Waits for an answer")
        request.with_user(self.buyer).action_answer("Ward 3")
        self.settle()
        self.assertEqual(self.work(self.buyer), [])

    def test_only_who_decides_has_a_counter(self):
        IrHttp = self.env["ir.http"]
        self.assertTrue(IrHttp.with_user(self.lead).env.user._ops_decides())
        self.assertTrue(self.manager._ops_decides())
        for user in (self.buyer, self.admin):
            self.assertFalse(user._ops_decides())
