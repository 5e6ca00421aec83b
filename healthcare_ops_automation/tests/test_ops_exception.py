from contextlib import closing
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import tagged

from .common import OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsException(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["ops.exception.category"].create(
            {"name": "Something broke", "code": "test_broke", "severity": "high", "due_hours": 4}
        )
        cls.manager = cls._create_user("manager")
        cls.site.manager_id = cls.manager

    def _raise(self, reason="It broke.", record=None, **kwargs):
        record = self.site if record is None else record
        return self.env["ops.exception"]._raise_exception("test_broke", reason, record, **kwargs)

    def test_exception_has_owner_due_time_place_and_reason(self):
        exception = self._raise()
        self.assertEqual(exception.name, "Something broke: [T-HARBOUR] Harbour Clinic")
        self.assertEqual((exception.severity, exception.state), ("high", "new"))
        self.assertEqual((exception.company_id, exception.site_id), (self.company, self.site))
        self.assertEqual(exception.user_id, self.manager)
        self.assertEqual(exception.due_at - exception.first_seen, timedelta(hours=4))

    def test_default_owner_of_the_category_comes_first(self):
        owner = self._create_user("user")
        self.category.user_id = owner
        self.assertEqual(self._raise().user_id, owner)
        owner.active = False
        self.assertEqual(self._raise(record=self.other_site).user_id.id, False)
        self.assertEqual(self._raise(cause_key="later").user_id, self.manager)

    def test_archived_owner_gets_nothing(self):
        self.manager.active = False
        self.assertFalse(self._raise().user_id)

    def test_same_cause_counts_on_the_open_exception(self):
        first = self._raise("Once.")
        again = self._raise("Twice.")
        self.assertEqual(first, again)
        self.assertEqual((first.occurrence_count, first.reason), (2, "Twice."))
        self.assertNotEqual(self._raise(record=self.other_site), first)
        self.assertNotEqual(self._raise(cause_key="other"), first)

    def test_same_cause_opens_anew_after_it_was_closed(self):
        first = self._raise()
        first.write({"state": "resolved", "resolution": "Mended."})
        self.assertNotEqual(self._raise(), first)

    def test_reopening_while_the_cause_is_open_elsewhere_is_refused(self):
        first = self._raise()
        first.write({"state": "resolved", "resolution": "Mended."})
        self._raise()
        with self.assertRaises(UserError):
            first.action_reopen()

    def test_context_of_the_client_cannot_bring_it_forth_closed(self):
        context = {"default_state": "accepted", "default_resolution": "x", "default_user_id": 1}
        exceptions = self.env["ops.exception"].with_context(**context)
        exception = exceptions._raise_exception(
            "test_broke", "It broke.", self.site.with_context(**context)
        )
        self.assertEqual((exception.state, exception.user_id), ("new", self.manager))

    def test_whoever_caused_it_does_not_become_a_follower(self):
        user = self._create_user("requester")
        exceptions = self.env["ops.exception"].with_user(user)
        exception = exceptions._raise_exception("test_broke", "It broke.", self.site).sudo()
        self.assertNotIn(user.partner_id, exception.message_partner_ids)

    def test_archived_category_still_takes_what_is_raised(self):
        self.category.active = False
        self.assertTrue(self._raise())

    def test_category_of_a_module_keeps_its_code_and_is_not_deleted(self):
        category = self.env.ref("healthcare_ops_automation.exception_category_event_contract")
        category = category.with_user(self._create_user("admin"))
        with self.assertRaisesRegex(UserError, "belongs to a module"):
            category.code = "other"
        with self.assertRaisesRegex(UserError, "belongs to a module"):
            category.unlink()
        self.category.with_user(category.env.user).unlink()

    def test_closed_exception_is_not_taken_by_mistake(self):
        exception = self._raise()
        exception.write({"state": "resolved", "resolution": "Mended."})
        with self.assertRaisesRegex(UserError, "reopen it first"):
            exception.action_take()
        opened = self._raise(record=self.other_site)
        notice = (exception + opened).with_user(self.manager).action_take()
        self.assertEqual((opened.state, exception.state), ("in_work", "resolved"))
        self.assertIn(exception.display_name, notice["params"]["message"])

    def test_unknown_category_and_missing_place_are_refused(self):
        exceptions = self.env["ops.exception"]
        with self.assertRaisesRegex(ValidationError, "nobody_knows"):
            exceptions._raise_exception("nobody_knows", "x", self.site)
        with self.assertRaisesRegex(ValidationError, "record or an event"):
            exceptions._raise_exception("test_broke", "x")

    def test_closing_needs_a_resolution(self):
        exception = self._raise()
        for action in (exception.action_resolve, exception.action_accept):
            with self.assertRaisesRegex(ValidationError, "Resolution"), self.env.cr.savepoint():
                action()
        exception.resolution = " "
        with self.assertRaisesRegex(ValidationError, "Resolution"), self.env.cr.savepoint():
            exception.action_resolve()
        exception.resolution = "Mended."
        exception.action_resolve()
        self.assertFalse(exception.is_open)
        self.assertTrue(exception.closed_at)

    def test_operations_user_works_it_but_cannot_change_the_facts(self):
        self.site.manager_id = False
        exception = self._raise().with_user(self._create_user("user"))
        exception.action_take()
        self.assertEqual((exception.user_id, exception.state), (exception.env.user, "in_work"))
        exception.message_post(body="Looking at it.")
        exception.activity_schedule("mail.mail_activity_data_todo", user_id=exception.env.uid)
        for values in ({"reason": "Another."}, {"site_id": self.other_site.id}, {"name": "x"}):
            with self.assertRaisesRegex(UserError, "facts"):
                exception.write(values)

    def test_overdue_is_found_and_shown(self):
        late, early = self._raise(), self._raise(record=self.other_site)
        late.due_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual((late.is_overdue, early.is_overdue), (True, False))
        found = self.env["ops.exception"].search([("is_overdue", "=", True)])
        self.assertIn(late, found)
        self.assertNotIn(early, found)
        self.assertIn(early, self.env["ops.exception"].search([("is_overdue", "=", False)]))

    def test_source_opens_only_for_who_may_read_it(self):
        exception = self._raise()
        user = self._create_user("user")
        self.assertEqual(exception.with_user(user).action_open_source()["res_id"], self.site.id)
        user.ops_site_ids = self.other_site
        with self.assertRaises(AccessError):
            exception.with_user(user).action_open_source()

    def test_source_that_is_gone_is_said(self):
        site = self._create_site("Short-lived", "T-SHORT")
        exception = self._raise(record=site)
        exception.site_id = False
        self.env["ops.event"].search([("site_id", "=", site.id)]).unlink()
        site.unlink()
        with self.assertRaisesRegex(UserError, "does not exist"):
            exception.action_open_source()

    def test_overview_counts_what_the_list_shows(self):
        self._raise()
        self._raise(cause_key="late").due_at = fields.Datetime.now() - timedelta(days=1)
        site = self.site.with_user(self.manager)
        self.assertEqual((site.open_exception_count, site.overdue_exception_count), (2, 1))
        action = site.action_open_exceptions()
        found = self.env["ops.exception"].search_count([*action["domain"], ("is_open", "=", True)])
        self.assertEqual(found, 2)
        self.assertEqual(
            self.site.with_user(self._create_user("requester")).open_exception_count, 0
        )


@tagged("post_install", "-at_install")
class TestOpsExceptionConcurrency(OpsCase):
    def test_same_cause_opened_at_once_conflicts_and_is_run_again(self):
        """Two real transactions: the second is told to run again, and then it counts."""
        with closing(self.registry.cursor()) as first, closing(self.registry.cursor()) as second:
            one = api.Environment(first, SUPERUSER_ID, {})
            two = api.Environment(second, SUPERUSER_ID, {})
            second.execute("SELECT 1")  # its snapshot is taken before the first commits
            site = one["ops.site"].create({"name": "Busy", "code": "T-EXC"})
            category = one["ops.exception.category"].create({"name": "C", "code": "t_conflict"})
            self.addCleanup(self._remove, site.id, category.id)
            first.commit()
            second.rollback()
            second.execute("SELECT 1")
            opened = one["ops.exception"]._raise_exception("t_conflict", "1", site)
            first.commit()
            site_of_two = two["ops.site"].browse(site.id)
            with (
                claim_log("odoo.sql_db", "ERROR", "ops_exception_open_cause_uniq"),
                self.assertRaises(ConcurrencyError),
            ):
                two["ops.exception"]._raise_exception("t_conflict", "2", site_of_two)
            second.rollback()
            two.invalidate_all()
            again = two["ops.exception"]._raise_exception("t_conflict", "2", site_of_two)
            self.assertEqual((again.id, again.occurrence_count), (opened.id, 2))
            second.rollback()

    def _remove(self, site_id, category_id):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.exception"].search([("category_id", "=", category_id)]).unlink()
            env["ops.exception.category"].browse(category_id).unlink()
            env["ops.event"].search([("site_id", "=", site_id)]).unlink()
            env["ops.site"].browse(site_id).unlink()
