"""What a sender knows of the scene: addresses, secrets, ids. Plain values, for any process."""

import itertools
from dataclasses import dataclass, field


@dataclass
class Facts:
    """Where to send, how to sign, what to answer."""

    port: int
    token: str
    secret: str
    previous_secret: str  # valid, too, as while a secret is replaced
    secret_out: str  # the endpoint's other one, for what Odoo sends
    other_secret: str  # another endpoint's
    events: tuple[str, ...]  # sent to the endpoint
    foreign_event: str  # sent to another one
    shard: str = "0"  # who sends; its message ids are no other one's
    sent: itertools.count = field(default_factory=lambda: itertools.count(1))
    turn: itertools.count = field(default_factory=itertools.count)

    @property
    def valid_secrets(self) -> tuple[str, ...]:
        return self.secret, self.previous_secret

    @property
    def secrets(self) -> tuple[str, ...]:
        return *self.valid_secrets, self.secret_out, self.other_secret

    def next_event(self) -> str:
        """The id of an event that was sent to the endpoint, in turn."""
        return self.events[next(self.turn) % len(self.events)]

    def fresh_id(self, back: int = 0) -> str:
        """A message id that nobody has sent; with ``back`` perhaps one of those before it."""
        return f"fuzz-{self.shard}-{max(1, next(self.sent) + back)}"
