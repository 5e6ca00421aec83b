from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .overriding import OverrideCase

OPERATIONS = ("action_pause", "action_resume", "action_activate", "action_send_sample")


@tagged("post_install", "-at_install")
class TestOpsEndpointOperate(OverrideCase):
    """Managers operate endpoints without configuring them."""

    def _mine(self, **values):
        return self._create_endpoint(company_id=self.company.id, **values)

    def test_manager_pauses_resumes_and_activates_without_write_right(self):
        endpoint = self._mine()
        seen = endpoint.with_user(self.manager)
        for state, action, result in (
            ("active", "action_pause", "paused"),
            ("paused", "action_resume", "active"),
            ("broken", "action_pause", "paused"),
            ("broken", "action_activate", "active"),
            ("disabled", "action_activate", "active"),
        ):
            endpoint.sudo().write({"state": state})
            getattr(seen, action)()
            self.assertEqual(endpoint.state, result, (state, action))
            entry = self._audited("endpoint.changed")[0]
            self.assertEqual((entry.actor_id, entry.res_id), (self.manager.id, endpoint.id))
            self.assertIn(result, entry.details)
        with self.assertRaises(AccessError):
            seen.write({"state": "paused"})
        for name in ("action_disable", "action_rotate_secret_out"):
            with self.assertRaises(AccessError, msg=name):
                getattr(seen, name)()
                self.env.flush_all()

    def test_other_roles_operate_nothing(self):
        endpoint = self._mine()
        for role in ("requester", "user", "approver", "auditor"):
            seen = endpoint.with_user(self._create_user(role))
            for name in OPERATIONS:
                with self.assertRaises(AccessError, msg=(role, name)):
                    getattr(seen, name)()
        self.assertEqual(endpoint.state, "active")

    def test_manager_operates_no_endpoint_of_another_company(self):
        foreign = self._create_endpoint(company_id=self.other_company.id)
        for name in (*OPERATIONS, "action_replay_dead", "action_skip_dead"):
            with self.assertRaises(AccessError, msg=name):
                getattr(foreign.with_user(self.manager), name)()

    def test_endpoint_of_every_company_is_operated_by_who_may_enter_all(self):
        shared = self._create_endpoint()
        with self.assertRaisesRegex(AccessError, "Company"):
            shared.with_user(self.manager).action_pause()
        self.assertFalse(shared.with_user(self.manager).may_operate)
        self.manager.company_ids = self.env["res.company"].search([("active", "=", True)])
        shared.with_user(self.manager).action_pause()
        self.assertEqual(shared.state, "paused")

    def test_manager_of_some_sites_operates_what_serves_no_others(self):
        local = self._create_user("manager", "t_local", ops_site_ids=[Command.set(self.site.ids)])
        everywhere = self._mine()
        own = self._mine(site_ids=[Command.set(self.site.ids)])
        with self.assertRaisesRegex(AccessError, "sites besides yours"):
            everywhere.with_user(local).action_pause()
        own.with_user(local).action_pause()
        self.assertEqual((everywhere.state, own.state), ("active", "paused"))

    def test_archived_endpoint_is_not_activated(self):
        endpoint = self._mine(active=False, state="disabled")
        with self.assertRaisesRegex(UserError, "archived"):
            endpoint.with_user(self.manager).action_activate()

    def test_board_says_how_it_is_doing_since_when_and_what_is_stuck(self):
        endpoint = self._mine(name="Supplier desk")
        board = endpoint.with_user(self.manager).board
        self.assertEqual((board["title"], board["causes"], board["answers"]), ("Quiet", [], []))
        self._dead(2, endpoint=endpoint, status=404, error="Refused.", response="no such hook")
        board = endpoint.with_user(self.manager).board
        self.assertEqual(board["title"], "Failing")
        self.assertTrue(board["since"])
        [cause] = board["causes"]
        self.assertEqual((cause["code"], cause["count"]), ("not_found", 2))
        self.assertIn("switched on", cause["advice"])
        self.assertEqual(len(board["answers"]), 2)
        self.assertEqual(board["answers"][0]["status"], 404)
        self.assertEqual(board["answers"][0]["text"], "no such hook")
        self.assertTrue(board["may_decide"])

    def test_what_was_given_up_before_causes_were_kept_counts_as_other(self):
        endpoint = self._mine()
        known = self._dead(1, self.site, endpoint)
        old = self._dead(1, self.other_site, endpoint)
        old.sudo().failure_cause = False
        self.env.flush_all()
        codes = {each["code"]: each["count"] for each in endpoint.board["causes"]}
        self.assertEqual(codes, {"not_found": 1, "other": 1})
        found = endpoint.with_user(self.manager).action_open_cause("other")
        self.assertEqual(self.deliveries.search(found["domain"]), old)
        self._decide(endpoint, "action_skip_cause", "other")
        self.assertEqual((known.state, old.state), ("dead", "skipped"))

    def test_board_titles_follow_the_state(self):
        endpoint = self._mine()
        for values, title in (
            ({"state": "paused"}, "Paused"),
            ({"state": "broken"}, "Broken"),
            ({"state": "disabled"}, "Disabled"),
            ({"state": "active", "test_mode": True}, "Test mode"),
            ({"test_mode": False, "url": False}, "Answers only"),
        ):
            endpoint.write(values)
            self.assertEqual(endpoint.board["title"], title)
        self.assertTrue(endpoint.state_since)

    def test_board_of_a_failing_and_then_working_endpoint(self):
        endpoint = self._mine()
        event = self._emit()
        self._commit()
        trouble = {"status": 500, "error": "The receiver cannot take the event now (500)."}
        self._fail(event.delivery_ids, verdict="retry", **trouble)
        board = endpoint.with_user(self.manager).board
        self.assertEqual(board["title"], "Failing")
        self.assertIn("500", board["sentence"])
        self.assertTrue(board["since"])
        self.assertEqual(board["waiting"], 1)

    def test_auditor_reads_the_board_and_decides_nothing(self):
        endpoint = self._mine()
        self._dead(1, endpoint=endpoint, status=404, response="no such hook")
        board = endpoint.with_user(self._create_user("auditor")).board
        self.assertFalse(board["may_decide"])
        self.assertEqual(board["answers"][0]["text"], "no such hook")

    def test_board_tells_site_managers_of_their_sites(self):
        endpoint = self._mine()
        self._dead(1, self.site | self.other_site, endpoint)
        local = self._create_user("manager", "t_local", ops_site_ids=[Command.set(self.site.ids)])
        board = endpoint.with_user(local).board
        self.assertEqual([each["count"] for each in board["causes"]], [1])
        self.assertEqual(len(board["answers"]), 1)
