from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .exceptions import ExceptionCase


@tagged("post_install", "-at_install")
class TestOpsExceptionLinks(ExceptionCase):
    """Several of the same cause under one main exception, and links between others."""

    def test_closing_the_main_one_closes_the_grouped_with_its_resolution(self):
        main, one, two = self._raise_many(3, team=self.team)
        (one + two).with_user(self.member).write({"parent_id": main.id})
        self.assertEqual(main.with_user(self.member).grouped_count, 2)
        main.with_user(self.member).write({**self.resolved, "cause_id": self.unknown.id})
        for each in one + two:
            self.assertEqual(
                (each.state, each.resolution, each.resolution_id, each.cause_id),
                ("resolved", "Mended.", self.mended, self.unknown),
            )
            self.assertTrue(each.closed_at)

    def test_closing_without_a_known_cause_leaves_what_was_found_out(self):
        main, one = self._raise_many(2, team=self.team)
        one.write({"parent_id": main.id, "cause_id": self.unknown.id})
        main.write(self.resolved)
        self.assertEqual(one.cause_id, self.unknown)

    def test_closing_a_grouped_one_leaves_the_main_one_open(self):
        main, one = self._raise_many(2)
        one.parent_id = main
        one.write(self.resolved)
        self.assertTrue(main.is_open)
        main.write({**self.resolved, "resolution": "Another way."})
        self.assertEqual(one.resolution, "Mended.", "it was closed already")

    def test_the_engine_settling_the_main_one_closes_the_grouped(self):
        main, one = self._raise_many(2)
        one.parent_id = main
        main.sudo().write({"state": "resolved", "resolution": "All were delivered."})
        self.assertEqual(one.resolution_id.code, "settled_itself")

    def test_one_level_one_company_and_not_itself(self):
        main, one, two = self._raise_many(3)
        one.parent_id = main
        foreign = self._raise(record=self.foreign_site)
        for child, parent, problem in (
            (two, one, "none below those"),
            (main, two, "none below those"),
            (two, two, "none below those"),
            (foreign, main, "of another company"),
        ):
            with self.assertRaisesRegex(ValidationError, problem), self.env.cr.savepoint():
                child.parent_id = parent

    def test_grouping_needs_the_right_to_work_on_both(self):
        main = self._raise(cause_key="main", team=self.team)
        own = self._raise(cause_key="own")
        own.user_id = self.outsider
        with self.assertRaisesRegex(AccessError, "with Desk"):
            own.with_user(self.outsider).parent_id = main
        main.write(self.resolved)
        with self.assertRaisesRegex(UserError, "closed: reopen it first"):
            own.with_user(self.manager).parent_id = main

    def test_reopened_it_is_looked_at_by_itself(self):
        main, one = self._raise_many(2, team=self.team)
        one.parent_id = main
        main.write(self.resolved)
        one.with_user(self.member).action_reopen()
        self.assertFalse(one.parent_id)
        self.assertFalse(main.is_open)

    def test_related_ones_point_at_each_other(self):
        one, two, three = self._raise_many(3, team=self.team)
        worked = one.with_user(self.member)
        worked.related_ids = two + three
        self.assertEqual(two.related_ids, one)
        two.with_user(self.member).related_ids = three
        self.env.invalidate_all()
        self.assertEqual(one.related_ids, three)
        self.assertEqual(three.related_ids, one + two)

    def test_links_to_what_one_may_not_see_stay(self):
        one, two = self._raise_many(2, team=self.team)
        hidden = self._raise(record=self.other_site)
        one.related_ids = two + hidden
        self.member.ops_site_ids = self.site
        self.env.invalidate_all()
        worked = one.with_user(self.member)
        self.assertEqual(worked.related_ids._filtered_access("read").ids, two.ids)
        worked.write({"related_ids": [Command.clear()]})
        self.env.invalidate_all()
        self.assertEqual(one.sudo().related_ids, hidden)
