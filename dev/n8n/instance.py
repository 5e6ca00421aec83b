"""A running n8n: its environment, its process, its command line.

Everything of it listens on loopback only and nothing about it leaves the machine. Its folder holds
the encryption key and the owner's password, readable by their owner only.
"""

import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from dev import paths, postgres, server, ui

from . import install

START_SECONDS = 180  # the first start makes the tables
COMMAND_SECONDS = 180
BUSY_TRIES = 30
KEEP_HOURS = 24  # executions: long enough to look into, too short to pile up
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Instance:
    """n8n on a database of its own.

    :param folder: its files: encryption key, owner, logs of its own
    :param database: a PostgreSQL database that exists; n8n makes its tables
    :param port: of its pages and webhooks
    :param more: environment variables that come after ours, so they win
    """

    def __init__(self, folder: Path, database: str, port: int, log: Path, **more: str):
        self.folder = folder
        self.database = database
        self.port = port
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen | None = None
        self._more = more

    # Its environment

    def environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        env = {
            name: value
            for name, value in os.environ.items()
            # What a person has set for an n8n of their own is not meant for this one.
            if not name.startswith(("N8N_", "DB_", "EXECUTIONS_", "PG", "NODE_"))
        }
        path = f"{install.NODE.parent}{os.pathsep}{env.get('PATH', '')}"
        return {
            **env,
            **self._database_address(),
            "PATH": path,
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_ENCRYPTION_KEY": kept_secret(self.folder / "encryption.key"),
            "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_HOST": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "N8N_EDITOR_BASE_URL": self.url,
            "N8N_WEBHOOK_URL": self.url,
            # Served without TLS, on loopback only.
            "N8N_SECURE_COOKIE": "false",
            # Code nodes run in a process of their own; it calls back to this port.
            "N8N_RUNNERS_BROKER_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_RUNNERS_BROKER_PORT": str(server.free_port()),
            "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
            "N8N_PUBLIC_API_DISABLED": "true",
            "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
            "N8N_UNVERIFIED_PACKAGES_ENABLED": "false",
            # None of them is needed here; the first asks a server of n8n's makers for a list.
            "N8N_DISABLED_MODULES": "mcp-registry,mcp,chat-hub,agents,instance-ai,insights",
            "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            "N8N_TEMPLATES_ENABLED": "false",
            "N8N_PERSONALIZATION_ENABLED": "false",
            "N8N_HIRING_BANNER_ENABLED": "false",
            "EXECUTIONS_DATA_PRUNE": "true",
            "EXECUTIONS_DATA_MAX_AGE": str(KEEP_HOURS),
            "GENERIC_TIMEZONE": "UTC",
            "N8N_LOG_LEVEL": "info",
            "NO_COLOR": "1",
            **self._more,
        }

    def _database_address(self) -> dict[str, str]:
        client = postgres.client_environment()
        names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
        found = {f"DB_POSTGRESDB_{names[name]}": client[name] for name in names if name in client}
        return {"DB_TYPE": "postgresdb", "DB_POSTGRESDB_DATABASE": self.database, **found}

    # Its process

    def start(self) -> None:
        """Start it and wait until it answers; what it prints is added to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [install.NODE, install.PROGRAM, "start"],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches only the parent, which then stops n8n in order.
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                lines = self.log.read_text(errors="replace").splitlines()[-40:]
                raise ui.Failure(
                    f"n8n did not start: {ui.telling_line(lines)}", ui.remedy_for(lines, self.log)
                )
            time.sleep(0.2)

    def is_ready(self) -> bool:
        try:
            with _OPENER.open(f"{self.url}/healthz/readiness", timeout=5) as response:
                return response.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        if self.process:
            server.stop_process(self.process.pid, self.process)
            self.process = None

    # Its command line

    def command(self, *arguments: str | Path) -> str:
        """Run ``n8n <arguments>``; return what it said.

        :raises Failure: with n8n's own words
        """
        done = subprocess.run(
            [install.NODE, install.PROGRAM, *map(str, arguments)],
            # Two at once must not meet on the port of the task broker.
            env={**self.environment(), "N8N_RUNNERS_BROKER_PORT": str(server.free_port())},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        # The command line of n8n logs some failures and ends with success nevertheless.
        if done.returncode or "An error occurred" in done.stdout:
            raise ui.Failure(
                f"n8n {arguments[0]}: {ui.telling_line(done.stdout.splitlines())}",
                f"see what it says: {done.stdout[-500:]}",
            )
        return done.stdout


def kept_secret(file: Path, make=lambda: secrets.token_urlsafe(32)) -> str:
    """The secret in a file that only its owner can read; made at the first call."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(make())
    return file.read_text()


class Client:
    """n8n's pages' own interface, as its owner: what the command line cannot do."""

    def __init__(self, instance: Instance):
        self.url = instance.url
        self._folder = instance.folder
        self.email = "owner@example.com"
        self.password = kept_secret(
            instance.folder / "owner.password", lambda: f"N8n-{secrets.token_urlsafe(12)}-1"
        )
        self._cookie = ""

    def sign_in(self) -> None:
        """Sign in as the owner; at the first start this makes the owner's account."""
        if self.call("GET", "/rest/settings")["userManagement"]["showSetupOnFirstLoad"]:
            names = {"firstName": "Local", "lastName": "Owner"}
            account = {"email": self.email, "password": self.password, **names}
            self.call("POST", "/rest/owner/setup", account)
        self.call(
            "POST", "/rest/login", {"emailOrLdapLoginId": self.email, "password": self.password}
        )

    def call(self, method: str, path: str, content=None):
        """The ``data`` of n8n's answer.

        :raises Failure: names the path and what n8n said
        """
        request = urllib.request.Request(
            self.url + path,
            None if content is None else json.dumps(content).encode(),
            {"content-type": "application/json", "cookie": self._cookie},
            method=method,
        )
        try:
            with self._open(request) as response:
                for cookie in response.headers.get_all("set-cookie") or ():
                    if cookie.startswith("n8n-auth="):
                        self._cookie = cookie.partition(";")[0]
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(2000).decode("utf-8", "replace")
            raise ui.Failure(
                f"n8n refuses {method} {path}: {error.code} {said[:300]}",
                f"is its database another one's? Its files are in {paths.shown(self._folder)}",
            ) from error
        return answer.get("data", answer) if isinstance(answer, dict) else answer

    @staticmethod
    def _open(request):
        """Send it; on a busy machine n8n loses sight of its database for a moment."""
        for tries_left in range(BUSY_TRIES, -1, -1):
            try:
                return _OPENER.open(request, timeout=60)
            except urllib.error.HTTPError as error:
                if error.code != 503 or not tries_left:
                    raise
                time.sleep(1)
