import threading
from contextlib import closing

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from .common import TYPE


@tagged("post_install", "-at_install")
class TestOpsEventConcurrency(BaseCase):
    """Real transactions that really commit; what they leave is removed."""

    WRITERS = 6
    ROUNDS = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.site_id = env["ops.site"].create({"name": "Busy", "code": "T-BUSY"}).id
            cls.type_id = (
                env["ops.event.type"]
                .create(
                    {"code": TYPE, "name": "Thing", "owner": "test", "lane": "bulk"},
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
            env["ops.site"].browse(cls.site_id).unlink()
        cls.registry.clear_cache()

    def _emit_and_commit(self, number, **kwargs):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            site = env["ops.site"].browse(self.site_id)
            event = env["ops.event"].emit(TYPE, site, {"number": number}, **kwargs)
            return event.id

    def _in_threads(self, work):
        errors = []

        def run(writer):
            try:
                work(writer)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(self.WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def test_sequence_of_one_record_follows_the_order_of_commits(self):
        """Writers keep their transactions open after sealing; later seals must wait."""
        committed, guard = [], threading.Lock()

        def work(writer):
            for number in range(self.ROUNDS):
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    site = env["ops.site"].browse(self.site_id)
                    event = env["ops.event"].emit(TYPE, site, {"number": number})
                    cr.flush()  # sealed: the lock is held until the commit
                    with guard:
                        committed.append(event.sequence)

        self.assertEqual(self._in_threads(work), [])
        self.assertEqual(len(committed), self.WRITERS * self.ROUNDS)
        self.assertEqual(committed, sorted(committed))

    def test_transactions_with_the_same_records_in_any_order_do_not_deadlock(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ids = env["ops.site"].search([("company_id", "=", env.company.id)], limit=3).ids

        def work(writer):
            order = ids if writer % 2 else list(reversed(ids))
            for number in range(self.ROUNDS):
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["ops.event"].emit(TYPE, env["ops.site"].browse(order), {"number": number})

        self.assertEqual(self._in_threads(work), [])

    def test_of_two_transactions_with_one_dedup_key_one_writes(self):
        """The other conflicts, which Odoo answers by running it again: then it finds it."""
        first, second = self.registry.cursor(), self.registry.cursor()
        with closing(first), closing(second):
            ids = []
            second.execute("SELECT 1")  # its snapshot is taken before the first commits
            env = api.Environment(first, SUPERUSER_ID, {})
            site = env["ops.site"].browse(self.site_id)
            ids.append(env["ops.event"].emit(TYPE, site, {"number": 1}, dedup_key="k").id)
            first.commit()
        ids.append(self._emit_and_commit(2, dedup_key="k"))
        self.assertEqual(ids[0], ids[1])
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT count(*) FROM ops_event WHERE type_id = %s AND dedup_key = 'k'",
                    self.type_id,
                )
            )
            self.assertEqual(cr.fetchone()[0], 1)
