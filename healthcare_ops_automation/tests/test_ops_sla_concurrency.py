import threading
from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL


@tagged("post_install", "-at_install")
class TestOpsSlaConcurrency(BaseCase):
    """Writers at once, with real commits; what they leave is removed."""

    WRITERS = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.exception.category"].create({"name": "Busy", "code": "t_busy"})
            site = env["ops.site"].create({"name": "Busy", "code": "T-SLABUSY"})
            exception = env["ops.exception"]._raise_exception("t_busy", "x", site)
            cls.site_id, cls.exception_id = site.id, exception.id
            policy = env["ops.sla.policy"].create(
                {
                    "name": "Busy",
                    "start_on": "action",
                    "model_id": env["ir.model"]._get_id("ops.exception"),
                    "domain": "[('category_id.code', '=', 't_busy')]",
                    "stop_domain": "[('is_open', '=', False)]",
                    "target_ids": [(0, 0, {"name": "All", "budget_hours": 1, "hours": "always"})],
                }
            )
            cls.policy_id = policy.id
            # Clocks of the demo network are left alone.
            cr.execute(
                "UPDATE ops_sla_clock SET state = 'paused' WHERE state = 'running' RETURNING id"
            )
            cls.others = [row[0] for row in cr.fetchall()]
        cls.registry.clear_cache()
        cls.addClassCleanup(cls._remove)

    @classmethod
    def _remove(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("DELETE FROM ops_sla_clock WHERE policy_id = %s", [cls.policy_id])
            cr.execute(
                "UPDATE ops_sla_clock SET state = 'running' WHERE id = ANY(%s)", [cls.others]
            )
            env["ops.sla.policy"].browse(cls.policy_id).unlink()
            env["ops.exception"].browse(cls.exception_id).unlink()
            env["ops.exception.category"].search([("code", "=", "t_busy")]).unlink()
            cr.flush()
            cr.execute("DELETE FROM ops_sla_clock WHERE site_id = %s", [cls.site_id])
            cr.execute("DELETE FROM ops_event WHERE site_id = %s", [cls.site_id])
            env["ops.event"].search([("site_id", "=", cls.site_id)]).unlink()
            env["ops.site"].browse(cls.site_id).unlink()
        cls.registry.clear_cache()

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM ops_sla_clock WHERE policy_id = %s", [self.policy_id])
            cr.execute("DELETE FROM ops_event WHERE site_id = %s", [self.site_id])

    def _start(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        record = env["ops.exception"].browse(self.exception_id)
        env["ops.sla.policy"].browse(self.policy_id)._follow_guarded(record, by_hand=True)

    def _clocks(self):
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT id, state, breached_at FROM ops_sla_clock WHERE policy_id = %s",
                    self.policy_id,
                )
            )
            return cr.fetchall()

    def _told(self, kind):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*) FROM ops_event WHERE type_code = %s AND res_id = %s",
                [f"sla.clock.{kind}", self.exception_id],
            )
            return cr.fetchone()[0]

    def test_of_writers_that_start_the_same_clock_at_once_one_does(self):
        barrier, errors = threading.Barrier(self.WRITERS), []

        def work():
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    cr.execute("SELECT 1")  # the snapshot is taken before any of them writes
                    barrier.wait(30)
                    retrying(lambda: self._start(env.cr), env)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _n in range(self.WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual(len(self._clocks()), 1)
        self.assertEqual(self._told("started"), 1)

    def test_a_conflict_is_for_odoo_to_retry_not_swallowed(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        with closing(first), closing(second):
            second.execute("SELECT 1")
            self._start(first)
            first.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._start(second)
        self.assertEqual(len(self._clocks()), 1)

    def test_two_runs_of_the_scheduled_action_tell_a_breach_once(self):
        with self.registry.cursor() as cr:
            self._start(cr)
            cr.execute(
                """UPDATE ops_sla_clock SET due_at = now() AT TIME ZONE 'UTC' - interval '1 hour'
                    WHERE policy_id = %s""",
                [self.policy_id],
            )
        before = self._told("breached")
        barrier, errors = threading.Barrier(2), []

        def work():
            try:
                with self.registry.cursor() as cr:
                    clocks = api.Environment(cr, SUPERUSER_ID, {})["ops.sla.clock"]
                    barrier.wait(30)
                    clocks._cron_tick()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        [(_id, state, breached_at)] = self._clocks()
        self.assertEqual((state, bool(breached_at)), ("running", True))
        self.assertEqual(self._told("breached") - before, 1)
