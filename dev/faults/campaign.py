"""One campaign, from the empty database to the evidence."""

import contextlib
import os
import shutil
import subprocess
import sys
import time

import psycopg2

from odoo import sql_db

from dev import databases, paths, postgres, ui
from dev.load import leftovers
from dev.load.database import (
    BELOW_CRITICAL,
    LANES,
    RECOVERED,
    Database,
    endpoint,
    prepare,
    wake,
)
from dev.load.process import LoadReceiver

from . import evidence as witnesses
from .chaos import Blows, Moods
from .crew import Crew, application
from .plan import RETRY_SCHEDULE, Plan

FOLDER = paths.LOCAL / "faults"
POLL_SECONDS = 1.0
PARAMETERS = {
    "healthcare_ops_automation.retry_schedule": ", ".join(map(str, RETRY_SCHEDULE)),
}
# Chances of a commit's loss are what the campaign is about: whatever the server's setting is.
DURABLE = "ALTER DATABASE {} SET synchronous_commit = on"


class Campaign:
    """Runs a plan; afterwards ``evidence``, ``blows``, ``moods`` and ``logs`` tell about it."""

    def __init__(self, plan: Plan, env: dict[str, str]):
        self.plan = plan
        self.env = env
        self.name = leftovers.name("faults", str(plan.events))
        # Journals and logs; they stay, for whoever wants to know, until another campaign begins.
        self.folder = FOLDER / str(os.getpid())
        self.evidence = witnesses.Evidence()
        self.seconds = 0.0
        self.db = self.crew = self.moods = self.blows = None

    def run(self) -> None:
        """Play it all and gather the evidence.

        :raises ui.Failure: when it did not come to an end within the plan's time
        """
        leftovers.remove("faults")
        for old in FOLDER.glob("*"):
            if not leftovers.is_alive(old.name):
                shutil.rmtree(old, ignore_errors=True)
        self.folder.mkdir(parents=True)
        databases.copy(databases.suite_template(self.env), self.name)
        postgres.psql(DURABLE.format(databases.quoted(self.name)))
        journals = {name: self.folder / f"received-{name}.tsv" for name in ("moody", "steady")}
        try:
            with contextlib.ExitStack() as stack:
                latency = ("--latency", str(self.plan.latency))
                options = {"moody": (*latency, "--refuse-poison"), "steady": latency}
                receivers = {
                    name: stack.enter_context(
                        LoadReceiver("--journal", str(journal), *options[name])
                    )
                    for name, journal in journals.items()
                }
                with ui.Step(f"{self.plan.records:,} records"):
                    self.db = Database(self.name)
                    records, ids = self.db.run(lambda env: self._set_up(env, receivers))
                self._play(receivers, records)
                self._gather(receivers, journals, ids)
        finally:
            sql_db.close_db(self.name)
            databases.drop(self.name)

    # -- before ----------------------------------------------------------------------------

    def _set_up(self, env, receivers):
        """Records and endpoints; return the record ids, and the endpoint ids by receiver."""
        prepare(env, PARAMETERS)
        records = _supply_items(env, self.plan.records)
        limits = {
            "connect_timeout": 1.0,
            "concurrency_limit": 32,
            "total_timeout": self.plan.answer_within,
            "max_attempts": len(RETRY_SCHEDULE) + 1,
        }
        patterns = {"moody": "supply.item.*", "steady": RECOVERED}
        ids = {
            name: endpoint(env, receivers[name], name=name, event_patterns=pattern, **limits).id
            for name, pattern in patterns.items()
        }
        self.evidence.subscribed = {
            ids["moody"]: {BELOW_CRITICAL, RECOVERED},
            ids["steady"]: {RECOVERED},
        }
        return records, ids

    # -- meanwhile -------------------------------------------------------------------------

    def _play(self, receivers, records):
        started = time.monotonic()
        with (
            Crew(self.name, self.env, self.folder, self.plan.like_production) as self.crew,
            ui.Step(f"{self.plan.events:,} events") as step,
        ):
            self.moods = Moods(self.plan, receivers["moody"])
            self.blows = Blows(self.plan, self.crew, self._in_hand)
            writers = [self._writer(number, records) for number in range(self.plan.writers)]
            self.moods.start()
            try:
                self._until_all_is_done(step, writers, started)
                self.moods.calm()
                self._until_settled(step, time.monotonic() + self.plan.settle_within)
            finally:
                for writer in writers:
                    writer.terminate()
                    writer.wait()
            self.seconds = time.monotonic() - started
            step.outcome = "settled"

    def _writer(self, number, records):
        plan = self.plan
        share = plan.events // plan.writers + (number < plan.events % plan.writers)
        command = [sys.executable, "-m", "dev.faults.writer", self.name, number, share]
        command += [plan.writer_rate, plan.poison_share, plan.seed, self._journal(number), *records]
        with (self.folder / f"writer-{number}.log").open("wb") as out:
            return subprocess.Popen(
                list(map(str, command)),
                cwd=paths.ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _journal(self, number):
        return self.folder / f"written-{number}.jsonl"

    def _until_all_is_done(self, step, writers, started):
        """Strike until nothing is left to be emitted and no blow is left."""
        while (
            self._still_writing(writers)
            or not self.blows.done()
            or not self.moods.all_seen.is_set()
        ):
            if time.monotonic() - started > self.plan.total:
                raise ui.Failure(
                    f"the campaign did not end within {ui.duration(self.plan.total)}",
                    f"see {self.folder}, or plan for fewer events",
                )
            self.blows.strike()
            step.far = self._how_far()
            time.sleep(POLL_SECONDS)

    def _still_writing(self, writers):
        """How many writers are at it; a campaign with a writer less would promise too much."""
        ends = [writer.poll() for writer in writers]
        if any(ends):
            raise ui.Failure(
                "a writer failed", f"see {paths.shown(self.folder)}/writer-{_first(ends)}.log"
            )
        return ends.count(None)

    def _until_settled(self, step, end):
        """Wait until no delivery is on its way; what is left at the end is for the verdict."""
        if not self.plan.wait_it_out:
            self._let_leases_end()
        while time.monotonic() < end:
            self.crew.replace_dead()
            step.far = self._how_far()
            if self._figures() == (0, 0, 0):
                return
            if not self.plan.wait_it_out:
                self.db.run(self._let_a_minute_pass)
            time.sleep(POLL_SECONDS)

    def _let_leases_end(self):
        """The leases of killed servers end now: harmless only while nobody could be sending, so
        both servers are killed before, at once."""
        self.crew.kill_all()
        with self.db.transaction() as env:
            env.cr.execute(
                "UPDATE ops_delivery SET lease_until = now() AT TIME ZONE 'UTC',"
                " next_attempt_at = now() AT TIME ZONE 'UTC' WHERE state = 'sending'"
            )
        self.crew.start_all()

    def _let_a_minute_pass(self, env):
        """Probes and what a receiver asked to wait for are due; the lanes' regular runs are."""
        env.cr.execute(
            "UPDATE ops_endpoint_health SET probe_at = now() AT TIME ZONE 'UTC', hold_until = NULL"
            " WHERE endpoint_id = ANY(%s) AND (probe_at IS NOT NULL OR hold_until IS NOT NULL)",
            [list(self.evidence.subscribed)],
        )
        wake(env, *LANES)

    def _how_far(self):
        unsettled, sending, untold = self._figures() or ("?", "?", "?")
        return (
            f"{unsettled} unsettled, {sending} of them being sent, {untold} given up and untold; "
            f"{self.blows.kills} kills, {self.blows.restarts} restarts; receiver: {self.moods.mode}"
        )

    def _in_hand(self, name):
        """Deliveries being sent, if the named server has just claimed or settled some."""
        with contextlib.suppress(psycopg2.Error), self.db.transaction() as env:
            env.cr.execute(
                """SELECT (SELECT count(*) FROM ops_delivery WHERE state = 'sending')
                    WHERE EXISTS (SELECT FROM pg_stat_activity
                                   WHERE datname = current_database() AND application_name = %s
                                     AND query LIKE '%%ops_delivery%%'
                                     AND state_change > clock_timestamp() - interval '1 s')""",
                [application(name)],
            )
            return (env.cr.fetchone() or (0,))[0]
        return 0

    def _figures(self):
        """(unsettled, being sent, given up without telling), None while the database is away."""
        with contextlib.suppress(psycopg2.Error), self.db.transaction() as env:
            env.cr.execute(
                """SELECT count(*) FILTER (WHERE state NOT IN ('delivered', 'dead', 'skipped')),
                          count(*) FILTER (WHERE state = 'sending'),
                          count(*) FILTER (WHERE state = 'dead' AND reported IS NOT TRUE)
                     FROM ops_delivery"""
            )
            return env.cr.fetchone()
        return None

    # -- afterwards ------------------------------------------------------------------------

    def _gather(self, receivers, journals, ids):
        with ui.Step("comparing the witnesses"):
            written = [self._journal(number) for number in range(self.plan.writers)]
            witnesses.writers(self.evidence, written)
            witnesses.database(self.evidence, self.db)
            for name, journal in journals.items():
                state = receivers[name].control()
                witnesses.receiver(self.evidence, ids[name], journal, state)


def _first(ends):
    return next(number for number, end in enumerate(ends) if end)


def _supply_items(env, count):
    """Ids of ``count`` supply items: products of the campaign's own at the existing sites."""
    sites = env["ops.site"].search([])
    products = env["product.product"].create(
        [
            {"name": f"Campaign {number}", "type": "consu", "is_storable": True}
            for number in range(-(-count // len(sites)))
        ]
    )
    items = env["ops.supply.item"].with_context(tracking_disable=True)
    levels = {"critical_level": 0.0, "par_level": 0.0}
    pairs = [(product, site) for product in products for site in sites][:count]
    return items.create(
        [{"product_id": product.id, "site_id": site.id, **levels} for product, site in pairs]
    ).ids
