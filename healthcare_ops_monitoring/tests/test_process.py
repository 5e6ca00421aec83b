from odoo.tests import TransactionCase, tagged

from .common import HealthMixin


@tagged("post_install", "-at_install")
class TestProcess(HealthMixin, TransactionCase):
    def process(self, code):
        return self.env["ops.process"].search([("code", "=", code)])

    def test_an_event_type_brings_its_process_and_milestone(self):
        self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        self.make_type("sterile.tray.packed", "tray_cycle", "tray_packed")
        process = self.process("tray_cycle")
        self.assertEqual(process.name, "Tray cycle")
        self.assertEqual(process.milestone_ids.mapped("name"), ["Tray cleaned", "Tray packed"])
        self.assertEqual(process.milestone_ids.mapped("sequence"), [1, 2])
        self.assertEqual(process.event_type_count, 2)

    def test_a_type_without_process_brings_nothing(self):
        before = self.env["ops.process"].search([])
        self.make_type("sterile.tray.seen")
        self.assertEqual(self.env["ops.process"].search([]), before)

    def test_two_types_may_tell_the_same_milestone(self):
        self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        self.make_type("sterile.tray.recleaned", "tray_cycle", "tray_cleaned")
        milestone = self.process("tray_cycle").milestone_ids
        self.assertEqual(milestone.code, "tray_cleaned")
        self.assertEqual(milestone.event_type_count, 2)

    def test_syncing_again_changes_nothing_that_people_wrote(self):
        self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        process = self.process("tray_cycle")
        process.name = "Instrument trays"
        process.milestone_ids.description = "Out of the washer."
        self.env["ops.process"]._sync_catalogue()
        self.assertEqual(self.process("tray_cycle"), process)
        self.assertEqual(process.name, "Instrument trays")
        self.assertEqual(process.milestone_ids.description, "Out of the washer.")

    def test_a_code_that_no_type_names_any_more_goes(self):
        event_type = self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        event_type.milestone_code = "washed"
        self.assertEqual(self.process("tray_cycle").milestone_ids.mapped("code"), ["washed"])
        event_type.unlink()
        self.assertFalse(self.process("tray_cycle"))

    def test_a_type_switched_off_keeps_its_process(self):
        event_type = self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        event_type.active = False
        self.env["ops.process"]._sync_catalogue()
        self.assertEqual(self.process("tray_cycle").event_type_count, 1)

    def test_events_are_counted_and_opened_within_the_readers_companies(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        cleaned = self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        packed = self.make_type("sterile.tray.packed", "tray_cycle", "tray_packed")
        self.make_event(cleaned)
        self.make_event(packed)
        self.make_event(packed, company=south)
        process = self.process("tray_cycle")
        for company, counts in ((self.env.company, [1, 1]), (south, [0, 1])):
            with self.subTest(company=company.name):
                reader = self.in_role("auditor", company=company)
                seen = process.with_user(reader)
                self.assertEqual(seen.milestone_ids.mapped("event_count"), counts)
                self.assertEqual(seen.event_count, sum(counts))
                events = self.env["ops.event"].with_user(reader)
                domain = seen.action_open_events()["domain"]
                self.assertEqual(events.search_count(domain), sum(counts))
                for milestone, count in zip(seen.milestone_ids, counts, strict=True):
                    domain = milestone.action_open_events()["domain"]
                    self.assertEqual(events.search_count(domain), count)

    def test_the_process_opens_its_own_milestones(self):
        self.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        process = self.process("tray_cycle")
        domain = process.action_open_milestones()["domain"]
        self.assertEqual(self.env["ops.milestone"].search(domain), process.milestone_ids)
