import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..core import signing
from ..core.call import Call
from ..core.problem import Problem
from .test_ops_callback import CallbackCase

MISMATCH = Problem(401, "Signature refused", signing.MISMATCH)


class CallCase(CallbackCase):
    """Calls written into the log, as the route does."""

    def setUp(self):
        super().setUp()
        self.calls = self.env["ops.callback.call"]
        # What the demo network holds is not these tests'.
        self.env.cr.execute("UPDATE ops_callback_call SET told_count = call_count")

    def _refuse(self, problem=MISMATCH, endpoint=None, count=1):
        for _n in range(count):
            call = Call((endpoint or self.endpoint).token, source="10.1.2.3")
            self._without_rollback(call, problem)

    def _without_rollback(self, call, problem):
        self.env.flush_all()
        self.calls._know_endpoint(call)
        self.calls._count(call, self.calls._problem_values(problem))

    def _accept(self, endpoint=None, event=None):
        endpoint, event = endpoint or self.endpoint, event or self.event
        call = Call(
            endpoint.token,
            endpoint_id=endpoint.id,
            is_verified=True,
            webhook_id="m",
            type_code="test.thing.answered",
            event_id=event.id,
            company_id=event.company_id.id,
            site_id=event.site_id.id,
        )
        self.env.flush_all()
        self.calls._log_answered(call)

    def _of(self, endpoint=None):
        return self.calls.search([("endpoint_id", "=", (endpoint or self.endpoint).id)])


@tagged("post_install", "-at_install")
class TestOpsCallbackCallAccess(CallCase):
    """Who reads the log of which endpoint."""

    def setUp(self):
        super().setUp()
        self.foreign_event = self._emit(self.foreign_site)
        self.foreign = self._create_endpoint(
            company_id=self.other_company.id, user_id=self.integration.id
        )
        self._commit()
        self._accept()
        self._refuse()
        self._refuse(endpoint=self.foreign)

    def _seen(self, user):
        return self.calls.with_user(user).search([("endpoint_id", "in", self._ids())])

    def _ids(self):
        return (self.endpoint | self.foreign).ids

    def test_managers_administrators_and_auditors_read_those_of_their_companies(self):
        for role in ("manager", "admin", "auditor"):
            self.assertEqual(self._seen(self._create_user(role)), self._of(), role)

    def test_owner_reads_those_of_own_endpoints_and_a_colleague_none(self):
        owner, colleague = self._create_user("user", "t_owner"), self._create_user("user")
        self.endpoint.owner_id = owner
        self.assertEqual(self._seen(owner), self._of())
        self.assertEqual(len(self._seen(owner)), 2)
        self.assertFalse(self._seen(colleague))
        with self.assertRaises(AccessError):
            self._of().with_user(colleague).read(["detail"])
        # What the list shows can be read without the right to read endpoints.
        shown = self._seen(owner).web_read({"endpoint_id": {"fields": {"display_name": {}}}})
        self.assertEqual(shown[0]["endpoint_id"]["display_name"], "Receiver")

    def test_owner_of_another_company_reads_nothing_of_it(self):
        owner = self._create_user("user", "t_owner")
        self.foreign.owner_id = owner
        self.assertFalse(self._seen(owner))

    def test_answer_about_another_company_is_not_for_this_one(self):
        self._accept(event=self.foreign_event)
        manager = self._create_user("manager")
        self.assertFalse(
            self._seen(manager).filtered(lambda call: call.event_id == self.foreign_event)
        )

    def test_people_of_a_site_see_its_calls_and_those_of_none(self):
        manager = self._create_user("manager", ops_site_ids=[(6, 0, self.other_site.ids)])
        self.assertEqual(set(self._seen(manager).mapped("status")), {401})
        manager.ops_site_ids = self.site
        self.assertEqual(set(self._seen(manager).mapped("status")), {200, 401})

    def test_nobody_writes_or_deletes_it(self):
        for role in ("user", "manager", "admin", "auditor"):
            calls = self._of().with_user(self._create_user(role, f"t_w_{role}"))
            for operation in ("write", "create", "unlink"):
                self.assertFalse(calls.has_access(operation), (role, operation))

    def test_endpoints_page_shows_its_figures(self):
        self._accept()
        self._refuse(count=2)
        manager = self._create_user("manager")
        endpoint = self.endpoint.with_user(manager)
        endpoint.invalidate_recordset()
        self.assertEqual((endpoint.accepted_count, endpoint.refused_count), (2, 3))
        self.assertEqual((endpoint.repeated_count, endpoint.call_count), (0, 5))
        self.assertTrue(endpoint.last_call_at)
        self.assertTrue(endpoint.last_call_text)
        action = endpoint.action_open_calls()
        self.assertEqual(action["res_model"], "ops.callback.call")
        for view in ("list", "form", "search", "graph"):
            self.calls.with_user(manager).get_view(view_type=view)


