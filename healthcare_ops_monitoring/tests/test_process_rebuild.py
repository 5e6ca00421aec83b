import random
from datetime import date, datetime, time, timedelta

from pytz import timezone, utc

from odoo.tests import TransactionCase, tagged

from .projecting import MILESTONES, ProjectingMixin, day

ZONE = "Europe/Berlin"
HOLIDAY = date(2026, 4, 6)  # Easter Monday, a week after the clocks went forward


def expected(events):
    """Cases and steps of one record, told step by step, independent of ``core/cases.py``.

    :param events: dicts with id, at, sequence, role, site (None: around the clock)
    """
    cases, steps = [], []
    for event in sorted(events, key=lambda each: (each["at"], each["sequence"])):
        current = cases[-1] if cases else None
        is_open = current is not None and current["end"] is None
        if current is None or (event["role"] == "start" and not is_open):
            current = {"begin": event["at"], "end": None, "times": [], "rework": 0, "again": 0}
            cases.append(current)
            rework = event["role"] == "rework"
        else:
            rework = event["role"] in ("start", "rework")
            if event["role"] == "rework" and not is_open:
                current["end"] = None
                current["again"] += 1
        if event["role"] == "end" and current["end"] is None:
            current["end"] = event["at"]
            current["worked"] = worked(current["begin"], event["at"], event["site"])
        before = current["times"][-1] if current["times"] else event["at"]
        current["times"].append(event["at"])
        current["rework"] += rework
        current["site"] = event["site"]
        steps.append(
            (
                event["id"],
                len(cases),
                rework,
                seconds(before, event["at"]),
                worked(before, event["at"], event["site"]),
                seconds(current["begin"], event["at"]),
                worked(current["begin"], event["at"], event["site"]),
            )
        )
    return cases, steps


def seconds(start, end):
    return int((end - start).total_seconds())


def worked(start, end, site):
    """Seconds between 8 and 16 o'clock in Berlin, Monday to Friday, but for the holiday."""
    if not site:
        return seconds(start, end)
    zone, total = timezone(ZONE), 0
    today = start.date() - timedelta(days=1)
    while today <= end.date() + timedelta(days=1):
        if today.weekday() < 5 and today != HOLIDAY:
            first, last = (
                zone.localize(datetime.combine(today, time(hour)))
                .astimezone(utc)
                .replace(tzinfo=None)
                for hour in (8, 16)
            )
            total += max(seconds(max(first, start), min(last, end)), 0)
        today += timedelta(days=1)
    return total


