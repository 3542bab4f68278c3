"""The world itself: a scene of the region, and the machines in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

from region import Region, Scene, mirror_pair
from region.model import Instance
from region.scene import Placement
from region.server import Server

from .place import PATH, Place, Unable
from .router import API, Router

BINARY = Path(__file__).parents[2] / "build" / "mirrorvip"
INSTALLED = "/usr/local/sbin/mirrorvip"
CA_FILE = "/etc/ssl/region.pem"
IMDS, RESOLVER = "169.254.169.254", "169.254.169.253"

# The port of IRIS's superserver.
SERVICE_PORT = 1972
CLIENT_SUBNET, CLIENT_ADDRESS, CLIENT_MAC = "10.109.3.0/24", "10.109.3.10", "02:00:0a:6d:03:0a"
CLIENT_SUBNET6, CLIENT_ADDRESS6 = "2001:db8:6d00:3::/64", "2001:db8:6d00:3::10"


def needs() -> str | None:
    """What this machine lacks to make a world, in one line; None if nothing."""
    packages = {"ip": "iproute2", "unshare": "util-linux", "openssl": "openssl", "sysctl": "procps"}
    lacking = sorted({package for tool, package in packages.items() if not shutil.which(tool, path=PATH)})
    if lacking:
        return f"it needs {' '.join(lacking)}: apt-get install {' '.join(lacking)}"
    return None if os.geteuid() == 0 else "it needs root, for network namespaces"


def _ask(place: Place, vip: str, timeout: float) -> str | None:
    def work() -> str | None:
        try:
            with socket.create_connection((vip, SERVICE_PORT), timeout) as connection:
                return connection.recv(16).decode() or None
        except OSError:
            return None
    return place.call(work)


class Host(Place):
    """A mirror host: an EC2 instance with IMDS, the VIP as an alias, mirrorvip installed, and a service.

    It has `/usr/local/sbin/mirrorvip` and an /etc, a /run of its own; the API's real names lead to the region.
    """

    def __init__(self, name: str, region: Region, instance: Instance, vip: str):
        super().__init__(name)
        self.instance = instance
        self._region = region
        self._vip = vip

    def addresses(self) -> dict[str, str]:
        """Each IPv4 address of eth0 with its prefix, and its label: {"10.109.1.10/24": "eth0", ...}."""
        shown = json.loads(self.run(["ip", "-j", "-4", "addr", "show", "dev", "eth0"], check=True).stdout)
        return {f"{each['local']}/{each['prefixlen']}": each["label"] for each in shown[0]["addr_info"]}

    def addresses6(self) -> dict[str, bool]:
        """Each IPv6 address of eth0 but the link-local one, and whether the host speaks from it."""
        shown = json.loads(self.run(["ip", "-j", "-6", "addr", "show", "dev", "eth0"], check=True).stdout)
        return {f"{each['local']}/{each['prefixlen']}": not each.get("deprecated", False) for each in shown[0]["addr_info"]
                if each["scope"] == "global"}

    def add_alias(self) -> None:
        """Take the VIP as `eth0:1`, with its destination's prefix, as the hosts' own set-up does at boot.

        One of IPv6 has no label; that the host does not speak from it takes the label's place.
        """
        self.ip(f"addr add {self._vip} dev eth0 " + ("preferred_lft 0 nodad" if ":" in self._vip else "label eth0:1"))

    def remove_alias(self) -> None:
        """Undo `add_alias`."""
        self.ip(f"addr del {self._vip} dev eth0")

    def serve(self) -> None:
        """Start the service: whoever connects to SERVICE_PORT, on any address, is told the host's name."""
        service = self.start([sys.executable, str(Path(__file__).with_name("service.py")), str(SERVICE_PORT), self.name])
        assert service.stdout
        if not service.stdout.readline():
            raise RuntimeError(f"{self.name}: service: {service.communicate()[1]}")

    def ask(self, timeout: float = 5) -> str | None:
        """Who answers a program of this host that connects to the VIP: see `Client.ask`."""
        return _ask(self, self._vip.partition("/")[0], timeout)

    def mirrorvip(self, *arguments: str, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run mirrorvip as root, with `env` and the one concession to this world: the region's CA."""
        return self.run([INSTALLED, *arguments], env={"AWS_CA_BUNDLE": CA_FILE} | dict(env or {}), **more)

    def run_like_iris(self, *argv: str, user: str = "nobody", timeout: float = 30) -> int:
        """Run a program as IRIS's $ZF(-100) may: this very argv, no shell, an unprivileged user, no environment,
        descriptors 0 to 2 closed. The exit status, or -1 where the operating system could not run it.
        """
        try:
            return self.run(argv, env={}, user=user, close_fds_0_2=True, timeout=timeout).returncode
        except OSError:
            return -1

    def die(self, *, stopped: bool = False) -> None:
        """Lose power: the link first, then every process. `stopped`: EC2 notices, so that routes to it are black holes."""
        self.ip("link set eth0 down")
        self.halt()
        if stopped:
            self._region.stop_instance(self.instance.id)


class Sample(NamedTuple):
    """One question to the VIP: when it was asked (`time.monotonic()`), and who answered, if anybody did."""

    time: float
    answer: str | None


class Question:
    """One TCP connection to the VIP, asked and not waited for."""

    GIVE_UP_S = 0.1  # Well before TCP repeats itself, which it does after a second.

    def __init__(self, vip: str):
        self.time = time.monotonic()
        self.answer: str | None = None
        self._socket = socket.socket(socket.AF_INET6 if ":" in vip else socket.AF_INET)
        self._socket.setblocking(False)
        self._socket.connect_ex((vip, SERVICE_PORT))

    def is_over(self) -> bool:
        """Whether it has been answered, refused, or given up; then it must not be asked again."""
        try:
            self.answer = self._socket.recv(16).decode() or None
        except BlockingIOError:
            if time.monotonic() < self.time + self.GIVE_UP_S:
                return False
        except OSError:
            pass
        self._socket.close()
        return True


class Watch(threading.Thread):
    """A client that asks every few milliseconds, from `Client.watch` to the end of its `with`.

    It asks on while earlier questions have no answer yet, so that an outage is measured as finely as it asks.
    `samples` are in the order of asking, and whole when the `with` has ended.
    """

    PACE_S = 0.005

    def __init__(self, client: Client, vip: str):
        super().__init__(name="watch", daemon=True)
        self.samples: list[Sample] = []
        self._client = client
        self._vip = vip
        self._done = threading.Event()

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        self._client.enter()
        asked: deque[Question] = deque()
        while asked or not self._done.is_set():
            if not self._done.is_set():
                asked.append(Question(self._vip))
            while asked and asked[0].is_over():
                over = asked.popleft()
                self.samples.append(Sample(over.time, over.answer))
            time.sleep(self.PACE_S)

    def wait_for(self, answer: str | None, timeout: float = 5) -> bool:
        """Wait until a question that is asked from now on has this answer; False if none has in time."""
        began = time.monotonic()
        while time.monotonic() < began + timeout:
            if self.samples and self.samples[-1].time > began and self.samples[-1].answer == answer:
                return True
            time.sleep(self.PACE_S)
        return False

    def answers(self) -> list[Sample]:
        """The samples whose answer is not that of the one before."""
        samples = self.samples[:]
        return samples[:1] + [now for before, now in zip(samples, samples[1:]) if now.answer != before.answer]

    @property
    def outage_ms(self) -> float:
        """The longest time from a question that was answered to the next that was. Never less than the pace."""
        answered = [sample.time for sample in self.samples if sample.answer]
        return max((after - before for before, after in zip(answered, answered[1:])), default=float("inf")) * 1000


class Client(Place):
    """A machine in a subnet of its own, whose table is the VPC's main one."""

    def __init__(self, vip: str):
        super().__init__("client")
        self._vip = vip

    def ask(self, timeout: float = 5, vip: str | None = None) -> str | None:
        """Who answers one TCP connection to the VIP: "A", "B", or None when nobody does in time."""
        return _ask(self, vip or self._vip, timeout)

    def watch(self) -> Watch:
        """Ask again and again while the `with` lasts."""
        return Watch(self, self._vip)


class World:
    """The standard scene, alive. `alias`: both hosts have the VIP as `eth0:1` from the start.

    What else is given goes to `region.mirror_pair`. A `binary` that is not there is missed when it is run.
    """

    def __init__(self, tables: int = 1, destination: Placement = "spare", latency_ms: float = 0,
                 alias: bool = True, *, binary: Path = BINARY, **more: Any):
        self.scene: Scene = mirror_pair(tables, destination, latency_ms=latency_ms, **more)
        self.region: Region = self.scene.region
        self._alias = alias
        self._binary = binary
        self._open = ExitStack()

    def __enter__(self) -> World:
        if lack := needs():
            raise Unable(lack)
        with ExitStack() as opening:
            self._build(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def router_routes(self, table: str | None = None) -> dict[str, str]:
        """What the kernel has for one of the region's tables, by default the client's: see `Router.routes`."""
        return self.router.routes(table or self.scene.tables[0])

    def _build(self, opening: ExitStack) -> None:
        scene, region = self.scene, self.region
        vip = f"{scene.vip}/{ip_network(scene.destination).prefixlen}"
        self.router = opening.enter_context(Router(region))
        self.a = opening.enter_context(Host("A", region, scene.a, vip))
        self.b = opening.enter_context(Host("B", region, scene.b, vip))
        self.client = opening.enter_context(Client(scene.vip))
        for host in (self.a, self.b):
            self.router.connect(host, host.instance.subnet, host.instance.private_ip, host.instance.mac,
                                next(iter(region.enis[host.instance.eni].ipv6), None))
        ipv6 = ":" in scene.vip
        home = region.add_subnet(scene.vpc, CLIENT_SUBNET, zone=scene.a.zone, name="client", ipv6=[CLIENT_SUBNET6] if ipv6 else [])
        self.router.connect(self.client, home, CLIENT_ADDRESS, CLIENT_MAC, CLIENT_ADDRESS6 if ipv6 else None)
        self.router.follow()
        self.ca_file = opening.enter_context(self._serve()).ca_file
        for host in (self.a, self.b):
            self._furnish(host)

    def _serve(self) -> AbstractContextManager[Server]:
        """The region at its real addresses, as each place sees them."""
        imds = {}
        for host in (self.a, self.b):
            # The resolver's address, too: nobody is there, and to be refused takes less time than to wait.
            host.ip(f"addr add {IMDS}/32 dev lo", f"addr add {RESOLVER}/32 dev lo")
            imds[host.instance.id] = host.call(socket.create_server, (IMDS, 80), backlog=256)
        return self.region.serve([self.router.call(socket.create_server, (API, 443), backlog=256)], imds)

    def _furnish(self, host: Host) -> None:
        host.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {' '.join(self.region.hosts())}\n")
        host.write("/etc/resolv.conf", f"nameserver {RESOLVER}\n")
        host.write(CA_FILE, Path(self.ca_file).read_bytes())
        if self._binary.exists():
            host.write(INSTALLED, self._binary.read_bytes(), 0o755)
        if self._alias:
            host.add_alias()
        host.serve()
