import random
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from ..core.pool import Finished
from ..core.sender import Outcome
from .common import TYPE


@tagged("post_install", "-at_install")
class TestOpsDeliveryConcurrency(BaseCase):
    """Several runs and several writers at once, with real commits; what they leave is removed."""

    RUNS = 3
    WRITERS = 2
    ROUNDS = 30
    AT_ONCE = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.site_ids = (
                env["ops.site"]
                .create([{"name": f"Busy {n}", "code": f"T-RUN{n}"} for n in range(4)])
                .ids
            )
            values = {"code": TYPE, "name": "Thing", "owner": "test", "lane": "bulk"}
            cls.type_id = env["ops.event.type"].create(values).id
            cls.endpoint_id = (
                env["ops.endpoint"]
                .create(
                    {
                        "name": "Runs",
                        "url": "http://127.0.0.1:9/",
                        "event_patterns": TYPE,
                        "concurrency_limit": cls.AT_ONCE,
                        "max_attempts": 20,
                    }
                )
                .id
            )
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

    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.in_hand, self.most, self.begun, self.errors = 0, 0, [], []
        self.writing = self.WRITERS

    def test_endpoint_can_be_disabled_while_a_lane_claims_from_it(self):
        with self.registry.cursor() as cr:
            sites = api.Environment(cr, SUPERUSER_ID, {})["ops.site"].browse(self.site_ids)
            sites.env["ops.event"].emit(TYPE, sites, {"number": 0})
        with self.registry.cursor() as cr:
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["ops.endpoint"]
            endpoint = endpoint.browse(self.endpoint_id)
            self.assertEqual(endpoint.state, "active")  # here its transaction begins
            with self.registry.cursor() as lane:
                claims = api.Environment(lane, SUPERUSER_ID, {})["ops.delivery"]._claim("bulk", 1)
            endpoint.action_disable()
            endpoint.env.flush_all()
        with self.registry.cursor() as cr:
            deliveries = api.Environment(cr, SUPERUSER_ID, {})["ops.delivery"]
            deliveries._skip_of_disabled()
            ours = deliveries.search([("endpoint_id", "=", self.endpoint_id)])
            states = {each.id: each.state for each in ours}
            cr.execute("DELETE FROM ops_event WHERE type_id = %s", [self.type_id])
            deliveries.invalidate_model()
            deliveries.env["ops.endpoint"].browse(self.endpoint_id).state = "active"
        [claim] = claims
        self.assertEqual(states.pop(claim.outgoing.delivery_id), "sending")
        self.assertEqual(set(states.values()), {"skipped"})

    def test_runs_at_once_keep_order_and_limit_and_leave_nothing_behind(self):
        work = [self._write] * self.WRITERS + [self._run] * self.RUNS
        threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.errors, [])
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT state, count(*) FROM ops_delivery WHERE endpoint_id = %s GROUP BY state",
                [self.endpoint_id],
            )
            expected = self.WRITERS * self.ROUNDS * len(self.site_ids)
            self.assertEqual(cr.fetchall(), [("delivered", expected)])
            cr.execute(
                "SELECT id, record_key, sequence FROM ops_delivery WHERE endpoint_id = %s",
                [self.endpoint_id],
            )
            place = {row[0]: row[1:] for row in cr.fetchall()}
        self.assertLessEqual(self.most, self.AT_ONCE)
        latest = {}
        for delivery_id in dict.fromkeys(self.begun):
            key, sequence = place[delivery_id]
            self.assertGreater(sequence, latest.get(key, 0), "first attempts are in order")
            latest[key] = sequence

    def _guarded(self, work):
        try:
            work()
        except Exception as error:
            self.errors.append(error)

    def _write(self):
        for number in range(self.ROUNDS):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                sites = env["ops.site"].browse(self.site_ids)
                env["ops.event"].emit(TYPE, sites, {"number": number})
        with self.lock:
            self.writing -= 1

    def _run(self):
        """Claim and settle as a lane's run does, until writers are done and nothing is left."""
        rng = random.Random()
        end = time.monotonic() + 60
        with self.registry.cursor() as cr:
            deliveries = api.Environment(cr, SUPERUSER_ID, {})["ops.delivery"]
            idle = 0
            while idle < 10 and time.monotonic() < end:
                done = not self.writing
                claims = deliveries._despite_conflicts(lambda: deliveries._claim("bulk", 3))
                with self.lock:
                    self.in_hand += len(claims)
                    self.most = max(self.most, self.in_hand)
                    self.begun += [claim.outgoing.delivery_id for claim in claims]
                if not claims:
                    idle += done
                    time.sleep(0.05)
                    continue
                idle = 0
                time.sleep(rng.uniform(0, 0.01))
                finished = [Finished(claim, self._answer(rng)) for claim in claims]
                with self.lock:
                    self.in_hand -= len(claims)
                deliveries._despite_conflicts(
                    lambda done=finished: deliveries._settle(done, (0.001,) * 20)
                )

    @staticmethod
    def _answer(rng):
        if rng.random() < 0.8:
            return Outcome("delivered", time.time(), 1, status=200)
        return Outcome("retry", time.time(), 1, status=500, error="for now")
