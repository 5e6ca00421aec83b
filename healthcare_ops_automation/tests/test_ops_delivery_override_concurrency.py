import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from ..core.pool import Finished
from ..core.sender import Outcome
from .common import TYPE

TRIES = 20


@tagged("post_install", "-at_install")
class TestOpsDeliveryOverrideConcurrency(BaseCase):
    """Replay and skip beside a dispatcher and a second manager, with real commits; what they
    leave is removed."""

    RECORDS = 4
    ROUNDS = 10

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            names = [{"name": f"Over {n}", "code": f"T-OVER{n}"} for n in range(cls.RECORDS)]
            cls.site_ids = env["ops.site"].create(names).ids
            values = {"code": TYPE, "name": "Thing", "owner": "test", "lane": "bulk"}
            cls.type_id = env["ops.event.type"].create(values).id
            values = {"name": "Over", "url": "http://127.0.0.1:9/", "event_patterns": TYPE}
            cls.endpoint_id = env["ops.endpoint"].create({**values, "max_attempts": 20}).id
            cls.others = env["ops.endpoint"].search([("id", "!=", cls.endpoint_id)])
            cls.states = {each.id: each.state for each in cls.others}
            cls.others.write({"state": "paused"})
        cls.registry.clear_cache()
        cls.addClassCleanup(cls._remove)

    @classmethod
    def _remove(cls):
        with cls.registry.cursor() as cr:
            cr.execute("DELETE FROM ops_event WHERE type_id = %s", [cls.type_id])
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.endpoint"].browse(cls.endpoint_id).unlink()
            env["ops.event.type"].browse(cls.type_id).unlink()
            env["ops.site"].browse(cls.site_ids).unlink()
            for endpoint_id, state in cls.states.items():
                env["ops.endpoint"].browse(endpoint_id).write({"state": state})
        cls.registry.clear_cache()

    def tearDown(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM ops_event WHERE type_id = %s", [self.type_id])
        super().tearDown()

    def _emit(self, rounds, state=None):
        for number in range(rounds):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                sites = env["ops.site"].browse(self.site_ids)
                env["ops.event"].emit(TYPE, sites, {"number": number})
        if state:
            self._sql("UPDATE ops_delivery SET state = %s WHERE endpoint_id = %s", state)

    def _sql(self, statement, *values):
        with self.registry.cursor() as cr:
            cr.execute(statement, [*values, self.endpoint_id])
            return cr.fetchall() if cr.description else cr.rowcount

    def _states(self):
        rows = self._sql("SELECT state FROM ops_delivery WHERE endpoint_id = %s")
        return sorted(state for (state,) in rows)

    def _retried(self, work):
        """Run as a request of the web client does: anew when it met a conflict."""
        for _try in range(TRIES):
            try:
                with self.registry.cursor() as cr:
                    deliveries = api.Environment(cr, SUPERUSER_ID, {})["ops.delivery"]
                    mine = deliveries.search(
                        [("endpoint_id", "=", self.endpoint_id)], order="sequence"
                    )
                    return work(mine)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                time.sleep(0.01)
        raise AssertionError("conflicts without end")

    def _together(self, *work):
        errors, results = [], []

        def guarded(each):
            try:
                results.append(each())
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        return results

    def test_two_managers_at_once_replay_each_delivery_once(self):
        self._emit(5, "dead")
        first, second = self._together(
            lambda: self._retried(lambda mine: mine._replay("one")),
            lambda: self._retried(lambda mine: mine._replay("two")),
        )
        self.assertEqual(len(first) + len(second), 5 * self.RECORDS)
        counts = self._sql("SELECT DISTINCT replay_count FROM ops_delivery WHERE endpoint_id = %s")
        self.assertEqual(counts, [(1,)])
        self.assertEqual(set(self._states()), {"waiting"})

    def test_replay_and_skip_at_once_have_one_winner_each(self):
        self._emit(5, "dead")
        replayed, skipped = self._together(
            lambda: ("replay", self._retried(lambda mine: mine._replay("again"))),
            lambda: (
                "skip",
                self._retried(
                    lambda mine: mine.filtered(lambda each: each.state == "dead")._skip("never")
                ),
            ),
        )
        self.assertEqual({replayed[0], skipped[0]}, {"replay", "skip"})
        self.assertNotIn("dead", self._states())

    def test_what_a_lane_has_just_claimed_is_neither_replayed_nor_skipped(self):
        self._emit(1)
        with self.registry.cursor() as manager:
            deliveries = api.Environment(manager, SUPERUSER_ID, {})["ops.delivery"]
            mine = deliveries.search([("endpoint_id", "=", self.endpoint_id)])
            self.assertEqual(len(mine), self.RECORDS)  # here its transaction begins
            with self.registry.cursor() as lane:
                claimed = api.Environment(lane, SUPERUSER_ID, {})["ops.delivery"]._claim("bulk", 2)
            with self.assertRaises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                mine._skip("too late")
            manager.rollback()
            mine.invalidate_recordset(flush=False)
            skipped = mine._skip("again")
        sending = {claim.outgoing.delivery_id for claim in claimed}
        self.assertEqual(len(sending), 2)
        self.assertFalse(sending & {row[0] for row in skipped})
        self.assertEqual(self._states(), ["sending", "sending", "skipped", "skipped"])

    def test_replay_beside_a_running_dispatcher_loses_nothing_and_keeps_the_order(self):
        self._emit(self.ROUNDS, "dead")
        begun, ended = [], threading.Event()

        def manage():
            try:
                ids = self._retried(lambda mine: mine.ids)
                for start in range(0, len(ids), 7):
                    part = set(ids[start : start + 7])
                    self._retried(
                        lambda mine, part=part: mine.filtered(lambda d: d.id in part)._replay("x")
                    )
            finally:
                ended.set()

        self._together(manage, lambda: self._run(begun, ended), lambda: self._run(begun, ended))
        self.assertEqual(self._states(), ["delivered"] * self.ROUNDS * self.RECORDS)
        rows = self._sql("SELECT id, record_key, sequence FROM ops_delivery WHERE endpoint_id = %s")
        place = {row[0]: row[1:] for row in rows}
        latest = {}
        for delivery_id in begun:
            key, sequence = place[delivery_id]
            self.assertGreater(sequence, latest.get(key, 0), "replayed in the order of events")
            latest[key] = sequence

    def _run(self, begun, ended):
        """Claim and settle as a lane's run does, until everything arrived."""
        end = time.monotonic() + 60
        with self.registry.cursor() as cr:
            deliveries = api.Environment(cr, SUPERUSER_ID, {})["ops.delivery"]
            idle = 0
            while idle < 10 and time.monotonic() < end:
                claims = deliveries._despite_conflicts(lambda: deliveries._claim("bulk", 5)) or []
                begun += [claim.outgoing.delivery_id for claim in claims]
                if not claims:
                    idle += ended.is_set()
                    if ended.is_set():
                        deliveries._despite_conflicts(deliveries._release_orphans)
                    time.sleep(0.05)
                    continue
                taken = Outcome("delivered", time.time(), 1, status=200)
                finished = [Finished(claim, taken) for claim in claims]
                deliveries._despite_conflicts(
                    lambda done=finished: deliveries._settle(done, (0.001,))
                )
