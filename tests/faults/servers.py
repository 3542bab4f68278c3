"""What the program finds in place of the region's API: each gives the options that lead there."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from .rig import API_NAME, CA_FILE, Rig, in_thread


def real(rig: Rig, *addresses: str) -> list[str]:
    """The API under its real name, at these addresses."""
    rig.place.write("/etc/hosts", "127.0.0.1 localhost\n" + "".join(f"{address} {API_NAME}\n" for address in addresses))
    return ["--ca-bundle", CA_FILE]


@contextmanager
def server(rig: Rig, made: ssl.SSLContext, host: str = "localhost") -> Iterator[list[str]]:
    """The API once more, at a port of its own, with this set-up: the options that lead there, under that name."""
    listener = rig.place.call(socket.create_server, ("127.0.0.1", 0), backlog=16)
    port = listener.getsockname()[1]
    with rig.region.serve([listener], {}, context=made):
        yield ["--endpoint-url", f"https://{host}:{port}", "--ca-bundle", CA_FILE]


@contextmanager
def talking(rig: Rig, talk: Callable[[socket.socket], object]) -> Iterator[list[str]]:
    """What this does with each connection, in a thread of its own, at a port of its own: the options that lead there."""
    listener = rig.place.call(socket.create_server, ("127.0.0.1", 0), backlog=16)

    def one(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk(client)

    def serve() -> None:
        with suppress(OSError):
            while True:
                in_thread(partial(one, listener.accept()[0]))
    thread = in_thread(serve)
    try:
        yield ["--endpoint-url", f"https://localhost:{listener.getsockname()[1]}", "--ca-bundle", CA_FILE]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
