"""Where all of them run: host B of the standard scene as a place of its own, with the region in it as another process."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from region import mirror_pair
from region.log import Change, Log
from world import Place
from world.memory import Peak, peak
from world.place import PATH, Unable

from .programs import Program
from .record import Run
from .service import API, DESTINATION, IMDS

TESTS = Path(__file__).parents[1]
# As long as Pacemaker waits for its agent. Whoever needs more is stopped, and has failed.
PATIENCE_S = 180

_ALIAS = "addr add 10.9.0.1/32 dev eth0 label eth0:1"
_HOST = ("link add eth0 address 02:00:0a:6d:02:0a type veth peer name far", "link set eth0 up", "link set far up",
         "addr add 10.109.2.10/24 dev eth0", _ALIAS,
         "route add 10.109.0.0/16 via 10.109.2.1 dev eth0", f"addr add {IMDS}/32 dev lo", f"addr add {API}/32 dev lo")


class Stage:
    """`tables` route tables, all pointing to host A, each with so many routes, but two at least."""

    def __init__(self, tables: int, routes: int = 0):
        # The same as the service's: its ids come from a seed.
        self.scene = mirror_pair(tables, DESTINATION)
        self.api_name = f"ec2.{self.scene.region.name}.amazonaws.com"
        self.place = Place("bench")
        try:
            self._furnish(tables, routes)
        except BaseException:
            self.place.close()
            raise

    def _furnish(self, tables: int, routes: int) -> None:
        self.place.ip(*_HOST)
        self.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {self.api_name}\n")
        self.place.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self._service = self.place.start(
            [sys.executable, "-m", "bench.service", str(tables), str(routes)], stdin=subprocess.PIPE, stderr=None,
            # Its certificates are in the place's own /run, which goes with it.
            env={"PATH": PATH, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/run"})
        assert self._service.stdout
        said = self._service.stdout.readline()
        if not said:
            raise Unable("the region did not start")
        served = json.loads(said)
        self.ca_file: str = served["ca_file"]
        self._control_port: int = served["control_port"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._service.stdin
        self._service.stdin.close()
        self._service.wait()
        self.place.close()

    def _control(self, method: str, path: str, **members: Any) -> Any:
        return json.loads(self._ask("127.0.0.1", self._control_port, method, path, body=json.dumps(members) if method == "POST" else None))

    def _ask(self, address: str, port: int, method: str, path: str, body: str | None = None, **headers: str) -> bytes:
        def work() -> bytes:
            connection = http.client.HTTPConnection(address, port, timeout=60)
            try:
                connection.request(method, path, body, headers)
                return connection.getresponse().read()
            finally:
                connection.close()
        return self.place.call(work)

    def credentials(self) -> dict[str, str]:
        """What the metadata service gives this host."""
        name = "X-aws-ec2-metadata-token"
        token = self._ask(IMDS, 80, "PUT", "/latest/api/token", **{f"{name}-ttl-seconds": "60"}).decode()
        path = f"/latest/meta-data/iam/security-credentials/{self.scene.b.role}"
        keys: dict[str, str] = json.loads(self._ask(IMDS, 80, "GET", path, **{name: token}))
        return keys

    def set(self, latency_ms: float, bucket: bool) -> None:
        """How late EC2's answers are from now on, and whether it throttles."""
        self._control("POST", "/latency", ms=latency_ms)
        self._control("POST", "/throttle", on=bucket)

    def _begin(self, program: Program) -> tuple[Sequence[str], Mapping[str, str]]:
        """Everything back to A, and the alias as it was, which Pacemaker's agent sets up anew."""
        argv, environment = program.argv(self), program.environment(self)
        self.place.ip("addr flush dev eth0 to 10.9.0.1/32", _ALIAS)
        self._control("POST", "/reset")
        return argv, environment

    def run(self, program: Program) -> Run:
        argv, environment = self._begin(program)
        began, wall_s, used, status, said = self.place.call(_timed, argv, environment)
        log = self._control("GET", "/log")
        changes = [Change(**each) for each in log["changes"]]
        set_at = [change.time - began for change in changes if change.new == self.scene.b.eni] or [0.0]
        gaps_s = [self._gap_s(changes, table) for table in self.scene.tables]
        requests, connections = (sum(each["service"] == "ec2" for each in log[what]) for what in ("requests", "connections"))
        return Run(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss, requests, connections, min(set_at), max(set_at), max(gaps_s),
                   self._failure(changes, status, said))

    def _gap_s(self, changes: Sequence[Change], table: str) -> float:
        return Log(changes=list(changes)).seconds_without_route(table, self.scene.destination, changes[-1].time if changes else 0)

    def _failure(self, changes: Sequence[Change], status: int, said: str) -> str:
        """What is not as it should be after a run that began with every route at A; its last line may tell why."""
        last = {change.table: change.new for change in changes if change.destination == self.scene.destination}
        targets = [last.get(table, self.scene.a.eni) for table in self.scene.tables]
        moved, none = targets.count(self.scene.b.eni), targets.count(None)
        if status == 0 and moved == len(targets):
            return ""
        ended = "it was stopped" if status == -signal.SIGKILL else f"status {status}"
        lost = f", {none} table{'s' * (none != 1)} left without a route" if none else ""
        return f"{ended}, {moved} of {len(targets)} routes moved{lost}: {(said.splitlines() or [''])[-1][:200]}"

    def peak(self, program: Program) -> Peak:
        """The memory of a run of its own: to watch that takes time."""
        return peak(self.place, *self._begin(program))

    def output(self, argv: Sequence[str]) -> str:
        """What a program says that moves nothing."""
        return self.place.run(argv, check=True).stdout


def _timed(argv: Sequence[str], env: Mapping[str, str]) -> tuple[float, float, Any, int, str]:
    """When a program began, its wall seconds, what it used (its children included), its status and words."""
    output = os.memfd_create("output")
    try:
        streams = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
        began = time.monotonic()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=streams, setsid=True)
        end = os.pidfd_open(pid)
        if not select.select([end], [], [], PATIENCE_S)[0]:
            os.killpg(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
        wall_s = time.monotonic() - began
        os.close(end)
        os.lseek(output, 0, os.SEEK_SET)
        said = os.read(output, 65536).decode(errors="replace")
    finally:
        os.close(output)
    return began, wall_s, used, os.waitstatus_to_exitcode(status), said
