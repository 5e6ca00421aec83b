from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.contract import INTERNAL, Contract, ContractError, declare_callback
from ..core.contract import tagged as field
from ..core.link import check_link
from ..core.problem import Problem
from .common import ANSWER
from .test_ops_callback import CallbackCase

FAILED = "automation.failed"
NEWS = "test.thing.told"


class ThingTold(Contract):
    verdict: str = field(INTERNAL, min_length=1)


declare_callback(
    NEWS,
    ThingTold,
    model="ops.site",
    method="_ops_take_test_answer",
    module="healthcare_ops_automation_test",
    name="A thing was told",
    description="Something for tests that answers no event.",
    example={"verdict": "fine"},
    is_answer=False,
)


@tagged("post_install", "-at_install")
class TestCallbackWithoutEvent(CallbackCase):
    """Callbacks that answer no event, and the one by which automations tell of their failure."""

    def _receive(self, raw, message_id="msg-1"):
        public = self.env(user=self.env.ref("base.public_user").id, su=False)
        headers = self._headers(raw, message_id)
        return public["ops.callback"]._receive(self.endpoint.token, headers, raw)

    def _without_event(self, **changes):
        return self._body(**{"type": NEWS, "inreplyto": None, **changes})

    def _failure(self, message_id="msg-1", inreplyto=None, **data):
        data = {
            "automation": "Supplier availability",
            "message": "The supplier's system is down.",
            "step": "Ask supplier",
            "execution": "1042",
            "url": "https://n8n.example.com/workflow/a1/executions/1042",
            "occurred_at": "2026-11-22T10:00:00Z",
            **data,
        }
        body = self._body(type=FAILED, inreplyto=inreplyto, data=data)
        answer = self._receive(body, message_id)
        return answer, self.env["ops.exception"].browse(answer["exception"])

    def _told(self):
        return self.env["ops.callback"].search([("endpoint_id", "=", self.endpoint.id)])

    def _assert_problem(self, words, raw):
        with self.assertRaises(Problem) as caught, self.env.cr.savepoint():
            self._receive(raw)
        self.assertEqual(caught.exception.status, 422)
        self.assertIn(words, str(caught.exception.as_dict()))
        return caught.exception

    # -- answering nothing ----------------------------------------------------------------

    def test_handler_gets_no_event_and_the_answer_says_so(self):
        seen = []
        method = "_ops_take_test_answer"
        with patch.object(
            self.registry["ops.site"],
            method,
            lambda site, event, data, cb: seen.append(event) or {},
        ):
            answer = self._receive(self._without_event())
        self.assertEqual(seen, [self.env["ops.event"]])
        self.assertEqual(answer, {"status": "accepted", "event": None})

    def test_answer_to_an_event_must_name_it(self):
        problem = self._assert_problem("inreplyto", self._body(inreplyto=None))
        self.assertEqual(problem.title, "Not a CloudEvent")
        self.assertIn(ANSWER, problem.errors[0])

    def test_event_that_is_named_all_the_same_must_have_been_sent_to_this_endpoint(self):
        self._assert_problem("inreplyto", self._without_event(inreplyto="evt_unknown"))
        self._receive(self._without_event(inreplyto=self.event.uuid))
        self.assertEqual(self._told().event_id, self.event)

    def test_company_is_the_endpoints_else_the_integration_users(self):
        self.integration.company_ids += self.other_company
        self._receive(self._without_event(), "of-nobody")
        self.endpoint.company_id = self.other_company
        self._receive(self._without_event(), "of-the-endpoint")
        found = {told.webhook_id: told.company_id for told in self._told()}
        self.assertEqual(found, {"of-nobody": self.company, "of-the-endpoint": self.other_company})

    def test_endpoint_of_a_company_the_integration_user_is_not_in_takes_nothing(self):
        self.endpoint.company_id = self.other_company
        self._assert_problem("company", self._without_event())

    def test_replay_gets_the_stored_answer(self):
        first = self._receive(self._without_event())
        self.assertEqual(self._receive(self._without_event()), first)
        self.assertEqual(self.taken, ["ok"])

    def test_text_is_removed_in_time_and_a_replay_is_known_all_the_same(self):
        first = self._receive(self._without_event())
        told = self._told()
        self.assertEqual(told.sudo()._gc_told(), (0, 0))
        self.env.cr.execute(
            "UPDATE ops_callback SET received_at = received_at - interval '91 days' WHERE id = %s",
            told.ids,
        )
        told.sudo()._gc_told()
        self.assertFalse(told.body)
        self.assertEqual(self._receive(self._without_event()), first)

    def test_reader_sees_it_without_an_event(self):
        self._receive(self._without_event())
        told = self._told().with_user(self._create_user("manager"))
        self.assertEqual(told.display_name, "Message msg-1")
        self.assertIn(NEWS, told.pretty_body)

    # -- automation.failed ----------------------------------------------------------------

    def test_failure_becomes_an_exception_that_says_what_and_where(self):
        owner = self._create_user("user")
        self.endpoint.owner_id = owner
        answer, told = self._failure()
        self.assertEqual(told.category_id.code, "automation_failed")
        for words in ("Supplier availability", "Ask supplier", "is down", "1042", "Receiver"):
            self.assertIn(words, told.reason)
        self.assertEqual(told.external_url, "https://n8n.example.com/workflow/a1/executions/1042")
        self.assertEqual((told.company_id, told.user_id), (self.company, owner))
        self.assertEqual((told.res_model, told.res_id), ("ops.endpoint", self.endpoint.id))
        self.assertIn("Automation failed", answer["summary"])
        self.assertTrue(told.manual_procedure)

    def test_repeats_count_on_it_and_show_the_last_run(self):
        _answer, first = self._failure("one")
        _answer, again = self._failure("two", execution="1043", url="https://n8n.example.com/1043")
        _answer, other = self._failure("three", step="Answer")
        self.assertEqual(again, first)
        self.assertEqual(first.occurrence_count, 2)
        self.assertEqual(first.external_url, "https://n8n.example.com/1043")
        self.assertIn("1043", first.reason)
        self.assertNotEqual(other, first)

    def test_event_that_was_worked_on_gives_the_exception_its_place(self):
        for how in ({"event": self.event.uuid}, {"inreplyto": self.event.uuid}):
            _answer, told = self._failure(str(how), step=str(how)[:10], **how)
            self.assertEqual(told.event_id, self.event)
            self.assertEqual((told.company_id, told.site_id), (self.company, self.site))
            self.assertEqual(told.res_name, self.event.record_name)

    def test_event_of_others_is_not_touched(self):
        other = self._emit(self.other_site)
        foreign = self._emit(self.foreign_site)
        self._commit()
        other.delivery_ids.sudo().unlink()
        for n, event in enumerate((other, foreign)):
            _answer, told = self._failure(f"msg-{n}", event=event.uuid)
            self.assertFalse(told.event_id)
            self.assertEqual(told.company_id, self.company)

    def test_integration_user_needs_no_right_and_gets_none(self):
        _answer, told = self._failure()
        exceptions = told.with_user(self.integration)
        self.assertFalse(exceptions.has_access("read"))

    def test_link_that_could_do_harm_is_refused_by_name(self):
        for url in (
            "javascript:alert(1)",
            "ftp://n8n.example.com/",
            "https://",
            "https:///x",
            "https://user:secret@n8n.example.com/",
            "https://n8n.example.com/ x",
            "https://n8n.example.com:port/",
            "https://n8n.example.com/" + "x" * 1000,
        ):
            raw = self._body(
                type=FAILED,
                inreplyto=None,
                data={
                    "automation": "A",
                    "message": "m",
                    "url": url,
                    "occurred_at": "2026-11-22T10:00:00Z",
                },
            )
            problem = self._assert_problem("data.url", raw)
            self.assertNotIn("secret", str(problem.as_dict()))
            with self.assertRaises(ValueError):
                check_link(url)
        self.assertIsNone(check_link(None))
        with self.assertRaisesRegex(ValidationError, "Where it happened"):
            self.env["ops.exception"]._raise_exception(
                "automation_failed", "x", self.site, external_url="javascript:alert(1)"
            )

    def test_failure_without_the_rest_is_told_too(self):
        _answer, told = self._failure(step=None, execution=None, url=None)
        self.assertFalse(told.external_url)
        self.assertIn("is down", told.reason)
        with self.assertRaises(Problem):
            self._failure("msg-2", message="")

    def test_contract_says_each_field(self):
        from ..contracts.automation_failed import AutomationFailed

        with self.assertRaises(ContractError) as caught:
            AutomationFailed.model_validate({"nothing": 1})
        wrong = {error["loc"][0] for error in caught.exception.errors()}
        self.assertEqual(wrong, {"automation", "message", "occurred_at", "nothing"})
