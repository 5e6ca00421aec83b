import json

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .composing import compose
from .escalating import EscalationCase


@tagged("post_install", "-at_install")
class TestEscalationActs(EscalationCase):
    """What each kind of step does, to whom, and when it is left out."""

    def _taken(self, step, exception=None, **values):
        """The log's entry of a policy's only step, taken on an exception of the worker."""
        self.exception = exception or self._waiting()
        self.run = self._policy(step, **values)._start(self.exception, "It is late.")
        self._pass(hours=1)
        return self.run.log_ids

    def _field(self, name, model="ops.exception"):
        return self.env["ir.model.fields"]._get(model, name)

    # -- activity -------------------------------------------------------------------------

    def test_activity_says_what_the_step_says_in_the_record_s_words(self):
        entry = self._taken(
            {
                "recipient": "responsible",
                "summary": "Decide on {{ object.category_id.name }}",
                "text": "{{ object.site_id }}, {{ object.severity }}: {{ object.resolution ||| no "
                "answer }} <b>",
                "deadline_days": 2,
            }
        )
        activity = self.exception.activity_ids
        self.assertEqual(
            (entry.outcome, entry.whom, entry.result),
            ("done", "Wilma Worker", "An activity was scheduled."),
        )
        self.assertEqual((activity.user_id, activity.summary), (self.worker, "Decide on Delayed"))
        self.assertIn("[T-HARBOUR] Harbour Clinic, Medium: no answer &lt;b&gt;", activity.note)
        self.assertEqual((activity.date_deadline - self.now.date()).days, 2)

    def test_activity_of_a_step_without_text_says_why_it_was_started(self):
        self._taken({"recipient": "responsible"})
        activity = self.exception.activity_ids
        self.assertEqual(activity.summary, "Waits too long")
        self.assertIn("It is late.", activity.note)

    def test_whom_a_step_reaches(self):
        other = self._create_user("user", "t_other", name="Otto Other")
        group = self.env["res.groups"].create(
            {"name": "On duty", "user_ids": [Command.set((other | self.chief).ids)]}
        )
        for recipient, values, users in (
            ("responsible", {}, self.worker),
            ("manager", {}, self.boss),
            ("site_manager", {}, self.boss),
            ("users", {"user_ids": [Command.set((other | self.worker).ids)]}, other | self.worker),
            ("group", {"group_id": group.id}, other | self.chief),
        ):
            with self.subTest(recipient):
                self._taken({"recipient": recipient, **values}, self._waiting(name=recipient))
                self.assertEqual(self.exception.activity_ids.user_id, users)

    def test_one_level_up_from_the_site_s_manager_is_the_one_above(self):
        self._taken({"recipient": "manager"}, self._waiting(user=self.boss))
        self.assertEqual(self.exception.activity_ids.user_id, self.chief)

    def test_people_without_access_to_the_place_are_passed_over(self):
        elsewhere = self._create_user(
            "user", "t_else", name="Ella Elsewhere", ops_site_ids=[Command.set(self.other_site.ids)]
        )
        abroad = new_test_user(
            self.env,
            "t_abroad",
            name="Abel Abroad",
            groups="healthcare_ops_automation.group_ops_user",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        gone = self._create_user("user", "t_gone", name="Gerd Gone")
        people = elsewhere | abroad | gone | self.worker
        policy = self._policy({"recipient": "users", "user_ids": [Command.set(people.ids)]})
        exception = self._waiting()
        run = policy._start(exception, "late")
        gone.active = False
        self._pass(hours=1)
        self.assertEqual(exception.activity_ids.user_id, self.worker)
        for name in ("Ella", "Abel", "Gerd"):
            self.assertIn(name, run.log_ids.result)

    def test_a_step_that_finds_nobody_is_left_out_and_the_log_says_so(self):
        exception = self._waiting()
        exception.user_id = False
        entry = self._taken({"recipient": "responsible"}, exception)
        self.assertEqual((entry.outcome, entry.whom), ("skipped", ""))
        self.assertEqual(entry.result, "There is nobody to turn to.")

    # -- message and e-mail ---------------------------------------------------------------

    def test_message_is_posted_on_the_record_and_tells_who_is_meant(self):
        self._taken(
            {"kind": "message", "recipient": "site_manager", "text": "{{ object.res_name }}?"}
        )
        message = self.exception.message_ids[:1]
        self.assertIn("Harbour Clinic?", message.body)
        self.assertEqual(message.notified_partner_ids, self.boss.partner_id)
        self.assertTrue(message.subtype_id.internal)

    def test_message_to_the_followers_is_for_them(self):
        exception = self._waiting()
        exception.message_subscribe(self.chief.partner_id.ids)
        self._taken({"kind": "message", "recipient": "followers", "text": "Late."}, exception)
        self.assertIn(self.chief.partner_id, self.exception.message_ids[:1].notified_partner_ids)

    def _template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "Late",
                "model_id": self.env["ir.model"]._get_id("ops.exception"),
                "subject": "{{ object.res_name }} is late",
                "body_html": "<p>Please look.</p>",
                "auto_delete": False,
                "use_default_to": False,
                **values,
            }
        )

    def test_e_mail_waits_in_the_queue_and_is_not_sent_by_the_step(self):
        template = self._template(email_to="duty@example.org")
        entry = self._taken({"kind": "email", "template_id": template.id, "recipient": False})
        self.assertEqual((entry.outcome, entry.result), ("done", "An e-mail is in the queue."))
        mail = self.env["mail.mail"].search(
            [("subject", "=", "[T-HARBOUR] Harbour Clinic is late")]
        )
        self.assertEqual((mail.state, mail.email_to), ("outgoing", "duty@example.org"))

    def test_e_mail_goes_to_whom_the_step_says_instead_of_the_template(self):
        template = self._template(email_to="duty@example.org")
        self._taken({"kind": "email", "template_id": template.id, "recipient": "site_manager"})
        mail = self.env["mail.mail"].search(
            [("subject", "=", "[T-HARBOUR] Harbour Clinic is late")]
        )
        self.assertEqual((mail.recipient_ids, mail.email_to), (self.boss.partner_id, False))

    def test_e_mail_to_nobody_is_a_failure(self):
        entry = self._taken(
            {"kind": "email", "template_id": self._template().id, "recipient": False}
        )
        self.assertEqual(entry.outcome, "retry")
        self.assertIn("names nobody", entry.result)

    # -- changing the record --------------------------------------------------------------

    def test_record_is_reassigned(self):
        entry = self._taken({"kind": "reassign", "recipient": "manager"})
        self.assertEqual((self.exception.user_id, entry.whom), (self.boss, "Bodo Boss"))
        self.assertEqual((self.run.responsible_id, self.run.holder_id), (self.boss, self.boss))

    def test_who_is_responsible_already_is_not_assigned_again(self):
        entry = self._taken(
            {"kind": "reassign", "recipient": "users", "user_ids": [Command.set(self.worker.ids)]}
        )
        self.assertEqual(
            (entry.outcome, entry.result), ("skipped", "Wilma Worker is responsible already.")
        )

    def _priority(self, value="high", **values):
        field = self._field("severity")
        return {
            "kind": "priority",
            "field_id": field.id,
            "value_id": field.selection_ids.filtered(lambda each: each.value == value).id,
            **values,
        }

    def test_priority_is_raised_and_never_lowered(self):
        entry = self._taken(self._priority())
        self.assertEqual((self.exception.severity, entry.outcome), ("high", "done"))
        urgent = self._waiting(name="urgent")
        urgent.severity = "critical"
        entry = self._taken(self._priority(), urgent)
        self.assertEqual((urgent.severity, entry.outcome), ("critical", "skipped"))

    def test_number_is_raised_and_never_lowered(self):
        step = {
            "kind": "priority",
            "field_id": self._field("color", "ops.site").id,
            "value_number": 5,
        }
        for before, after in ((0, 5), (7, 7)):
            site = self._create_site(f"Site {before}", f"T-{before}", color=before)
            self._taken(step, site, model="ops.site")
            self.assertEqual(site.color, after)

    # -- up the line ----------------------------------------------------------------------

    def test_it_goes_one_level_up_each_time_until_nobody_is_above(self):
        policy = self._policy({"kind": "line", "repeat_every_hours": 1, "repeat_times": 9})
        exception = self._waiting()
        run = policy._start(exception, "late")
        self._pass(hours=1)
        self.assertEqual(run.holder_id, self.boss)
        self._pass(hours=1)
        self.assertEqual(run.holder_id, self.chief)
        self._pass(hours=1)
        last = run.log_ids[:1]
        self.assertEqual((last.outcome, last.is_last), ("skipped", True))
        self.assertEqual(last.result, "Nobody stands above Clea Chief.")
        self.assertEqual((run.state, exception.user_id), ("finished", self.worker))
        self.assertEqual(exception.activity_ids.user_id, self.boss | self.chief)

    def test_up_the_line_it_can_be_handed_over(self):
        policy = self._policy(
            {"kind": "line", "line_act": "reassign", "repeat_every_hours": 1, "repeat_times": 1}
        )
        exception = self._waiting()
        policy._start(exception, "late")
        self._pass(hours=1)
        self.assertEqual(exception.user_id, self.boss)
        self._pass(hours=1)
        self.assertEqual(exception.user_id, self.chief)

    def test_who_was_made_responsible_meanwhile_is_where_the_line_begins(self):
        policy = self._policy({"kind": "line", "repeat_every_hours": 1, "repeat_times": 9})
        exception = self._waiting()
        run = policy._start(exception, "late")
        exception.user_id = self.boss
        self._pass(hours=1)
        self.assertEqual(run.holder_id, self.chief)

    # -- acting elsewhere -----------------------------------------------------------------

    def _server_action(self, code, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Note it",
                "model_id": self.env["ir.model"]._get_id("ops.exception"),
                "state": "code",
                "code": code,
                **values,
            }
        )

    def test_server_action_runs_on_the_record(self):
        action = self._server_action("record.write({'resolution': 'seen'})")
        entry = self._taken({"kind": "action", "action_id": action.id})
        self.assertEqual((self.exception.resolution, entry.result), ("seen", "“Note it” was run."))

    def test_server_action_that_fails_is_rolled_back_and_told_of(self):
        action = self._server_action(
            "record.write({'resolution': 'half'})\nraise UserError('not today')"
        )
        entry = self._taken({"kind": "action", "action_id": action.id})
        self.assertEqual((entry.outcome, entry.result), ("retry", "not today"))
        self.assertFalse(self.exception.resolution)

    def test_event_is_emitted_in_the_chain_of_the_escalation(self):
        composed = compose(self.env, "test.site.late", lines=[("name", {"required": True})])
        entry = self._taken(
            {"kind": "event", "event_type_id": composed.id}, self.site, model="ops.site"
        )
        event = self.events.search([("type_id", "=", composed.id)])
        self.assertEqual(json.loads(event.body)["data"], {"name": "Harbour Clinic"})
        self.assertEqual((event.correlation_id, event.depth), (self.run.correlation_id, 1))
        self.assertEqual(entry.outcome, "done")

    def test_exception_is_opened_and_repeats_count_on_it(self):
        step = {
            "kind": "exception",
            "category_id": self.category.id,
            "severity": "critical",
            "text": "{{ object.name }} waits",
            "repeat_every_hours": 1,
            "repeat_times": 1,
        }
        entry = self._taken(
            step,
            self.site,
            model="ops.site",
            responsible_field_id=self._field("manager_id", "ops.site").id,
        )
        found = [("category_id", "=", self.category.id), ("res_model", "=", "ops.site")]
        exception = self.env["ops.exception"].search(found)
        self.assertEqual(
            (exception.reason, exception.severity, exception.site_id),
            ("Harbour Clinic waits", "critical", self.site),
        )
        self.assertEqual(entry.whom, "Bodo Boss")
        self._pass(hours=1)
        self.assertEqual(exception.occurrence_count, 2)

    # -- exceptions start escalations -----------------------------------------------------

    def test_exception_that_is_opened_starts_the_escalation_of_its_category(self):
        self.category.escalation_policy_id = self._policy({})
        exception = self._waiting()
        run = self.runs.search([("res_model", "=", "ops.exception"), ("res_id", "=", exception.id)])
        self.assertEqual((run.state, run.reason), ("running", "The exception was opened."))
        self._waiting()
        self.assertEqual(exception.occurrence_count, 2)
        self.assertEqual(
            self.runs.search_count(
                [("res_id", "=", exception.id), ("res_model", "=", "ops.exception")]
            ),
            1,
        )

    def test_dead_letter_is_escalated_through_its_exception(self):
        category = self.env.ref("healthcare_ops_automation.exception_category_delivery_given_up")
        category.escalation_policy_id = self._policy({"kind": "line"})
        endpoint = self._create_endpoint()
        event = self._emit()
        self._commit()
        event.delivery_ids.filtered(lambda each: each.endpoint_id == endpoint).state = "dead"
        self.env.flush_all()
        self.env["ops.delivery"]._report_given_up()
        exception = self.env["ops.exception"].search(
            [("category_id", "=", category.id), ("endpoint_id", "=", endpoint.id)]
        )
        self.assertTrue(exception)
        run = self.runs.search([("res_model", "=", "ops.exception"), ("res_id", "=", exception.id)])
        self.assertEqual(run.policy_id, category.escalation_policy_id)

    def test_category_takes_only_policies_about_exceptions(self):
        with self.assertRaisesRegex(UserError, "about other records"):
            self.category.escalation_policy_id = self._policy(
                {"kind": "message", "recipient": "followers", "text": "x"}, model="res.partner"
            )
