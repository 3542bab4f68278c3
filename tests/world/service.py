"""What a mirror host serves: it says who it is to whoever connects. `python3 service.py PORT NAME`."""

from __future__ import annotations

import socket
import sys


def main(port: int, name: str) -> None:
    both = socket.has_dualstack_ipv6()
    with socket.create_server(("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both, backlog=256) as listener:
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            with client:
                try:
                    client.sendall(name.encode())
                except OSError:
                    pass  # The client has gone; that is its own affair.


main(int(sys.argv[1]), sys.argv[2])
