"""What happened, kept in memory for a test to assert on. Times are `time.monotonic()`.

No secret is ever put in: of a signature only the access key's id is kept, of metadata only the path.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Connection:
    """One TCP connection. `error` says why a handshake failed; `resumed` whether TLS took up an old session."""

    id: int
    service: str
    peer: str
    opened: float
    closed: float | None = None
    tls: str | None = None
    resumed: bool = False
    error: str | None = None


@dataclass(slots=True)
class Request:
    """One request. `action` is an EC2 action or a metadata path; `error` the code it was refused with.

    `answered` is when sending began; None means that no whole answer was to be sent.
    """

    id: int
    connection: int
    service: str
    action: str
    params: dict[str, str]
    host: str
    received: float
    instance: str | None = None
    access_key: str | None = None
    answered: float | None = None
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One route's target changed. None stands for "no such route"."""

    time: float
    table: str
    destination: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Log:
    connections: list[Connection] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def clear(self) -> None:
        self.connections.clear()
        self.requests.clear()
        self.changes.clear()

    def actions(self, *names: str) -> list[Request]:
        """The requests with one of these actions, in the order they came."""
        return [request for request in self.requests if request.action in names]

    def count(self, *names: str) -> int:
        return len(self.actions(*names))

    def seconds_without_route(self, table: str, destination: str, until: float) -> float:
        """How long the table had no route to the destination, from the first logged change to `until`."""
        total, since = 0.0, None
        for change in self.changes:
            if (change.table, change.destination) != (table, destination):
                continue
            if change.new is None and since is None:
                since = change.time
            elif change.new is not None and since is not None:
                total, since = total + change.time - since, None
        return total + (until - since if since is not None else 0.0)
