"""What each part of the benchmark works in: a database of its own, removed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from odoo import sql_db

from dev import databases, paths
from dev import server as servers
from dev.load import leftovers
from dev.load.database import Database, prepare

THREADS = 64
LATENCY = 0.094  # seconds: the answer of the workflow server that anchors this suite's figures


@dataclass(frozen=True)
class Scale:
    """How much is done; the quick one only shows that the harness works."""

    drained: int = 6_000
    jobs: int = 600
    rounds: int = 5
    commits: int = 60
    bulk: int = 50_000
    criticals: int = 100
    critical_gap: float = 0.25
    foreign_seconds: int = 30
    few: int = 1_000
    many: int = 200_000
    watch_seconds: float = 15.0
    claims: int = 80
    settled_events: int = 250_000
    clocks: int = 100_000
    changing_clocks: int = 1_000
    orders: int = 500
    drafts: int = 100
    submissions: int = 5
    policy_rows: int = 1_000
    backlog_times: int = 20
    looks: int = 20
    handed_over: int = 1_000
    handovers: int = 3
    cases: int = 250_000
    old_approvals: int = 200_000
    old_deliveries: int = 500_000
    places: int = 50
    page_looks: int = 50
    scrapes: int = 50
    fresh_records: int = 5_000
    followed: int = 60
    visits: int = 20


FULL = Scale()
QUICK = Scale(
    drained=150,
    jobs=16,
    rounds=1,
    commits=4,
    bulk=300,
    criticals=5,
    critical_gap=0.1,
    foreign_seconds=5,
    few=50,
    many=200,
    watch_seconds=1.0,
    claims=3,
    settled_events=200,
    clocks=200,
    changing_clocks=20,
    orders=10,
    drafts=5,
    submissions=1,
    policy_rows=20,
    backlog_times=3,
    looks=2,
    handed_over=10,
    handovers=1,
    cases=200,
    old_approvals=100,
    old_deliveries=200,
    places=3,
    page_looks=1,
    scrapes=2,
    fresh_records=10,
    followed=2,
    visits=1,
)


class Scene:
    """Makes databases and servers for the parts; knows the scale.

    A context manager: a quick run has one database for all its parts, dropped at the end.
    """

    def __init__(self, env: dict[str, str], quick: bool):
        self.env = env
        self.quick = quick
        self.scale = QUICK if quick else FULL
        leftovers.remove("bench")
        self.template = databases.suite_template(env)
        self._kept: Database | None = None

    def __enter__(self) -> "Scene":
        return self

    def __exit__(self, *_exception) -> None:
        if self._kept:
            self._remove(self._kept.name)

    @contextmanager
    def database(self, part: str, shared: bool = True) -> Iterator[Database]:
        """A copy of the template whose endpoints are switched off.

        :param shared: whether a quick run may give the one that the parts before have used
        """
        if self.quick and shared:
            self._kept = self._kept or self._copy("shared")
            self._kept.run(prepare)
            yield self._kept
            return
        made = self._copy(part)
        try:
            made.run(prepare)
            yield made
        finally:
            self._remove(made.name)

    def _copy(self, part):
        name = leftovers.name("bench", part)
        databases.copy(self.template, name)
        return Database(name)

    def _remove(self, name):
        sql_db.close_db(name)
        databases.drop(name)

    @contextmanager
    def server(self, part: str, database: Database) -> Iterator[servers.Server]:
        """A server as production runs them: scheduled actions have processes of their own."""
        log = paths.LOGS / f"bench-{part}.log"
        port, options = servers.free_port(), servers.like_production()
        server = servers.Server(database.name, port, log, self.env, options)
        try:
            server.wait_until_it_answers()
            yield server
        finally:
            # Not asked to end: it would finish what it delivers, and all has been measured.
            server.kill()
