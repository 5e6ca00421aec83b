"""The suppliers' stand-in as a process of its own, and what of n8n the story looks at."""

import json
import subprocess
import sys
import urllib.request

from dev import paths, server, ui

from . import equip
from .instance import Client

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Suppliers:
    """A running stand-in; a context manager."""

    def __init__(self, port: int = 0):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dev.n8n.suppliers", "--port", str(port)],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise ui.Failure("the suppliers' stand-in did not start", "see the lines above")
        self.url = json.loads(line)["url"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> "Suppliers":
        return self

    def __exit__(self, *_exception) -> None:
        server.stop_process(self._process.pid, self._process, patience=5)
        self._process.stdout.close()

    def control(self, **change) -> None:
        """Change mode, times, seconds, status or suppliers: :mod:`dev.n8n.suppliers`."""
        self._call("/_control", json.dumps(change).encode())

    def log(self) -> list[dict]:
        """What was asked so far."""
        return self._call("/_log")

    def _call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path, body, {"content-type": "application/json"}
        )
        with _OPENER.open(request, timeout=10) as response:
            return json.load(response)


class StoryReceiver:
    """n8n and the stand-in as the story's :class:`~dev.story.act.Act` wants its receiver."""

    def __init__(self, client: Client, suppliers: Suppliers):
        self._client = client
        self._suppliers = suppliers

    def control(self, suppliers):
        self._suppliers.control(suppliers=suppliers)

    def log(self):
        """The answers n8n has posted and Odoo has taken."""
        answered = [
            row for row in equip.rows(self._client, equip.EVENTS) if row["state"] == "answered"
        ]
        return {
            "callbacks": [
                {
                    "webhook_id": f"cb_{row['webhook_id']}",
                    "status": 200,
                    "attempts": row["attempts"],
                    "body": row["answer"],
                    "response": "",
                }
                for row in answered
            ]
        }
