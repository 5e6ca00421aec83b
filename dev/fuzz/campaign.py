"""One campaign of callbacks, from the server to the counts."""

import dataclasses
import multiprocessing
import re
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from odoo import sql_db

from dev import databases, server, ui
from dev.load import leftovers

from . import bodies, sender, shapes
from .plan import Plan
from .scene import Scene
from .sender import ANYTHING, BODIES, SCHEMA, Sender
from .verdict import FAILURE, judge, unexpected

SAME, DIFFERENT = "the same message at once", "different messages at once"
# The statements at which one of two transactions has to wait and begin again.
CONFLICT = (
    r"bad query: b?['\"] *(INSERT INTO|UPDATE) \"?ops_"
    r"(callback|callback_call|endpoint_inflow|exception|supply_item)\b"
)
# Scheduled actions are not what is tried here.
OPTIONS = ("--max-cron-threads=0",)


class Campaign:
    """Runs a plan; afterwards ``counts``, ``examples`` and ``log`` tell about it."""

    def __init__(self, plan: Plan, env: dict[str, str]):
        self.plan = plan
        self.env = env
        self.name = leftovers.name("fuzz", str(plan.total))
        self.counts = []
        self.examples = []  # the smallest requests that break a promise, as texts
        self.parallel = []  # the ids that many sent at once
        self.seconds = self.slowest = 0.0
        self.log = None

    def run(self) -> None:
        leftovers.remove("fuzz")
        databases.copy(databases.suite_template(self.env), self.name)
        try:
            with server.running(self.name, self.env, self.name, options=OPTIONS) as running:
                self.log = running.log
                scene = Scene(self.name, running.port)
                main = Sender(scene.facts)
                self._play(main)
                effects = scene.supplier_refs() + [FAILURE] * scene.failures_told()
                stored = scene.callbacks(), effects
            log = self.log.read_text(encoding="utf-8", errors="replace")
            lines = unexpected(self.log, is_conflict)
            self.examples, self.slowest = main.examples, main.tally.slowest
            self.counts = judge(main.tally, *stored, self.parallel, lines, log, self.examples)
        finally:
            sql_db.close_db(self.name)
            databases.drop(self.name)

    def _play(self, main):
        plan, started = self.plan, time.monotonic()
        with ui.Step(f"{plan.total:,} callbacks") as step:
            self._at_once(main, step)
            self._generated(main, step)
            self.seconds = time.monotonic() - started
            step.outcome = "answered"

    # -- generated -------------------------------------------------------------------------

    def _generated(self, main, step):
        # Spawned: a copy of this process would have its database connections.
        context = multiprocessing.get_context("spawn")
        sent = context.Value("i", sum(main.tally.sent.values()))
        with ProcessPoolExecutor(
            self.plan.shards, context, initializer=sender.share, initargs=(sent,)
        ) as pool:
            played = [pool.submit(sender.run, *job) for job in self._jobs(main.facts)]
            while not all(each.done() for each in played):
                step.far = f"{sent.value:,} sent"
                time.sleep(0.5)
            for tally, examples in (each.result() for each in played):
                main.tally.merge(tally)
                main.examples += examples

    def _jobs(self, facts):
        """Each part several times, with a share and a seed of its own; the slow one first."""
        plan = self.plan
        numbers = {SCHEMA: plan.schema, ANYTHING: plan.anything, BODIES: plan.bodies}
        for part, number in numbers.items():
            for shard in range(plan.shards):
                share = number // plan.shards + (shard < number % plan.shards)
                seed = plan.seed * 1000 + shard
                mine = dataclasses.replace(facts, shard=f"{part[:3]}{shard}".replace(" ", "-"))
                yield mine, part, share, seed

    # -- at once ---------------------------------------------------------------------------

    def _at_once(self, main, step):
        plan = self.plan
        with ThreadPoolExecutor(plan.senders) as pool:
            for number in range(plan.same):
                step.far = f"{SAME}, {number}"
                self._all_send(main, pool, SAME, [f"same-{number}"] * plan.senders)
            for number in range(plan.different):
                step.far = f"{DIFFERENT}, {number}"
                ids = [f"different-{number}-{each}" for each in range(plan.senders)]
                self._all_send(main, pool, DIFFERENT, ids)

    def _all_send(self, main, pool, part, message_ids):
        """Each message is sent by a sender of its own, all at the same moment, about one event."""
        event = main.facts.next_event()
        gate = threading.Barrier(len(message_ids))

        def send(message_id):
            body = bodies.Body(answer_of(message_id, event))
            call = shapes.request(shapes.Shape(body, message_id=message_id), main.facts)
            gate.wait()
            main.send(part, call)

        self.parallel += sorted(set(message_ids))
        for sent in [pool.submit(main.noting, send, each) for each in message_ids]:
            sent.result()


def is_conflict(logger: str, _level: str, message: str) -> bool:
    return logger == "odoo.sql_db" and re.match(CONFLICT, message) is not None


def answer_of(ref, event):
    """An answer with one supplier, whose reference tells which message it came with."""
    supplier = {"ref": ref, "name": "Supplier", "preferred": True, "can_deliver": True}
    return {
        "specversion": "1.0",
        "id": ref,
        "source": "fuzz",
        "type": bodies.ANSWERED,
        "inreplyto": event,
        "data": {"checked_at": "2026-11-22T12:00:00Z", "suppliers": [supplier]},
    }
