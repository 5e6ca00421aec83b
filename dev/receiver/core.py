"""What the receiver knows and decides, without HTTP."""

import json
import queue
import threading

from . import standard_webhooks, suppliers
from .callback import CallbackSender
from .failures import parse_plan
from .journal import Journal, say

MAX_REMEMBERED = 10_000
WORKERS = 4
EVENT_TYPE = "supply.item.below_critical"


class Receiver:
    """What the receiver knows and does, apart from HTTP. Safe to use from threads."""

    def __init__(self, secret_in, secret_out, callback_url=None, catalogue=None, fail="none"):
        standard_webhooks.decode_secret(secret_in)
        self.secret_in = secret_in
        self.catalogue = suppliers.check_catalogue(catalogue or suppliers.BUILT_IN)
        self.callbacks = CallbackSender(secret_out, callback_url)
        self.received = []
        self._plan = parse_plan(fail)
        self._times = None
        self._seen = {}
        self._journal = Journal()
        self._lock = threading.Lock()
        self._accepted = queue.SimpleQueue()
        self._workers = []

    def control(self, change):
        """Apply a change made at run time.

        :return: the :class:`~.failures.Failure` to begin right now rather than with the
            next event, or None
        :raises ValueError: an unknown key or a value of the wrong shape; nothing is
            changed then
        """
        unknown = set(change) - {"fail", "times", "callback_url", "suppliers"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        plan = parse_plan(change.get("fail", "none"))
        times = change.get("times")
        if times is not None and (type(times) is not int or times < 1):
            raise ValueError("times is a whole number, at least 1")
        if "suppliers" in change:
            self.catalogue = suppliers.check_catalogue(change["suppliers"])
        if "callback_url" in change:
            self.callbacks.set_url(change["callback_url"])
        if "fail" in change:
            with self._lock:
                self._plan, self._times = plan, times
        return self.at_once()

    def at_once(self):
        """Take the failure that does not wait for an event out of the plan, if there is one."""
        with self._lock:
            failure = self._plan.at_once
            if failure:
                self._plan, self._times = parse_plan("none"), None
            return failure

    def next_failure(self):
        """Return the :class:`~.failures.Failure` that applies to the event now arriving."""
        with self._lock:
            failure = self._plan.next()
            if self._times is not None:
                self._times -= 1
                if self._times == 0:
                    self._plan, self._times = parse_plan("none"), None
            return failure

    def check(self, headers, body):
        """Say whether the message is from whom it should be, without accepting it."""
        try:
            standard_webhooks.verify(self.secret_in, headers, body)
        except standard_webhooks.VerificationError as error:
            return f"NOT VERIFIED: {error}"
        return "verified"

    def accept(self, headers, body):
        """Verify and remember one message.

        :return: (HTTP status, verdict, parsed event or None). The event is returned only
            the first time its ``webhook-id`` is seen.
        """
        try:
            webhook_id = standard_webhooks.verify(self.secret_in, headers, body)
        except standard_webhooks.VerificationError as error:
            return 401, str(error), None
        try:
            event = json.loads(body)
        except ValueError:
            return 400, "the body is not JSON", None
        if not isinstance(event, dict) or event.get("id") != webhook_id:
            return 400, "the event's id is not the webhook-id", None
        with self._lock:
            if webhook_id in self._seen:
                return 202, "duplicate", None
            self._seen[webhook_id] = True
            if len(self._seen) > MAX_REMEMBERED:
                del self._seen[next(iter(self._seen))]
        return 202, "accepted", event

    def note(self, headers, body, status, verdict):
        """Print what came in, and remember it for ``/_log``; without signatures."""
        entry = {
            "at": suppliers.rfc3339_now(),
            "webhook_id": headers.get("webhook-id"),
            "content_type": headers.get("content-type"),
            "status": status,
            "verdict": verdict,
            "body": body.decode("utf-8", "replace"),
        }
        verified = self.check(headers, body)
        outcome = f"{status} {verdict}" if status else verdict
        with self._lock:
            self.received.append(entry)
            del self.received[:-MAX_REMEMBERED]
            line = self._journal.line(entry["webhook_id"], body, verified, outcome)
        say(line)

    def log(self):
        """Return everything noted so far, as plain data."""
        with self._lock:
            received = list(self.received)
        return {"received": received, "callbacks": self.callbacks.log()}

    def enqueue(self, event, fail_name):
        """Leave an accepted event to the background threads."""
        self._accepted.put((event, fail_name))
        with self._lock:
            if len(self._workers) < WORKERS:
                self._workers.append(threading.Thread(target=self._work_on_queue, daemon=True))
                self._workers[-1].start()

    def stop(self):
        """End what works in the background; a callback under way is not repeated."""
        self.callbacks.stop()
        for _worker in self._workers:
            self._accepted.put(None)

    def _work_on_queue(self):
        while accepted := self._accepted.get():
            event, fail_name = accepted
            try:
                say(self._work(event, fail_name))
            except (KeyError, TypeError, AttributeError) as error:
                say(f"    {event['id']}: the data is not as agreed ({error!r})")

    def _work(self, event, fail_name):
        """Check the suppliers, call back, and return the line that says so."""
        line = f"    {event['id']}:"
        if event.get("type") != EVENT_TYPE:
            return f"{line} noted"
        data = event["data"]
        answer = suppliers.check_availability(self.catalogue, data)
        able = sum(supplier["can_deliver"] for supplier in answer["suppliers"])
        line += (
            f" {data['item'].get('name')} at {event.get('site')}: {data.get('on_hand')} left, "
            f"critical level {data.get('critical_level')}; "
            f"{able} of {len(answer['suppliers'])} suppliers can deliver"
        )
        if fail_name == "no-answer":
            return f"{line}; told not to answer"
        entry = self.callbacks.send(event, answer, bad_signature=fail_name == "badsig")
        if entry is None:
            return f"{line}; no callback address"
        outcome = entry["status"] or entry["response"]
        return f"{line}; callback {outcome} after {entry['attempts']} tries"