@tagged("post_install", "-at_install")
class TestRefusedSignatures(CallCase):
    """Calls refused for their signature are told to a person, and the exception closes itself."""

    def _watch(self):
        self.env.flush_all()
        with self._without_commits():
            self.env["ops.delivery"]._cron_watch_answers()
        self.env.invalidate_all()

    def _told(self, endpoint=None):
        return self.env["ops.exception"].search(
            [("cause_key", "=", f"callback_refused:{(endpoint or self.endpoint).id}")]
        )

    def _an_hour_passes(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_callback_call SET last_at = last_at - interval '61 minutes',"
            " called_at = called_at - interval '61 minutes'"
        )
        self.env.invalidate_all()

    def test_secret_changed_on_one_side_is_told_and_closes_after_mending(self):
        self.endpoint.owner_id = owner = self._create_user("user")
        self._refuse(count=12)
        self._watch()
        told = self._told()
        self.assertEqual(told.category_id.code, "callback_refused")
        for words in ("12 calls", "Receiver", "secret may have been changed", "10.1.2.3"):
            self.assertIn(words, told.reason)
        self.assertEqual((told.occurrence_count, told.user_id), (12, owner))
        self.assertEqual(told.company_id, self.company)
        self._accept()
        self._watch()
        self.assertEqual(told.state, "new", "it was refused just now")
        self._an_hour_passes()
        self._accept()
        self._watch()
        self.assertEqual(told.state, "resolved")
        self.assertIn("verified", told.resolution)

    def test_more_refusals_count_on_it_once(self):
        self._refuse(count=2)
        self._watch()
        self._watch()
        self._refuse(count=3)
        self._watch()
        told = self._told()
        self.assertEqual(len(told), 1)
        self.assertEqual(told.occurrence_count, 5)
        self.assertIn("5 calls", told.reason)

    def test_silence_mends_nothing(self):
        self._refuse()
        self._watch()
        self._an_hour_passes()
        self._watch()
        self.assertEqual(self._told().state, "new", "nobody has called since")

    def test_reason_tells_a_wrong_clock_and_a_missing_signature_from_a_wrong_secret(self):
        for detail, words in ((signing.STALE, "clocks"), (signing.UNSIGNED, "not signed")):
            endpoint = self._create_endpoint()
            self._refuse(Problem(401, "Signature refused", detail), endpoint)
            self._watch()
            self.assertIn(words, self._told(endpoint).reason)

    def test_other_refusals_are_not_told_of(self):
        self._refuse(Problem(413, "Too large", "At most"))
        self._refuse(Problem(404, "Unknown endpoint", "No endpoint"))
        self._watch()
        self.assertFalse(self._told())

    def test_what_a_person_closed_is_told_anew_when_it_goes_on(self):
        self._refuse()
        self._watch()
        self._told().write({"state": "accepted", "resolution": "A test of the partner."})
        self._watch()
        self.assertEqual(len(self._told()), 1)
        self._refuse()
        self._watch()
        self.assertEqual(len(self._told()), 2)

    def test_manual_procedures_are_there_and_stay_as_people_edit_them(self):
        for code in ("automation_failed", "answer_overdue", "callback_refused"):
            category = self.env.ref(f"healthcare_ops_automation.exception_category_{code}")
            self.assertTrue(category.manual_procedure)
            [data] = self.env["ir.model.data"].search(
                [("model", "=", category._name), ("res_id", "=", category.id)]
            )
            self.assertTrue(data.noupdate)

    def test_time_of_the_last_call_is_kept_apart_from_its_minute(self):
        self._refuse()
        [call] = self._of()
        self.assertEqual(call.called_at, call.called_at.replace(second=0, microsecond=0))
        self.assertLess(abs(fields.Datetime.now() - call.last_at), timedelta(minutes=5))
        self.assertNotIn(self.endpoint.secret_in, json.dumps(call.read(), default=str))
