"""What was sent and answered, and whether an answer by itself breaks a promise."""

import json
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from dev.receiver import standard_webhooks

from .wire import Answer, Call

PROBLEM_CONTENT_TYPE = "application/problem+json"
STATUSES = {200, 400, 401, 404, 405, 409, 413, 415, 422}
TRACEBACK = b"Traceback (most recent"


@dataclass
class Tally:
    """Counts over all senders; :meth:`add` tells what is wrong with an answer."""

    secrets: tuple[str, ...]  # none of them may appear in an answer
    valid_secrets: tuple[str, ...]
    sent: Counter = field(default_factory=Counter)  # by part of the campaign
    statuses: Counter = field(default_factory=Counter)
    signed: int = 0
    accepted: dict = field(default_factory=lambda: defaultdict(set))  # answers by message id
    breaches: dict = field(default_factory=lambda: defaultdict(list))  # words by promise
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def merge(self, other: "Tally") -> None:
        """Add what another process has counted."""
        self.sent += other.sent
        self.statuses += other.statuses
        self.signed += other.signed
        self.slowest = max(self.slowest, other.slowest)
        for message_id, found in other.accepted.items():
            self.accepted[message_id] |= found
        for promise, words in other.breaches.items():
            self.breaches[promise] += words

    def add(self, part: str, call: Call, answer: Answer) -> list[str]:
        """Count an answer; return the promises it breaks."""
        signed_id = self._signed_id(call)
        broken = list(self._broken(call, answer, signed_id))
        with self.lock:
            self.sent[part] += 1
            self.statuses[answer.status] += 1
            self.signed += signed_id is not None
            self.slowest = max(self.slowest, answer.seconds)
            if answer.status == 200:
                self.accepted[call.header(b"webhook-id")].add(answer.body)
            for promise, words in broken:
                self.breaches[promise].append(words)
        return [f"{promise}: {words}" for promise, words in broken]

    def _signed_id(self, call):
        """The message id, when the request is signed validly by our own second reading of the
        specification; else None."""
        if call.body is None:
            return None
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = {name: call.header(name.encode()) for name in names}
        for secret in self.valid_secrets:
            try:
                return standard_webhooks.verify(secret, headers, call.body)
            except (standard_webhooks.VerificationError, ValueError):
                continue
        return None

    def _broken(self, call, answer, signed_id):
        if answer.trouble:
            yield NO_ANSWER, answer.trouble
            return
        told = f"{answer.status} {answer.body[:300]!r}"
        if answer.status >= 500:
            yield SERVER_ERROR, told
        elif answer.status not in STATUSES:
            yield UNDESCRIBED, told
        if answer.status == 200 and signed_id is None:
            yield UNSIGNED, told
        if call.method != b"HEAD" and not _is_what_it_should_be(answer):
            yield NO_PROBLEM, f"{told} {answer.headers}"
        everything = answer.body + str(answer.headers).encode()
        if TRACEBACK in answer.body:
            yield TRACE, told
        if any(secret.removeprefix("whsec_").encode() in everything for secret in self.secrets):
            yield SECRET, told


NO_ANSWER = "without an answer"
SERVER_ERROR = "answered with 5xx"
UNDESCRIBED = "answered with a status that is not described"
UNSIGNED = "accepted without a valid signature"
NO_PROBLEM = "refused without a problem body of that status"
TRACE = "answers with a traceback"
SECRET = "answers with a secret"
PROMISES = (NO_ANSWER, SERVER_ERROR, UNDESCRIBED, UNSIGNED, NO_PROBLEM, TRACE, SECRET)


def _is_what_it_should_be(answer):
    """An acceptance, or a problem with the answer's own status."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return False
    if not isinstance(content, dict):
        return False
    if answer.status == 200:
        return answer.content_type == "application/json" and content.get("status") == "accepted"
    return answer.content_type == PROBLEM_CONTENT_TYPE and content.get("status") == answer.status
