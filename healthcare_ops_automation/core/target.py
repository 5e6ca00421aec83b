"""Where and how one endpoint is called: plain values that threads may share."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """An endpoint as a sender needs it.

    ``secrets`` sign in this order (several while one is rotated); ``headers`` are pairs of
    name and value sent besides ours; ``ca`` is a certificate authority in PEM, empty for
    the public ones; timeouts are in seconds.
    """

    endpoint_id: int
    url: str = field(repr=False)
    secrets: tuple = field(repr=False)
    headers: tuple = field(default=(), repr=False)
    networks: tuple = ()
    connect_timeout: float = 5.0
    total_timeout: float = 15.0
    verify_tls: bool = True
    ca: str = field(default="", repr=False)
