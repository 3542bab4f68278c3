"""Where both run: host B of the standard scene as a place of its own, with the region in it as another process."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from region.log import Change, Log
from world import Place
from world.memory import peak_kb
from world.place import PATH

from .service import API, IMDS

TESTS = Path(__file__).parents[1]

_HOST = ("link add eth0 address 02:00:0a:6d:02:0a type veth peer name far", "link set eth0 up", "link set far up",
         "addr add 10.109.2.10/24 dev eth0", "addr add 10.109.10.254/27 dev eth0 label eth0:1",
         f"addr add {IMDS}/32 dev lo", f"addr add {API}/32 dev lo")


@dataclass(frozen=True)
class Run:
    """One run to its end, and what the region saw of it."""

    wall_s: float
    cpu_s: float
    requests: int
    connections: int
    longest_gap_s: float


class Failed(Exception):
    """A run that did not move every route tells nothing about speed."""


class Stage:
    """`tables` route tables, all pointing to host A; EC2 answers `latency_ms` late."""

    def __init__(self, tables: int, latency_ms: float):
        self._place = Place("bench")
        try:
            self._furnish(tables, latency_ms)
        except BaseException:
            self._place.close()
            raise

    def _furnish(self, tables: int, latency_ms: float) -> None:
        self._place.ip(*_HOST)
        self._place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} ec2.eu-central-1.amazonaws.com\n")
        self._place.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self._service = self._place.start(
            [sys.executable, "-m", "bench.service", str(tables), str(latency_ms)], stdin=subprocess.PIPE, stderr=None,
            # Its certificates are in the place's own /run, which goes with it.
            env={"PATH": PATH, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/run"})
        assert self._service.stdout
        said = self._service.stdout.readline()
        if not said:
            raise Failed("the region did not start")
        self._scene = json.loads(said)
        # No HOME: settings and packages of whoever runs this are none of ours.
        self._env = {"PATH": PATH, "HOME": "/nonexistent", "AWS_CA_BUNDLE": self._scene["ca_file"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._service.stdin
        self._service.stdin.close()
        self._service.wait()
        self._place.close()

    def _control(self, method: str, path: str) -> Any:
        def work() -> Any:
            port = http.client.HTTPConnection("127.0.0.1", self._scene["control_port"], timeout=10)
            try:
                port.request(method, path, body="{}" if method == "POST" else None)
                return json.loads(port.getresponse().read())
            finally:
                port.close()
        return self._place.call(work)

    def run(self, argv: list[str]) -> Run:
        """Everything back to A, then one run."""
        self._control("POST", "/reset")
        wall_s, cpu_s, status, said = self._place.call(_timed, argv, self._env)
        self._check(argv, status, said)
        log = self._control("GET", "/log")
        changes = Log(changes=[Change(**each) for each in log["changes"]])
        until = max(change.time for change in changes.changes)
        gap_s = max(changes.seconds_without_route(table, self._scene["destination"], until) for table in self._scene["tables"])
        requests, connections = (sum(each["service"] == "ec2" for each in log[what]) for what in ("requests", "connections"))
        return Run(wall_s, cpu_s, requests, connections, gap_s)

    def peak_kb(self, argv: list[str]) -> int:
        """Everything back to A, then one run, for its memory alone: to watch that takes time."""
        self._control("POST", "/reset")
        status, peak = peak_kb(self._place, argv, self._env)
        self._check(argv, status, "")
        return peak

    def _check(self, argv: list[str], status: int, said: str) -> None:
        tables = self._control("GET", "/state")["tables"]
        where = self._scene["destination"]
        moved = sum(tables[table]["routes"].get(where, {}).get("target") == self._scene["eni"] for table in self._scene["tables"])
        if status or moved < len(self._scene["tables"]):
            raise Failed(f"{' '.join(argv)}: status {status}, {moved} of {len(self._scene['tables'])} routes moved. {said}")


def _timed(argv: list[str], env: dict[str, str]) -> tuple[float, float, int, str]:
    """Wall and CPU seconds (its children's included), status and words of a program, from start to end."""
    output = os.memfd_create("output")
    try:
        streams = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
        began = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=streams)
        _, status, used = os.wait4(pid, 0)
        wall_s = time.perf_counter() - began
        os.lseek(output, 0, os.SEEK_SET)
        said = os.read(output, 65536).decode(errors="replace")
    finally:
        os.close(output)
    return wall_s, used.ru_utime + used.ru_stime, os.waitstatus_to_exitcode(status), said
