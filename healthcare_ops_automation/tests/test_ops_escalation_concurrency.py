import threading

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsEscalationConcurrency(BaseCase):
    """Several at once, with real commits; what they leave is removed."""

    EXECUTORS = 3
    RECORDS = 12

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.others = env["ops.escalation"].search([("state", "=", "running")]).ids
            cr.execute(
                "UPDATE ops_escalation SET next_step_at = now() + interval '1 year'"
                " WHERE state = 'running'"
            )
            model_id = env["ir.model"]._get_id("res.partner")
            cls.policy_id = (
                env["ops.escalation.policy"]
                .create(
                    {
                        "name": "At once",
                        "model_id": model_id,
                        "hours": "clock",
                        "step_ids": [
                            Command.create(
                                {
                                    "kind": "message",
                                    "recipient": "followers",
                                    "text": "Late.",
                                    "delay_hours": 0,
                                }
                            )
                            for _n in range(3)
                        ],
                    }
                )
                .id
            )
            cls.partner_ids = (
                env["res.partner"].create([{"name": f"P{n}"} for n in range(cls.RECORDS)]).ids
            )
        cls.addClassCleanup(cls._remove)

    @classmethod
    def _remove(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("DELETE FROM ops_escalation WHERE policy_id = %s", [cls.policy_id])
            cr.execute(
                "UPDATE ops_escalation SET next_step_at = now() WHERE id = ANY(%s)", [cls.others]
            )
            env["ops.escalation.policy"].browse(cls.policy_id).unlink()
            env["res.partner"].browse(cls.partner_ids).unlink()

    def tearDown(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM ops_escalation WHERE policy_id = %s", [self.policy_id])
        super().tearDown()

    def _at_once(self, works):
        """Do all the works at the same time, each in a thread."""
        errors = []

        def guarded(work):
            try:
                work()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])

    def _start(self, ids):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            policy = env["ops.escalation.policy"].browse(self.policy_id)
            policy._start(env["res.partner"].browse(ids), "late")

    def _execute(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.escalation"]._cron_execute()

    def test_executors_at_once_take_each_step_once(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT max(id) FROM mail_message")
            [newest] = cr.fetchone()
        self._start(self.partner_ids)
        self._at_once([self._execute] * self.EXECUTORS)
        self._execute()  # what all of them met a conflict about
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*), count(DISTINCT (escalation_id, step_number)) FROM"
                " ops_escalation_log WHERE policy_id = %s AND outcome = 'done'",
                [self.policy_id],
            )
            self.assertEqual(cr.fetchone(), (3 * self.RECORDS,) * 2)
            cr.execute(
                "SELECT count(*) FROM mail_message WHERE model = 'res.partner'"
                " AND res_id = ANY(%s) AND message_type = 'auto_comment' AND id > %s",
                [self.partner_ids, newest],
            )
            self.assertEqual(cr.fetchone(), (3 * self.RECORDS,))
            cr.execute(
                "SELECT DISTINCT state FROM ops_escalation WHERE policy_id = %s", [self.policy_id]
            )
            self.assertEqual(cr.fetchall(), [("finished",)])

    def test_what_another_holds_is_left_to_it(self):
        self._start(self.partner_ids[:2])
        with self.registry.cursor() as cr, self.registry.cursor() as other:
            cr.execute(
                "SELECT id FROM ops_escalation WHERE policy_id = %s ORDER BY id LIMIT 1 FOR UPDATE",
                [self.policy_id],
            )
            [(held,)] = cr.fetchall()
            locked = api.Environment(other, SUPERUSER_ID, {})["ops.escalation"]._lock_due([])
            self.assertEqual(len(locked), 1)
            self.assertNotIn(held, locked)

    def test_two_documents_that_start_the_same_escalation_have_one(self):
        """The second meets a conflict, for which Odoo runs it again."""
        tries = []

        def second():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})

                def work():
                    tries.append(1)
                    policy = env["ops.escalation.policy"].browse(self.policy_id)
                    partner = env["res.partner"].browse(self.partner_ids[:1])
                    return policy._start_guarded(partner, "late")

                retrying(work, env)

        with claim_log("odoo.sql_db", "ERROR", r"INSERT INTO ops_escalation .*", 1):
            with self.registry.cursor() as first:
                env = api.Environment(first, SUPERUSER_ID, {})
                policy = env["ops.escalation.policy"].browse(self.policy_id)
                policy._start(env["res.partner"].browse(self.partner_ids[:1]), "late")
                thread = threading.Thread(target=second)
                thread.start()  # waits for the first to commit
                thread.join(timeout=0.5)
            thread.join()
        self.assertEqual(len(tries), 2)
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM ops_escalation WHERE policy_id = %s", [self.policy_id])
            self.assertEqual(cr.fetchone(), (1,))

    def test_a_run_that_is_stopped_while_it_is_executed_takes_no_further_step(self):
        self._start(self.partner_ids[:1])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            runs = env["ops.escalation"].search([("policy_id", "=", self.policy_id)])
            self.assertEqual(runs.state, "running")  # here its transaction begins
            with self.registry.cursor() as other:
                stopper = api.Environment(other, SUPERUSER_ID, {})["ops.escalation"]
                stopper._stop(None, stopper.browse(runs.id).policy_id, "enough")
            runs._cron_execute()
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT state, step_count FROM ops_escalation WHERE policy_id = %s",
                [self.policy_id],
            )
            self.assertEqual(cr.fetchall(), [("stopped", 0)])
