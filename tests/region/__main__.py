"""The standard scene as a process: one JSON line on stdout says where everything is, then it serves.

It ends with SIGTERM, or when its standard input ends, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from typing import get_args

from .model import Instance
from .scene import Placement, mirror_pair


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m region", description=__doc__)
    parser.add_argument("--tables", type=int, default=1, metavar="N", help="route tables that have the VIP's route")
    parser.add_argument("--destination", choices=get_args(Placement), default="overlay")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--latency-ms", type=float, default=0, help="added before each answer of EC2")
    parser.add_argument("--imds-latency-ms", type=float, default=0)
    parser.add_argument("--throttle", action="store_true", help="EC2's token buckets")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--leaf", choices=("rsa", "ecdsa"), default="rsa", help="the server's key")
    parser.add_argument("--api", type=_address, default=("127.0.0.1", 0), metavar="HOST:PORT")
    options = parser.parse_args()
    scene = mirror_pair(options.tables, options.destination, name=options.region, latency_ms=options.latency_ms,
                        imds_latency_ms=options.imds_latency_ms, throttle=options.throttle, shuffle_seed=options.seed)
    region, done = scene.region, threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    signal.signal(signal.SIGINT, lambda *_: done.set())
    threading.Thread(target=_wait_for_end_of_stdin, args=(done,), daemon=True).start()
    with region.serve(api=[options.api], control=("127.0.0.1", 0), leaf=options.leaf) as server:
        print(json.dumps({
            "endpoint_url": server.endpoint_url, "api_port": server.api_port, "ca_file": server.ca_file,
            "control_port": server.control_port, "region": region.name, "account": region.account, "vpc": scene.vpc,
            "a": _host(scene.a, server.imds_ports), "b": _host(scene.b, server.imds_ports), "tables": scene.tables,
            "vip": scene.vip, "destination": scene.destination,
            "access_key": region.static_key.access_key, "secret_key": region.static_key.secret_key}), flush=True)
        done.wait()


def _wait_for_end_of_stdin(done: threading.Event) -> None:
    # Not through sys.stdin, whose lock this thread would still hold when the interpreter ends.
    while os.read(0, 4096):
        pass
    done.set()


def _host(host: Instance, ports: dict[str, int]) -> dict[str, object]:
    return {"id": host.id, "eni": host.eni, "mac": host.mac, "private_ip": host.private_ip, "imds_port": ports[host.id]}


main()
