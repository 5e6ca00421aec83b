from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

TYPE = "t.concurrent.begun"


@tagged("post_install", "-at_install")
class TestProjectorConcurrency(BaseCase):
    """Real transactions that really commit; what they leave is removed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("UPDATE ops_event SET projected = TRUE WHERE projected IS NOT TRUE")
            cls.type_id = (
                env["ops.event.type"]
                .create(
                    {
                        "code": TYPE,
                        "name": "Begun",
                        "owner": "test",
                        "process_code": "t_concurrent",
                        "milestone_code": "begun",
                    }
                )
                .id
            )
        cls.registry.clear_cache()
        cls.addClassCleanup(cls._remove)

    @classmethod
    def _remove(cls):
        with cls.registry.cursor() as cr:
            cr.execute("DELETE FROM ops_event WHERE type_id = %s", [cls.type_id])
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.event.type"].browse(cls.type_id).unlink()
        cls.registry.clear_cache()

    def _insert(self, cr, record):
        cr.execute(
            """INSERT INTO ops_event (uuid, type_id, type_code, type_version, res_model, res_id,
                                      record_key, company_id, severity, lane, occurred_at,
                                      emitted_at, sealed_at, state, origin, depth, txid)
               SELECT gen_random_uuid(), %s, %s, 1, 'res.partner', %s, 'res.partner,' || %s,
                      (SELECT min(id) FROM res_company), 'info', 'bulk', now(), clock_timestamp(),
                      now(), 'sealed', 'live', 0, pg_current_xact_id()::text::int8""",
            [self.type_id, TYPE, record, record],
        )

    def _projector(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["ops.projector"]

    def _steps(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """SELECT c.res_id, c.step_count, count(*)
                     FROM ops_case c JOIN ops_case_step s ON s.case_id = c.id
                     JOIN ops_process p ON p.id = c.process_id
                    WHERE p.code = 't_concurrent' GROUP BY c.id ORDER BY 1"""
            )
            return cr.fetchall()

    def test_of_two_projectors_one_works_and_nothing_is_followed_twice(self):
        with self.registry.cursor() as cr:
            self._insert(cr, 1)
        with self.registry.cursor() as first, self.registry.cursor() as second:
            self.assertEqual(self._projector(first)._project_batch(), 1)
            self.assertEqual(self._projector(second)._project_batch(), 0, "the first is at it")
            first.commit()
            second.rollback()
            self.assertEqual(self._projector(second)._project_batch(), 0, "nothing is left")
        self.assertIn((1, 1, 1), self._steps())

    def test_an_event_that_somebody_holds_comes_with_a_later_batch(self):
        with self.registry.cursor() as cr:
            self._insert(cr, 2)
            self._insert(cr, 3)
        with self.registry.cursor() as holder, self.registry.cursor() as cr:
            holder.execute(
                "SELECT FROM ops_event WHERE type_id = %s AND res_id = 2 FOR UPDATE",
                [self.type_id],
            )
            self.assertEqual(self._projector(cr)._project_batch(), 1)
            cr.commit()
            holder.rollback()
            self.assertEqual(self._projector(cr)._project_batch(), 1)
        self.assertLessEqual({(2, 1, 1), (3, 1, 1)}, set(self._steps()))

    def test_a_batch_that_dies_leaves_nothing_and_is_done_again(self):
        with self.registry.cursor() as cr:
            self._insert(cr, 4)
        with self.registry.cursor() as cr:
            self.assertEqual(self._projector(cr)._project_batch(), 1)
            cr.rollback()
            self.assertNotIn((4, 1, 1), self._steps())
            self.assertEqual(self._projector(cr)._project_batch(), 1)
        self.assertIn((4, 1, 1), self._steps())
