from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import ROLES, OpsCase
from .test_access import RIGHTS

# What belongs to no company.
SHARED = {
    "ops.exception.category",
    "ops.exception.cause",
    "ops.exception.resolution",
    "ops.event.type",
    "ops.event.type.field",
    "ops.event.type.version",
}
# Tested where events, deliveries and callbacks are.
EARLIER = {
    "ops.site",
    "ops.event",
    "ops.endpoint",
    "ops.endpoint.header",
    "ops.endpoint.health",
    "ops.endpoint.inflow",
    "ops.delivery",
    "ops.delivery.attempt",
    "ops.callback",
    "ops.callback.call",
    "ops.audit.entry",
}
# Of a company, and of no site.
COMPANY_WIDE = {
    "ops.exception.team",
    "ops.exception.assignment",
    "ops.sla.policy",
    "ops.sla.policy.version",
    "ops.sla.target",
    "ops.escalation.policy",
    "ops.escalation.policy.version",
    "ops.escalation.step",
    "ops.runbook",
    "ops.runbook.step",
    "ops.runbook.line",
    "ops.automation",
    "ops.audit.seal",
    "ops.audit.unsealed",
    "ops.audit.verification",
}


@tagged("post_install", "-at_install")
class TestAccessPlaces(OpsCase):
    """Of each model of time and exceptions: who works elsewhere does not see it, in no role."""

    def _everything_at(self, site):
        """One record or more of each model, at a site and in its company."""
        company = site.company_id
        people = {"company_id": company.id, "company_ids": company.ids}
        manager = self._create_user("manager", "t_local", **people)
        team = self.env["ops.exception.team"].create(
            {
                "name": "Local",
                "code": "LOCAL",
                "company_id": company.id,
                "responsible_id": manager.id,
            }
        )
        rule = self.env["ops.exception.assignment"].create(
            {"company_id": company.id, "team_id": team.id}
        )
        made = [team, rule, *self._measured_at(site), *self._by_hand_at(site, manager)]
        made += self._trail_of(site)
        exception = next(each for each in made if each._name == "ops.exception")
        reviews = self.env["ops.exception.review"].with_user(manager)
        review = reviews._start(company, site).sudo()
        made += [exception.step_ids, review, review.line_ids]
        return {records._name: records for records in made}

    def _measured_at(self, site):
        """An exception under a service level, an escalation and a control."""
        company = site.company_id
        category = self.env["ops.exception.category"].create({"name": "Local", "code": "t_local"})
        model = self.env["ir.model"]._get_id("ops.exception")
        level = self.env["ops.sla.policy"].create(
            {
                "name": "Local",
                "company_id": company.id,
                "model_id": model,
                "domain": "[('category_id.code', '=', 't_local')]",
                "stop_domain": "[('is_open', '=', False)]",
                "target_ids": [Command.create({"name": "All", "budget_hours": 8})],
            }
        )
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        exception = self.env["ops.exception"]._raise_exception("t_local", "It broke.", site)
        clock = self.env["ops.sla.clock"].search([("policy_id", "=", level.id)])
        escalation = self.env["ops.escalation.policy"].create(
            {
                "name": "Local",
                "company_id": company.id,
                "model_id": model,
                "hours": "clock",
                "step_ids": [
                    Command.create(
                        {
                            "kind": "activity",
                            "delay_hours": 1,
                            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                        }
                    )
                ],
            }
        )
        run = escalation._start(exception, "It waits.").sudo()
        log = self.env["ops.escalation.log"].create(
            {
                "escalation_id": run.id,
                "company_id": company.id,
                "site_id": site.id,
                "step_number": 1,
                "repetition": 0,
                "happened_at": fields.Datetime.now(),
                "outcome": "done",
            }
        )
        control = self.env["ops.control"].create(
            {
                "name": "Local",
                "code": "t_local",
                "company_id": company.id,
                "site_id": site.id,
                "model_id": self.env["ir.model"]._get_id("ops.site"),
                "domain": "[('code', '=', 'T-LOCAL')]",
                "category_id": category.id,
                "limit_hours": 1,
            }
        )
        control_run = self.env["ops.control.run"].create(
            {
                "control_id": control.id,
                "company_id": company.id,
                "started_at": fields.Datetime.now(),
                "state": "done",
            }
        )
        levels = (level, level.version_ids, level.target_ids, clock)
        escalations = (escalation, escalation.version_ids, escalation.step_ids, run, log)
        return (exception, *levels, *escalations, control, control_run)

    def _by_hand_at(self, site, owner):
        """A runbook, an entry of the register, and a fallback with its list."""
        place = {"company_id": site.company_id.id}
        runbook = self.env["ops.runbook"].create(
            {
                "name": "Local",
                "code": "T-LOCAL",
                "owner_id": owner.id,
                **place,
                "step_ids": [Command.create({"what": "Call"})],
                "line_ids": [Command.create({"label": "Article"})],
            }
        )
        cron = self.env["ir.cron"].create(
            {
                "name": "Local",
                "model_id": self.env["ir.model"]._get_id("ops.site"),
                "state": "code",
                "code": "pass",
            }
        )
        automation = self.env["ops.automation"].create(
            {
                "name": "Local",
                "code": "t_local",
                "owner_id": owner.id,
                "kind": "cron",
                "cron_id": cron.id,
                **place,
            }
        )
        fallback = self.env["ops.fallback"].create(
            {
                "name": "Local",
                "reason": "It broke.",
                "since": fields.Datetime.now(),
                "user_id": owner.id,
                "runbook_id": runbook.id,
                "site_id": site.id,
                **place,
            }
        )
        item = self.env["ops.fallback.item"].create(
            {"fallback_id": fallback.id, "name": "Ordered", "site_id": site.id, **place}
        )
        return (runbook, runbook.step_ids, runbook.line_ids, automation, fallback, item)

    def _trail_of(self, site):
        """The seal of an entry, another that waits for one, and a verification."""
        company_id = site.company_id.id
        entries = self.env["ops.audit.entry"]
        sealed = entries._record("test.done", site)
        while self.env["ops.audit.seal"]._seal_batch():
            pass
        waiting = entries._record("test.done", site)
        seal = self.env["ops.audit.seal"].search([("entry_id", "in", sealed.ids)])
        unsealed = self.env["ops.audit.unsealed"].search([("entry_id", "in", waiting.ids)])
        return [seal, unsealed, self.env["ops.audit.verification"]._verify([company_id])]

    def _check(self, made, models, people):
        for name in sorted(models):
            records = made[name]
            self.assertTrue(records, name)
            for role, user in people.items():
                if "r" not in RIGHTS[name].get(role, ""):
                    continue
                seen = self.env[name].with_user(user).with_context(active_test=False)
                found = seen.search([("id", "in", records.ids)])
                self.assertFalse(found, (name, role))
                self.assertFalse(
                    seen.browse(records.ids)._filtered_access("read"), (name, role, "by id")
                )

    def test_every_model_is_shared_or_tested_for_both_companies(self):
        made = set(self._everything_at(self.foreign_site))
        dialogs = {name for name in RIGHTS if self.registry[name]._transient}
        self.assertEqual(made | SHARED | EARLIER | dialogs, set(RIGHTS))

    def test_nobody_sees_what_is_of_another_company(self):
        made = self._everything_at(self.foreign_site)
        self._check(made, made, {role: self._create_user(role) for role in ROLES})

    def test_who_works_at_one_site_does_not_see_what_is_of_another(self):
        made = self._everything_at(self.other_site)
        people = {
            role: self._create_user(role, ops_site_ids=self.site.ids)
            for role in ("user", "manager", "auditor")
        }
        self._check(made, set(made) - COMPANY_WIDE, people)

    def test_who_works_there_sees_all_of_it(self):
        made = self._everything_at(self.other_site)
        auditor = self._create_user("auditor", ops_site_ids=self.other_site.ids)
        for name, records in made.items():
            seen = self.env[name].with_user(auditor).with_context(active_test=False)
            self.assertEqual(seen.search([("id", "in", records.ids)]), records, name)

    def test_a_dialog_is_of_who_opened_it(self):
        for name in RIGHTS:
            if self.registry[name]._transient:
                own = self.env["ir.rule"].search([("model_id.model", "=", name)])
                self.assertIn("create_uid", own.domain_force or "", name)
