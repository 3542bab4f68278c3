"""Sockets and threads: one thread per listener, one per connection, and a fault's every step in between."""

from __future__ import annotations

import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Union

from . import container, control, ec2, http1, imds, log, roles, sts, tls
from .errors import Refused
from .faults import Fault, put

if TYPE_CHECKING:
    from .region import Region

Address = Union[socket.socket, tuple[str, int]]
HANDSHAKE_LIMIT_S = 10.0


class Service(Protocol):
    """What answers the requests of a connection."""

    @property
    def name(self) -> str: ...
    @property
    def instance(self) -> str | None: ...
    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]: ...
    def answer(self, request: http1.Request, entry: log.Request, as_of: float | None) -> http1.Reply: ...
    def refuse(self, refused: Refused) -> http1.Reply: ...
    def encode(self, reply: http1.Reply) -> bytes: ...


class _End(Exception):
    """The connection is over: "close", "reset", or "hang"."""


class Server:
    """Everything that listens for one region. Made by `Region.serve`."""

    def __init__(self, region: Region, leaf: str, context: ssl.SSLContext | None):
        hosts = (*region.hosts(), "localhost", "127.0.0.1", "::1")
        self.region = region
        self.ca_file = str(tls.authority())
        self.api_ports: list[int] = []
        self.sts_ports: list[int] = []
        self.imds_ports: dict[str, int] = {}
        self.control_port: int | None = None
        self._context = context or tls.server_context(hosts, leaf)
        self._ids = itertools.count(1)
        self._closing = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def api_port(self) -> int:
        return self.api_ports[0]

    @property
    def endpoint_url(self) -> str:
        return f"https://127.0.0.1:{self.api_port}"

    @property
    def sts_url(self) -> str:
        return f"https://127.0.0.1:{self.sts_ports[0]}"

    def imds_url(self, instance: str) -> str:
        return f"http://127.0.0.1:{self.imds_ports[instance]}"

    def add_api(self, address: Address) -> None:
        self.api_ports.append(self._listen(address, ec2.Service(self.region), self._context))

    def add_sts(self, address: Address) -> None:
        self.sts_ports.append(self._listen(address, sts.Service(self.region), self._context))

    def add_iam(self, address: Address) -> int:
        return self._listen(address, roles.Service(self.region), self._context)

    def add_imds(self, instance: str, address: Address) -> None:
        self.imds_ports[instance] = self._listen(address, imds.Service(self.region, instance), None)

    def add_container(self, address: Address, service: container.Service) -> int:
        """Serve a container's credentials there; its port."""
        return self._listen(address, service, None)

    def add_control(self, address: Address) -> None:
        self.control_port = self._listen(address, control.Service(self.region), None)

    def close(self) -> None:
        """End all listeners and connections, also those that hang in a fault, and wait for their threads."""
        with self._lock:
            # From here on no thread is started and no socket noted; those that are, are all known.
            self._closing.set()
            sockets, threads = list(self._sockets), self._threads
        for each in sockets:
            try:
                # The plain socket's method: that of an SSLSocket would pull the rug from under a reading thread.
                socket.socket.shutdown(each, socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in threads:
            thread.join(5)

    # Listening.

    def _listen(self, address: Address, service: Service, context: ssl.SSLContext | None) -> int:
        if isinstance(address, socket.socket):
            listener = address
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            listener = socket.create_server(address, family=family, backlog=256)
        self._start(self._accept, listener, service, context)
        port: int = listener.getsockname()[1]
        return port

    def _start(self, work: Callable[..., None], wire: socket.socket, *arguments: object) -> None:
        """Work at the wire in a thread of its own; `_End` when all is about to end."""
        thread = threading.Thread(target=work, args=(wire, *arguments), daemon=True)
        with self._lock:
            self._note(wire)
            # Threads that have ended need not be waited for; one that has not begun could not be.
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()

    def _note(self, wire: socket.socket) -> None:
        """Have `close` shut the wire down. With the lock held."""
        if self._closing.is_set():
            raise _End("close")
        self._sockets.add(wire)

    def _accept(self, listener: socket.socket, service: Service, context: ssl.SSLContext | None) -> None:
        with listener:
            while True:
                try:
                    connected, peer = listener.accept()
                except OSError:
                    break
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self._start(self._connection, connected, f"{peer[0]}:{peer[1]}", service, context)
                except _End:
                    connected.close()
                    break
        with self._lock:
            self._sockets.discard(listener)

    # One connection.

    def _connection(self, plain: socket.socket, peer: str, service: Service, context: ssl.SSLContext | None) -> None:
        entry = log.Connection(next(self._ids), service.name, peer, time.monotonic())
        if service.name != "control":
            self.region.log.connections.append(entry)
        wire = plain
        try:
            if fault := self._fault(service, "connect"):
                self._pause(fault.delay_s)
                self._send(plain, put(fault.raw, b""), fault)
            if context:
                wire = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._note(wire)
                self._handshake(wire, entry)
            self._converse(wire, service, entry)
            self._say_goodbye(wire)
        except _End as end:
            if str(end) == "hang":
                self._closing.wait()
            if str(end) == "reset":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (OSError, ValueError) as error:
            entry.error = entry.error or str(error)
        finally:
            with self._lock:
                self._sockets -= {plain, wire}
            wire.close()
            plain.close()
            entry.closed = time.monotonic()

    def _fault(self, service: Service, name: str, table: str | None = None) -> Fault | None:
        # Never on the control port: whoever set a fault must be able to take it back.
        if service.name == "control":
            return None
        return self.region.faults.hit(service.name, name, table, service.instance)

    def _handshake(self, wire: ssl.SSLSocket, entry: log.Connection) -> None:
        wire.settimeout(HANDSHAKE_LIMIT_S)
        wire.do_handshake()
        wire.settimeout(None)
        entry.tls, entry.resumed = wire.version(), bool(wire.session_reused)

    def _say_goodbye(self, wire: socket.socket) -> None:
        """Send TLS's close_notify, without waiting for the peer's."""
        if isinstance(wire, ssl.SSLSocket):
            wire.settimeout(0)
            try:
                wire.unwrap()
            except OSError:
                pass

    def _converse(self, wire: socket.socket, service: Service, connection: log.Connection) -> None:
        reader = http1.Reader(wire.recv)
        while True:
            try:
                request = reader.next()
            except Refused as refused:
                reply = service.refuse(refused)
                reply.close = True
                connection.error = refused.message
                wire.sendall(service.encode(reply))
                return
            if not request or self._exchange(wire, service, connection, request):
                return

    def _exchange(self, wire: socket.socket, service: Service, connection: log.Connection,
                  request: http1.Request) -> bool:
        """Answer one request, with what a fault makes of it. True when the connection is to end after it."""
        region = self.region
        name, params = service.label(request)
        entry = log.Request(next(self._ids), connection.id, service.name, name, params, request.headers["host"],
                            time.monotonic(), service.instance)
        if service.name != "control":
            region.log.requests.append(entry)
        fault = self._fault(service, name, params.get("RouteTableId"))
        latency_ms = {"ec2": region.latency_ms, "sts": region.latency_ms, "imds": region.imds_latency_ms}.get(service.name, 0)
        self._pause(latency_ms / 1000 + (fault.delay_s if fault else 0))
        reply = self._reply(service, request, entry, fault)
        reply.close = reply.close or request.last
        entry.status, entry.error = reply.status, reply.error
        data = service.encode(reply)
        if reply.hops:
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, reply.hops)
        if fault:
            self._pause(fault.hold_s)
        # Noted before it is sent: whoever has read the answer may look at the log at once.
        entry.answered = time.monotonic() if not fault or fault.cut is None else None
        if fault:
            self._send(wire, put(fault.raw, data), fault)
        else:
            wire.sendall(data)
        return reply.close

    def _reply(self, service: Service, request: http1.Request, entry: log.Request, fault: Fault | None) -> http1.Reply:
        if not fault:
            return service.answer(request, entry, None)
        reply = service.answer(request, entry, fault.moment()) if fault.applies else None
        if fault.code or not reply:
            reply = service.refuse(Refused(fault.code or "InternalError", fault.message, 400 if fault.code else 500))
        reply.status = fault.status or reply.status
        reply.body = put(fault.body, reply.body)
        return reply

    def _send(self, wire: socket.socket, data: bytes, fault: Fault) -> None:
        """Send the bytes as the fault has it; `_End` if the connection ends with them."""
        if fault.cut is not None:
            data = data[:fault.cut]
        step = fault.drip_bytes if fault.drip_s else max(1, len(data))
        for at in range(0, len(data), step):
            wire.sendall(data[at:at + step])
            self._pause(fault.drip_s)
        if fault.end or fault.cut is not None:
            raise _End(fault.end or "close")

    def _pause(self, seconds: float) -> None:
        if seconds > 0 and self._closing.wait(seconds):
            raise _End("close")
