from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyChecks(PolicyCase):
    def _found(self, *rows):
        """What is found about a draft: {level: texts}, and the version."""
        policy = self.draft(*rows) if rows else self.draft()
        version = policy.draft_version_id
        if not rows:
            version.row_ids.unlink()
        found = {}
        for each in version._findings():
            found.setdefault(each.level, []).append(each.text)
        self.version = version
        return found

    def _blocks(self, text, *rows):
        found = self._found(*rows)
        self.assertIn(text, "\n".join(found.get("blocks", [])))
        self.assertTrue(self.version.is_blocked)
        with self.assertRaisesRegex(UserError, "cannot be published yet"):
            self.publish(self.version.policy_id)

    def _warns(self, text, *rows):
        found = self._found(*rows)
        self.assertIn(text, "\n".join(found.get("warns", [])))
        self.assertNotIn("blocks", found)
        self.assertFalse(self.version.is_blocked)
        self.publish(self.version.policy_id)

    def test_a_sound_policy_has_nothing_to_tell(self):
        found = self._found(
            self.row("Small", amount_to=1000, stages=[self.stage(self.ann + self.bob)]),
            self.row("Large", amount_from=1000, stages=[self.stage(self.ann + self.bob)]),
        )
        self.assertEqual(found, {})
        self.assertFalse(self.version.findings)

    def test_nothing_without_rows_is_published(self):
        self._blocks("There is no row")

    def test_a_row_without_stages_is_not_published(self):
        self._blocks("Row “All” has no stage", self.row(stages=[]))

    def test_an_empty_pool_is_not_published(self):
        self.ann.active = False
        self._blocks("nobody can be asked (Ann Approver)", self.row(stages=[self.stage(self.ann)]))

    def test_an_empty_group_is_not_published(self):
        group = self.env["res.groups"].create({"name": "Finance"})
        stage = self.stage(approver_kind="group", group_id=group.id)
        self._blocks("nobody can be asked (Members of “Finance”)", self.row(stages=[stage]))

    def test_a_quorum_larger_than_the_pool_is_not_published(self):
        stage = self.stage(self.ann + self.bob, mode="n_of_m", quorum=3)
        self._blocks("needs 3 approvals, and only 2 may decide", self.row(stages=[stage]))

    def test_one_person_for_two_stages_is_not_published(self):
        stages = [self.stage(self.ann), self.stage(self.ann, step=2, name="Finance")]
        self._blocks("nobody decides in two of them", self.row(stages=stages))

    def test_a_gap_is_told_with_its_amounts(self):
        self._warns(
            "No row is for documents in general, amounts ≥ 1,000.00",
            self.row("Small", amount_to=1000),
            self.row("Large", amount_from=2000),
        )

    def test_a_gap_of_a_place_is_told(self):
        found = self._found(self.row("North", site_id=self.site.id, amount_to=50))
        told = "\n".join(found["warns"])
        self.assertIn("documents in general, any amount", told)
        self.assertIn("documents of [NORTH] North, amounts ≥ 50.00", told)

    def test_a_row_that_is_never_reached_is_told(self):
        self._warns(
            "Row “Lab” is never reached: “North” above takes all its documents",
            self.row("North", site_id=self.site.id),
            self.row("Lab", site_id=self.part.id, amount_from=100),
            self.row("Rest"),
        )

    def test_overlapping_bands_are_noted(self):
        found = self._found(
            self.row("A", amount_to=1000, stages=[self.stage(self.ann + self.bob)]),
            self.row("B", amount_from=500, stages=[self.stage(self.ann + self.bob)]),
        )
        self.assertIn("Rows “A” and “B” are both for amounts ≥ 500.00", found["notes"][0])

    def test_archived_people_are_told(self):
        self.bob.active = False
        self._warns(
            "Bob Approver is archived, and is not asked",
            self.row(stages=[self.stage(self.ann + self.bob)]),
        )

    def test_sites_without_manager_are_named(self):
        self._warns(
            "there is no “Manager of the site” who may approve at [WEST] West",
            self.row(stages=[self.stage(site_role="manager")]),
        )

    def test_a_period_that_is_over_is_told(self):
        self._warns(
            "Row “Old” is over",
            self.row("Old", date_to=date(2020, 1, 1)),
            self.row("Rest"),
        )

    def test_who_cannot_be_done_without_is_noted(self):
        found = self._found(self.row(stages=[self.stage(self.ann)]))
        self.assertIn("cannot do without Ann Approver", found["notes"][0])

    def test_other_amounts_than_before_are_told(self):
        version = self.published()
        policy = version.policy_id.with_user(self.editor)
        policy.currency_id = self.yen
        policy.action_new_draft()
        told = [each.text for each in policy.draft_version_id._findings()]
        self.assertIn("Amounts are in JPY now. In the version in force they are in EUR.", told)
