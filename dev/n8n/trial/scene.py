"""Everything the stories play on, and how they look at both sides."""

import json
import shutil
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from functools import cached_property

from dev import databases, environment, paths, postgres, server, ui
from dev.load import database as load_database
from dev.load import leftovers
from dev.receiver import standard_webhooks
from dev.story import stock

from .. import connect, equip
from ..beside import running
from ..instance import Instance
from ..stand_in import Suppliers
from .proxy import Proxy

KIND = "n8ntrial"
SECONDS = 90
POLL_SECONDS = 0.3


class Scene:
    """Odoo, n8n, suppliers and the proxy between them; a context manager."""

    def __init__(self):
        self._stack = ExitStack()
        self._asked_before: dict[str, int] = {}  # how much was asked, at each event's emission
        self._credentials: dict[str, str] = {}  # what stories have put into n8n

    def __enter__(self) -> "Scene":
        leftovers.remove(KIND)
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _build(self) -> None:
        enter = self._stack.enter_context
        name = leftovers.name(KIND, "odoo")
        self._stack.callback(databases.drop, name)
        env = environment.child_environment()
        with ui.Step("a copy of the template database"):
            databases.copy(databases.suite_template(env), name)
        self.odoo = enter(server.running(name, env, "test-n8n-odoo"))
        self.database = load_database.Database(name)
        self.run(load_database.prepare)
        self.suppliers = enter(Suppliers())
        self.proxy = enter(Proxy(self.odoo.url))
        folder = paths.LOCAL / KIND
        shutil.rmtree(folder, ignore_errors=True)
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        log = paths.LOGS / "test-n8n.log"
        log.unlink(missing_ok=True)
        self.n8n_database = leftovers.name(KIND, "n8n")
        self._stack.callback(databases.drop, self.n8n_database)
        self.n8n = Instance(folder, self.n8n_database, server.free_port(), log)
        self.client, self.connection = enter(running(self.n8n, self.run, self._addresses))

    def _addresses(self, connection) -> dict[str, str]:
        return {
            "odoo_callback": self.proxy.url + connection.callback_path,
            "suppliers": self.suppliers.url,
        }

    def __exit__(self, *_exception) -> None:
        self._stack.close()

    # Odoo

    def run(self, work):
        """Commit ``work(env)`` as one transaction."""
        return self.database.run(work)

    def look(self, read):
        """``read(env)`` as Odoo's database is now."""
        with self.database.transaction() as env:
            return read(env)

    @cached_property
    def _items(self) -> list[int]:
        """Items with preferred vendors, one for each event: those of one record wait in a row."""

        def read(env):
            items = env["ops.supply.item"].search([("preferred_vendor_ids", "!=", False)])
            return (items - stock.story_items(env)).ids

        return self.look(read)

    def emit(self) -> str:
        """An event about an item no story has used yet; its id."""
        item_id = self._items.pop()
        asked = len(self.suppliers.log())

        def work(env):
            item = env["ops.supply.item"].browse(item_id)
            return env["ops.event"].emit(connect.EVENTS, item, item._below_critical_data()).uuid

        event = self.run(work)
        self._asked_before[event] = asked
        return event

    def endpoint(self, env):
        return env["ops.endpoint"].browse(self.connection.endpoint_id)

    def delivery(self, env, event: str):
        return env["ops.delivery"].search([("event_id.uuid", "=", event)])

    def replay(self, event: str) -> None:
        """What a manager does with the button."""
        self.run(lambda env: self.delivery(env, event)._replay("mended"))

    def delivered(self, event: str) -> str:
        """Wait until the event is delivered; attempts and their statuses in words."""

        def read(env):
            delivery = self.delivery(env, event)
            if delivery.state != "delivered":
                return False
            attempts = delivery.attempt_ids.sorted("number")
            statuses = [str(one.http_status or "no answer") for one in attempts]
            return f"delivered after attempts {', '.join(statuses)}"

        def state(env):
            delivery = self.delivery(env, event)
            return f"the delivery is {delivery.state}: {delivery.last_error}"

        return self.wait("delivery", lambda: self.look(read), lambda: self.look(state))

    def effects(self, event: str) -> tuple[int, int]:
        """How many callbacks were taken in reply to an event, and how many of the suppliers'
        answers are stored more than once."""

        def read(env):
            callbacks = env["ops.callback"].search([("event_id.uuid", "=", event)])
            answers = env["ops.supply.answer"].search([("event_id.uuid", "=", event)])
            # Each effect stores what every vendor said: a second one would store it twice.
            return len(callbacks), len(answers) - len(set(answers.mapped("vendor_ref")))

        return self.look(read)

    def answered_once(self, event: str) -> str:
        """Wait for the answer; its effect is there exactly once. In words."""
        self.wait("answer in Odoo", lambda: self.effects(event)[0], lambda: self.n8n_words(event))
        callbacks, twice = self.effects(event)
        require(callbacks == 1, f"{callbacks} callbacks were taken, not 1")
        require(not twice, "the answers of the suppliers are stored twice")
        return "answer taken once"

    def exceptions(self, category: str, **fields) -> list[dict]:
        """Open exceptions of a category: reason, count, link."""
        domain = [
            ("category_id.code", "=", category),
            ("state", "not in", ("resolved", "cancelled")),
        ]
        domain += [(name, "=", value) for name, value in fields.items()]
        names = ["name", "reason", "occurrence_count", "event_id"]

        def read(env):
            exceptions = env["ops.exception"]
            extra = [name for name in ("external_url",) if name in exceptions]
            return exceptions.search(domain).read(names + extra)

        return self.look(read)

    # n8n

    def executions(self, workflow: str = "hcops-supply-availability") -> list[dict]:
        """n8n's own rows about a workflow's executions, oldest first."""
        sql = (
            "SELECT coalesce(json_agg(json_build_object('id', id, 'status', status) ORDER BY id),"
            " '[]') FROM execution_entity WHERE \"workflowId\" = " + databases.literal(workflow)
        )
        return json.loads(self.n8n_sql(sql))

    def n8n_sql(self, sql: str) -> str:
        return postgres.psql(sql, self.n8n_database)

    def known(self, event: str) -> list[dict]:
        """What n8n keeps of an event in its data table."""
        rows = equip.rows(self.client, equip.EVENTS)
        return [row for row in rows if row["webhook_id"] == event]

    def n8n_state(self, event: str) -> str:
        return ", ".join(row["state"] for row in self.known(event)) or "unknown"

    def n8n_words(self, event: str) -> str:
        return f"n8n has it as {self.n8n_state(event)}, proxy saw {self.proxy.seen[-3:]}"

    def remembered(self, event: str, state: str = "answered") -> str:
        """Wait until n8n has the event once, in a state. In words."""
        self.wait(
            f"state {state} in n8n",
            lambda: self.n8n_state(event) == state,
            lambda: self.n8n_words(event),
        )
        return f"event kept once, {state}"

    def idle(self) -> None:
        """Wait until no execution is running."""
        sql = "SELECT count(*) FROM execution_entity WHERE status IN ('running', 'waiting', 'new')"
        self.wait("the end of all executions", lambda: self.n8n_sql(sql) == "0")

    def asked(self, event: str) -> int:
        """How often preferred suppliers were asked about an event's item since its emission."""
        code = json.loads(self._body(event))["data"]["item"]["code"]
        asked = self.suppliers.log()[self._asked_before[event] :]
        return sum(one["item"] == code and not one["others"] for one in asked)

    def _body(self, event: str) -> str:
        return self.look(lambda env: env["ops.event"].search([("uuid", "=", event)]).body)

    def set_secrets(self, **secrets: str) -> None:
        """Replace credentials in n8n, as a person does: by the name of the credential."""
        self._credentials.update(secrets)
        equip.import_credentials(self.n8n, secrets)

    def mend(self) -> None:
        """Put right what a story may have left broken."""
        self.proxy.mode = "pass"
        self.suppliers.control(mode="ok")
        secrets = self.look(lambda env: connect.described(self.endpoint(env))).secrets()
        if any(secrets[name] != value for name, value in self._credentials.items()):
            self.set_secrets(**secrets)
        if not self.n8n.is_ready():
            self.n8n.start()
            self.client.sign_in()

    def post(self, event: str, secrets: list[str] | None = None) -> int:
        """Send an event to n8n as Odoo does; the HTTP status n8n answers."""
        body = self._body(event).encode()
        keys = secrets or [self.connection.signing]
        headers = standard_webhooks.signed_headers(keys[0], event, body)
        request = urllib.request.Request(
            self.n8n.url + equip.WEBHOOK_PATH,
            body,
            {**headers, "content-type": "application/cloudevents+json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    # Waiting

    def wait(self, what: str, look, state=lambda: "", seconds: float = SECONDS):
        """The first truthy result of ``look``.

        :raises AssertionError: says what was there instead
        """
        end = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds:g} s. {state()}")
            time.sleep(POLL_SECONDS)
        return found


def require(condition, text: str) -> None:
    """Fail a story in words."""
    if not condition:
        raise AssertionError(text)