@tagged("post_install", "-at_install")
class TestProcessRebuild(ProjectingMixin, TransactionCase):
    """Generated logs: what was appended, what came late and what a rebuild gives agree with a
    plain computation, to the second."""

    RECORDS = 12

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.make_site("Berlin", tz=ZONE)
        cls.elsewhere = cls.make_site("Closed", tz=ZONE)
        zone = timezone(ZONE)
        first, last = (
            zone.localize(datetime.combine(HOLIDAY, moment)).astimezone(utc).replace(tzinfo=None)
            for moment in (time(0), time(23, 59, 59))
        )
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "Easter Monday",
                "company_id": cls.env.company.id,
                "date_from": first,
                "date_to": last,
            }
        )

    def _generate(self, seed):
        """Events over five weeks that hold a change of the clocks and a holiday; those of a
        record overlap with others, some are late, some cases are left open."""
        chance = random.Random(seed)
        log = {record: [] for record in range(1, self.RECORDS + 1)}
        drafts = []
        for record in log:
            moment = day(16) + timedelta(seconds=chance.randrange(7 * 86400))
            for _number in range(chance.randrange(1, 12)):
                moment += timedelta(seconds=chance.choice((0, 1, 3599, chance.randrange(400_000))))
                drafts.append((record, moment, chance.choice(list(MILESTONES))))
        drafts.sort(key=lambda draft: draft[1])
        for _number in range(len(drafts) // 5):  # told later than they happened
            drafts.append(drafts.pop(chance.randrange(len(drafts))))
        for number, (record, moment, milestone) in enumerate(drafts):
            site = chance.choice((self.site, self.site, None))
            event = self.happen(milestone, moment, record=record, site=site)
            role = MILESTONES[milestone]
            facts = {"id": event.id, "at": moment, "sequence": event.sequence, "role": role}
            log[record].append({**facts, "site": site})
            if number % 7 == 0:
                self.project()
        self.project()
        return log

    def _assert_as_expected(self, log):
        for record, events in log.items():
            cases, steps = expected(events)
            found = self.cases(record)
            self.assertEqual(
                [
                    (
                        case.round,
                        case.opened_at,
                        case.closed_at or None,
                        case.wall_seconds,
                        case.working_seconds,
                        case.step_count,
                        case.rework_count,
                        case.reopened_count,
                        case.site_id.id,
                    )
                    for case in found
                ],
                [
                    (
                        number,
                        case["begin"],
                        case["end"],
                        seconds(case["begin"], case["end"]) if case["end"] else 0,
                        case["worked"] if case["end"] else 0,
                        len(case["times"]),
                        case["rework"],
                        case["again"],
                        case["site"].id if case["site"] else False,
                    )
                    for number, case in enumerate(cases, start=1)
                ],
                f"cases of record {record}",
            )
            self.assertEqual(
                [
                    (
                        step.event_id.id,
                        case.round,
                        step.rework,
                        step.wall_seconds,
                        step.working_seconds,
                        step.wall_since_start,
                        step.working_since_start,
                    )
                    for case in found
                    for step in case.step_ids
                ],
                steps,
                f"steps of record {record}",
            )

    def test_generated_logs_agree_with_a_plain_computation_before_and_after_a_rebuild(self):
        for seed in (1, 2, 3):
            with self.subTest(seed=seed):
                log = self._generate(seed)
                self._assert_as_expected(log)
                before = self.rows()
                self.assertTrue(any(case[7] == "open" for case in before[0]))
                self.assertTrue(any(case[15] for case in before[0]), "some are opened again")
                self.process._rebuild()
                self.project()
                self.assertEqual(self.rows(), before)
                self._assert_as_expected(log)
                self.env["ops.case"].search([("process_id", "=", self.process.id)]).unlink()
                self.env["ops.event"].search([("type_id", "in", self._type_ids())]).unlink()

    def _type_ids(self):
        return [event_type.id for event_type in self.types.values()]

    def test_the_fingerprint_follows_the_hours_and_nothing_else(self):
        self.happen("begun", day(16), site=self.site)
        self.happen("begun", day(16), record=2, site=self.elsewhere)
        self.happen("begun", day(16), record=3)
        self.project()
        prints = [self.cases(record).calendar_fingerprint for record in (1, 2, 3)]
        self.assertEqual(prints[0], prints[1], "the same hours")
        self.assertEqual(prints[2], "24x7")
        self.elsewhere.resource_calendar_id.attendance_ids[0].hour_to = 15
        self.site.resource_calendar_id.name = "Renamed"
        self.process._rebuild()
        self.project()
        self.assertEqual(self.cases(1).calendar_fingerprint, prints[0])
        self.assertNotEqual(self.cases(2).calendar_fingerprint, prints[1])

    def test_rebuilding_a_process_leaves_others_and_new_events_alone(self):
        other = self.make_type("t.projecting.other", "t_other", "seen")
        self.happen("begun", day(16))
        self.make_event(other)
        self.project()
        process = self.env["ops.process"].search([("code", "=", "t_other")])
        kept = self.env["ops.case"].search([("process_id", "=", process.id)])
        self.assertTrue(kept)
        self.process._rebuild()
        self.assertTrue(self.process.rebuild_asked_at)
        self.happen("done", day(17))
        self.project()
        self.assertEqual(self.env["ops.case"].search([("process_id", "=", process.id)]), kept)
        self.assertEqual(self.cases().state, "closed")
        self.assertEqual(self.cases().step_count, 2)

    def test_a_rebuild_gets_through_while_events_keep_coming(self):
        for record in range(1, 7):
            self.happen("begun", day(16), record=record)
        self.project()
        self.process._rebuild()
        projector, processes = self.env["ops.projector"], self.env["ops.process"]
        passes = 0
        while self.process.rebuild_asked_at and passes < 10:
            passes += 1
            # Of records that had a case, and of others.
            self.happen("done", day(17, minute=passes), record=passes)
            self.assertTrue(projector._project_batch())
            processes._rebuild_batch()
        self.assertLess(passes, 10, "it does not come to an end")
        self.project()
        after = self.rows()
        self.process._rebuild()
        self.project()
        self.assertEqual(self.rows(), after)
        self.assertEqual(len(after[1]), 6 + passes, "every event is a step")

    def test_a_process_that_was_away_gets_its_cases_back(self):
        """As when its pack is uninstalled and installed again."""
        self.happen("begun", day(16))
        self.happen("done", day(17))
        self.project()
        names = {each.code: (each.process_code, each.milestone_code) for each in self._types()}
        self._types().unlink()
        self.assertFalse(self.process.exists())
        for code, place in names.items():
            self.make_type(code, *place)
        process = self.env["ops.process"].search([("code", "=", self.code)])
        self.project()
        self.assertFalse(process.rebuild_asked_at)
        case = self.env["ops.case"].search([("process_id", "=", process.id)])
        self.assertEqual((case.state, case.step_count, case.closed_at), ("closed", 2, day(17)))

    def test_a_milestone_that_was_away_gets_its_steps_back(self):
        self.happen("begun", day(16))
        self.happen("done", day(17))
        self.project()
        self.types["done"].unlink()
        self.assertFalse(self.milestones["done"].exists())
        self.make_type("t.projecting.done", self.code, "done")
        self.project()
        self.assertEqual((self.cases().state, self.cases().step_count), ("closed", 2))

    def test_a_new_milestone_of_which_nothing_was_told_changes_no_case(self):
        self.happen("begun", day(16))
        self.project()
        self.make_type("t.projecting.another", self.code, "another")
        self.assertIn("another", self.process.milestone_ids.mapped("code"))
        self.assertFalse(self.process.rebuild_asked_at)

    def _types(self):
        return self.env["ops.event.type"].browse(self._type_ids())

    def test_an_administrator_may_ask_for_it_and_it_is_kept_in_the_trail(self):
        admin = self.in_role("admin")
        self.process.with_user(admin).action_rebuild()
        self.assertTrue(self.process.rebuild_asked_at)
        entry = self.env["ops.audit.entry"].search([("action", "=", "process.rebuild")], limit=1)
        self.assertEqual((entry.res_id, entry.actor_id), (self.process.id, admin.id))
