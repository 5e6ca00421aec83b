from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .exceptions import ExceptionCase


@tagged("post_install", "-at_install")
class TestOpsExceptionAssignment(ExceptionCase):
    """Who gets a new exception, and what becomes of the exceptions of who leaves."""

    def _got(self, **kwargs):
        exception = self._raise(**kwargs)
        return exception.team_id, exception.user_id

    @property
    def nobody(self):
        return self.env["res.users"]

    @property
    def no_team(self):
        return self.env["ops.exception.team"]

    def test_first_rule_that_matches_category_site_and_severity_wins(self):
        self._rule(sequence=1, category_id=self.other_category.id, team_id=self.team.id)
        self._rule(sequence=2, site_ids=self.other_site.ids, user_id=self.outsider.id)
        self._rule(sequence=3, severity_from="critical", user_id=self.lead.id)
        self._rule(sequence=4, category_id=self.category.id, user_id=self.member.id)
        late = {"category": "test_late"}
        self.assertEqual(self._got(**late), (self.team, self.nobody))
        self.assertEqual(self._got(record=self.other_site, **late), (self.team, self.nobody))
        self.assertEqual(self._got(record=self.other_site), (self.no_team, self.outsider))
        self.assertEqual(self._got(severity="critical", cause_key="c"), (self.no_team, self.lead))
        self.assertEqual(self._got(cause_key="h"), (self.no_team, self.member))

    def test_a_rule_for_a_site_is_one_for_the_sites_within_it(self):
        ward = self._create_site("Ward", "T-WARD", parent_id=self.site.id)
        self._rule(site_ids=self.site.ids, team_id=self.team.id)
        self.assertEqual(self._got(record=ward)[0], self.team)
        self.assertFalse(self._got(record=self.other_site)[0])

    def test_without_a_rule_the_category_s_owner_then_the_site_s_manager(self):
        self.site.manager_id = self.manager
        self._rule(category_id=self.other_category.id, team_id=self.team.id)
        self.assertEqual(self._got(), (self.no_team, self.manager))
        self.category.user_id = self.outsider
        self.assertEqual(self._got(cause_key="2"), (self.no_team, self.outsider))

    def test_rules_of_another_company_do_not_count(self):
        self._rule(company_id=self.other_company.id, user_id=self._foreigner().id)
        self.assertFalse(self._got()[1])
        everywhere = self._rule(company_id=False, user_id=self.member.id)
        self.assertEqual(self._got(cause_key="2")[1], self.member)
        # Of the other company's exceptions it leads to nobody: the person is not in it.
        self.assertFalse(self._got(record=self.foreign_site)[1] & everywhere.user_id)

    def _foreigner(self):
        return self._create_user(
            "user",
            "t_foreigner",
            company_id=self.other_company.id,
            company_ids=self.other_company.ids,
        )

    def test_team_of_the_caller_comes_before_all_rules(self):
        self._rule(user_id=self.outsider.id)
        self.assertEqual(self._got(team=self.team), (self.team, self.nobody))

    def test_archived_owner_of_a_rule_falls_to_the_responsible_of_the_team(self):
        self._rule(sequence=1, team_id=self.team.id, user_id=self.outsider.id)
        self.outsider.active = False
        self.assertEqual(self._got(), (self.team, self.lead))

    def test_rule_that_leads_to_nobody_any_more_gives_way_to_the_next(self):
        self._rule(sequence=1, user_id=self.outsider.id)
        self._rule(sequence=2, user_id=self.member.id)
        self.outsider.active = False
        self.assertEqual(self._got()[1], self.member)
        self.team.active = False
        self._rule(sequence=0, team_id=self.team.id)
        self.assertEqual(self._got(cause_key="2"), (self.no_team, self.member))

    def test_who_leaves_leaves_open_exceptions_to_the_responsible(self):
        of_team, alone, closed = self._raise_many(3)
        of_team.write({"user_id": self.member.id, "team_id": self.team.id})
        alone.user_id = closed.user_id = self.member
        closed.sudo().write({"state": "accepted", "resolution": "Fine."})
        self.category.user_id = self.outsider
        self.member.active = False
        self.assertEqual(of_team.user_id, self.lead)
        self.assertEqual(alone.user_id, self.outsider)
        self.assertEqual(closed.user_id, self.member)

    def test_nobody_gets_what_they_would_not_see(self):
        requester = self._create_user("requester")
        self.outsider.ops_site_ids = self.other_site
        self.site.manager_id = self.manager
        self.category.user_id = self.outsider
        self.assertEqual(self._got(), (self.no_team, self.manager), "the owner of the category")
        self.assertEqual(self._got(cause_key="2", owner=requester)[1], self.manager, "named")
        self.assertEqual(self._got(cause_key="3", owner=self._foreigner())[1], self.manager)
        self._rule(sequence=2, team_id=self.team.id, user_id=self.outsider.id)
        self.assertEqual(self._got(cause_key="4"), (self.team, self.lead), "of a rule")
        self._rule(sequence=1, user_id=requester.id)
        self.assertEqual(self._got(cause_key="5"), (self.team, self.lead), "gives way")
        there = self._got(record=self.other_site)
        self.assertEqual(there, (self.team, self.outsider), "where they see it they get it")

    def test_what_an_archived_team_leaves_goes_to_somebody(self):
        waiting, taken = self._raise_many(2, team=self.team)
        taken.with_user(self.member).action_take()
        self.category.user_id = self.outsider
        self.team.active = False
        self.assertEqual((waiting.team_id, waiting.user_id), (self.no_team, self.outsider))
        self.assertEqual((taken.user_id, taken.state), (self.member, "in_work"))
        self.member.active = False
        self.assertEqual((taken.team_id, taken.user_id), (self.no_team, self.outsider))
        self.assertEqual(taken.state, "triaged", "whoever gets it has not begun")

    def test_team_stays_in_the_company_of_its_exceptions(self):
        self._raise(team=self.team)
        self.team.responsible_id.company_ids += self.other_company
        self.team.member_ids.company_ids += self.other_company
        with self.assertRaisesRegex(ValidationError, "has exceptions of another company"):
            self.team.company_id = self.other_company

    def test_who_is_responsible_for_a_team_cannot_be_archived_nor_deleted(self):
        with self.assertRaisesRegex(UserError, "Lea Lead is responsible for the team “Desk”"):
            self.lead.action_archive()
        self.team.responsible_id = self.member
        self.lead.action_archive()
        self.assertFalse(self.lead.active)

    def test_responsible_person_is_a_member_and_is_there(self):
        self.assertIn(self.lead, self.team.member_ids)
        self.team.member_ids = self.member
        self.assertIn(self.lead, self.team.member_ids)
        self.outsider.active = False
        foreigner = self._foreigner()
        for values, problem in (
            ({"responsible_id": self.outsider.id}, "Responsible: Otto Outside is archived"),
            ({"responsible_id": self._create_user("requester").id}, "lacks the role"),
            ({"member_ids": [Command.link(foreigner.id)]}, "does not work for"),
        ):
            with self.assertRaisesRegex(ValidationError, problem), self.env.cr.savepoint():
                self.team.write(values)

    def test_rule_must_lead_to_somebody_who_works_there(self):
        self.outsider.active = False
        for values, problem in (
            ({"user_id": self.outsider.id}, "is archived"),
            ({"user_id": self._foreigner().id}, "does not work for"),
        ):
            with self.assertRaisesRegex(ValidationError, problem):
                self._rule(**values)

    def test_team_counts_what_is_open_and_what_nobody_took(self):
        first, second = self._raise_many(2, team=self.team)
        first.with_user(self.member).action_take()
        self.assertEqual((self.team.open_count, self.team.untaken_count), (2, 1))
        found = self.env["ops.exception"].search(self.team.action_open_exceptions()["domain"])
        self.assertEqual(found, first + second)
