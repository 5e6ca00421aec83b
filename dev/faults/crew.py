"""Two Odoo servers on one database, killed and started again."""

from pathlib import Path

from dev import server

NAMES = ("a", "b")


def application(name: str) -> str:
    """What PostgreSQL calls the sessions of a server (application_name)."""
    return f"faults-{name}"


class Crew:
    """The servers that deliver. Each start has a log of its own."""

    def __init__(self, database: str, env: dict[str, str], folder: Path, like_production: bool):
        self.database = database
        self.env = env
        self.folder = folder
        self.like_production = like_production
        self.starts = 0
        self.logs = []
        self._running: dict[str, server.Server] = {}

    def __enter__(self) -> "Crew":
        self.start_all()
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()

    def stop(self) -> None:
        """End both, in order."""
        for running in self._running.values():
            running.stop()

    def kill_all(self) -> None:
        """SIGKILL to both."""
        for running in self._running.values():
            running.kill()

    def start_all(self) -> None:
        """Start both and wait until they serve."""
        for name in NAMES:
            self.start(name)
        for running in self._running.values():
            running.wait_until_it_answers()

    def start(self, name: str) -> None:
        self.starts += 1
        log = self.folder / f"server-{name}-{self.starts:02}.log"
        options = [f"--db_app_name={application(name)}"]
        options += server.like_production() if self.like_production else []
        self.logs.append(log)
        self._running[name] = server.Server(
            self.database, server.free_port(), log, self.env, options
        )

    def kill(self, name: str) -> None:
        """SIGKILL without any warning, then a start as a supervisor does it."""
        self._running[name].kill()
        self.start(name)

    def replace_dead(self) -> None:
        """Start again what has ended by itself, as a supervisor does."""
        for name, running in list(self._running.items()):
            if running.process.poll() is not None:
                running.kill()
                self.start(name)
