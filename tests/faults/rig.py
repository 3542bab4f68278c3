"""A host to run mirrorvip on, a region that it talks to, and the rules that hold after every run.

The host is a place of its own (`world.Place`) with host B's interface. Region and metadata are on its loopback,
so the program is told where they are: the certificate is checked by name, and the name is `localhost`.
A rig whose VIP is of IPv6 has a second address on that interface.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

from region import Fault, Region, Scene, mirror_pair
from region.log import Request
from region.scene import Placement
from region.server import Server
from world import BINARY, Place
from world.until import wait_until

from . import record

__all__ = ["BINARY", "Gate", "Rig", "Run", "in_thread", "opened"]

INSTALLED = "/usr/local/sbin/mirrorvip"
CA_FILE = "/etc/ssl/region.pem"
# The API under its real name, for who resolves it; and where nobody answers.
API_NAME, API, NOWHERE = "ec2.eu-central-1.amazonaws.com", "198.51.100.1", "203.0.113.1"
STS_NAME, STS = "sts.eu-central-1.amazonaws.com", "198.51.100.2"
IMDS = "169.254.169.254"
OWN = {"10.109.2.10/24": "eth0"}
ALIAS = {"10.9.0.1/32": "eth0:1"}
OWN6 = {"2001:db8:6d00:2::10/64": "eth0"}
WRITES = ("CreateRoute", "ReplaceRoute", "DeleteRoute")

STATUS = {"OK": 0, "DIFFERS": 1, "USAGE": 2, "NOTPRIMARY": 3, "BUSY": 4, "IDENTITY": 5, "NETWORK": 6, "REFUSED": 7,
          "THROTTLED": 8, "PARTIAL": 9, "UNVERIFIED": 10, "CONFLICT": 11, "IFACE": 12, "DEADLINE": 13,
          "INTERRUPTED": 14, "TLS": 15, "BUG": 70}
# A resource agent's own; what else there is is 1.
OCF_STATUS = {"OK": 0, "USAGE": 2, "DIFFERS": 7}
_FINAL = re.compile(r"mirrorvip: ([A-Z]+): ([ -~]+)")


def is_dry(request: Request) -> bool:
    return request.params.get("DryRun") == "true"


class Gate:
    """Holds the reply to a request back: `arrived` is set when the request is there and, unless `apply` is False,
    carried out; the reply goes out on `open`.
    """

    def __init__(self, region: Region, **fault: Any):
        self.arrived, self._open = threading.Event(), threading.Event()

        def hold(true: bytes) -> bytes:
            self.arrived.set()
            self._open.wait(30)
            return true
        parts: dict[str, Any] = {"count": 1, "raw": hold}
        region.faults.add(Fault(**parts | fault))

    def wait(self) -> None:
        assert self.arrived.wait(10), "the request never came"

    def open(self) -> None:
        self._open.set()


@dataclass
class Run:
    """How one run ended: its exit status, what it wrote, and the one final line taken apart."""

    status: int
    out: str
    err: str
    seconds: float
    kind: str = ""
    text: str = ""
    deadline_s: float = 20
    is_agent: bool = False

    @property
    def says(self) -> str | None:
        """The kind of its end, if need be by the exit status; None where neither tells."""
        return self.kind or (None if self.is_agent else next(kind for kind, status in STATUS.items() if status == self.status))


@dataclass
class Rig:
    """The host and its region. `run` a verb; then look at `writes`, `owners` and `alias`."""

    place: Place
    scene: Scene
    api_port: int
    imds_port: int
    sts_port: int
    server: Server
    own: dict[str, str]  # the addresses of eth0 that no run may touch
    alias_at: dict[str, str]
    tokens: list[str] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    recorder: Fault | None = None
    added: dict[str, str] = field(default_factory=dict)
    first_routes6: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)  # further VIPs of one run: destination and label
    recovering: bool = False
    may_delete: bool = False  # routes
    may_be_wide: bool = False  # the alias, for a moment: its class's own mask

    @property
    def region(self) -> Region:
        return self.scene.region

    # Setting the stage.

    def reset(self) -> None:
        """The region as at first, no alias, no lock, no configuration, no system's log."""
        for gate in self.gates:
            gate.open()
        self.gates.clear()
        self._drain()
        self.region.reset()
        self.region.page_size, self.region.empty_pages, self.region.framing = 100, False, "mixed"
        self.tokens.clear()
        self.others.clear()
        self.may_delete = self.may_be_wide = False
        self.place.call(_remove, "/sys/class/dmi", "/run/mirrorvip", "/etc/mirrorvip.conf", "/dev/log")
        self.place.write("/etc/hosts", "127.0.0.1 localhost\n")
        self.place.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.without_alias()

    def _drain(self) -> None:
        """Until the APIs have taken what connections a run has left in their queues: the next one's log has none of them."""
        self.region.faults.clear()
        for address in (("127.0.0.1", self.api_port), (API, 443), ("127.0.0.1", self.sts_port), (STS, 443)):
            with self.place.call(socket.create_connection, address, timeout=5) as last:
                peer, until = "{}:{}".format(*last.getsockname()), time.monotonic() + 5
                while not any(connection.peer == peer for connection in list(self.region.log.connections)) and time.monotonic() < until:
                    time.sleep(0.001)

    def without_alias(self) -> None:
        self.added.clear()
        # One by one, as a secondary address goes with its first.
        while left := self.addresses().keys() - self.own.keys():
            self.place.ip(f"addr del {left.pop()} dev eth0")

    def add(self, address: str, label: str = "eth0") -> None:
        """An address that was there before: no run may touch it."""
        self.place.ip(f"addr add {address} dev eth0" + (f" label {label}" if label != "eth0" else ""))
        self.added[address] = label

    def with_alias(self) -> None:
        for address, label in self.alias_at.items():
            self.place.ip(f"addr add {address} dev eth0 " + ("preferred_lft 0 nodad noprefixroute" if ":" in address else f"label {label}"))

    def send(self, *owners: str) -> None:
        """Have the tables send the VIP there, one after the other: "A", "B", or "" for nowhere."""
        enis = {"A": self.scene.a.eni, "B": self.scene.b.eni, "": None}
        for table, owner in zip(self.scene.tables, owners):
            self.region.set_route(table, self.scene.destination, enis[owner])
        self.region.log.clear()

    def fault(self, **parts: Any) -> Fault:
        return self.region.faults.add(**parts)

    def gate(self, match: str, **fault: Any) -> Gate:
        """Hold back the reply to the first such request."""
        gate = Gate(self.region, match=match, **fault)
        self.gates.append(gate)
        return gate

    def listener(self, address: str, port: int = 0) -> socket.socket:
        """A socket that listens at an address of the host's."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return self.place.call(socket.create_server, (address, port), family=family, backlog=64)

    # Running.

    @property
    def endpoint(self) -> list[str]:
        return ["--endpoint-url", f"https://localhost:{self.api_port}", "--ca-bundle", CA_FILE]

    @property
    def vip(self) -> str:
        """As it is given: the prefix is that of the spare subnet, if it is in one."""
        network = ip_network(self.scene.destination)
        return self.scene.vip if network.num_addresses == 1 else f"{self.scene.vip}/{network.prefixlen}"

    def argv(self, verb: str, *more: str, vip: bool = True, endpoint: bool = True) -> list[str]:
        return [INSTALLED, verb, *(["--vip", self.vip] if vip else []), *(self.endpoint if endpoint else []), *more]

    def environment(self, **env: str) -> dict[str, str]:
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self.imds_port}"} | env

    def start(self, verb: str = "acquire", *more: str, env: Mapping[str, str] | None = None, vip: bool = True,
              endpoint: bool = True, **options: Any) -> subprocess.Popen[str]:
        """Start it; `env` is added to what tells it where the metadata is."""
        self.record_tokens()
        argv = self.argv(verb, *more, vip=vip, endpoint=endpoint)
        return self.place.start(argv, env=self.environment(**(env or {})), **options)

    def run(self, verb: str = "acquire", *more: str, deadline: int | None = None, **options: Any) -> Run:
        """Run it to its end, and hold it to the rules."""
        more = (*more, "--deadline", str(deadline)) if deadline else more
        began = time.monotonic()
        return self.end(self.start(verb, *more, **options), began, deadline or 20)

    def raw(self, argv: list[str], env: Mapping[str, str] | None = None, **options: Any) -> Run:
        """Run just this command line, in just this environment."""
        began = time.monotonic()
        return self.end(self.place.start(argv, env=env or {}, **options), began)

    def end(self, child: subprocess.Popen[str], began: float, deadline_s: float = 20, heard: bool = True, rules: bool = True) -> Run:
        """Wait for its end, and hold it to the rules. What it says need not arrive unless it is `heard`."""
        try:
            out, err = child.communicate(timeout=deadline_s + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        argv = list(map(str, child.args))  # type: ignore[call-overload]
        run = Run(child.returncode, out, err, time.monotonic() - began, deadline_s=deadline_s, is_agent=(INSTALLED, "ocf") in zip(argv, argv[1:]))
        if final := _FINAL.fullmatch((err.splitlines() or [""])[-1]):
            run.kind, run.text = final[1], final[2]
        record.add(self.facts(run, argv))
        if rules:
            self.hold_to_the_rules(run, heard)
        return run

    def facts(self, run: Run, argv: list[str]) -> record.Record:
        """What it came to; of the tables those that it was asked about, and of vanished routes those that it deleted itself."""
        named = {table for option, value in zip(argv, argv[1:]) if option == "--route-table" for table in re.split(r"[ ,]+", value)}
        there = [table for table in self.scene.tables if table in self.region.tables]
        owners = [owner for table, owner in zip(there, self.owners(), strict=True) if not named or table in named]
        deleted = {request.params["RouteTableId"] for request in self.region.log.actions("DeleteRoute") if request.status == 200}
        return record.Record(
            test=record.running(), verb=argv[argv.index(INSTALLED) + 1] if INSTALLED in argv[:-1] else "", again=self.recovering,
            kind=run.kind, status=run.status, seconds=run.seconds, deadline_s=run.deadline_s, writes=self.writes(),
            here=owners.count("B"), nowhere=owners.count("None"), elsewhere=len(owners) - owners.count("B") - owners.count("None"),
            lost=0 if self.may_delete else len(deleted), secrets=len(self.secrets_in(run.out + run.err)))

    def record_tokens(self) -> None:
        """Note the tokens that are given out. A fault that a test has set for them comes first."""
        def note(true: bytes) -> bytes:
            self.tokens.append(true.decode("latin-1"))
            return true
        if self.recorder:
            self.recorder.count = 0
        self.recorder = self.fault(service="imds", match="/latest/api/token", body=note)

    # The rules: I1 to I7.

    def secrets(self) -> list[str]:
        keys = self.region.keys.values()
        return [*(key.secret_key for key in keys), *(key.token for key in keys if key.token), *self.tokens]

    def secrets_in(self, said: str) -> list[str]:
        """Keys, tokens and signatures that stand there."""
        return [secret for secret in self.secrets() if secret in said] + re.findall(r"\b[0-9a-f]{64}\b", said)

    def hold_to_the_rules(self, run: Run, heard: bool = True) -> None:
        """What must be so after every run, whatever went wrong."""
        assert run.seconds < run.deadline_s + 1, f"it took {run.seconds:.2f} s"
        assert run.status in STATUS.values(), run.status
        if heard:
            self.hold_words_to_the_rules(run)
        assert not self.secrets_in(run.out + run.err)
        self.hold_region_to_the_rules()
        addresses, wide = self.addresses(), ["10.0.0.0/8"] if self.may_be_wide else []
        theirs = self.own | self.added
        assert theirs.items() <= addresses.items()
        put_up = [label for address, label in addresses.items() if address not in theirs]
        assert len(put_up) == len(set(put_up)) and set(put_up) <= {*self.alias_at.values(), *self.others.values()}, put_up
        routes = {str(ip_interface(address).network) for address in theirs if ":" not in address and not address.endswith("/32")}
        assert set(self.own_routes()) in (routes, routes | set(wide))
        if self.first_routes6:
            assert self.routes6() - {f"{self.scene.vip}/128"} == self.first_routes6

    def hold_words_to_the_rules(self, run: Run) -> None:
        assert run.err.endswith("\n") and run.kind in STATUS, run.err
        lines = (*run.err.splitlines(), *run.out.splitlines())
        assert sum(line.startswith("mirrorvip: ") for line in lines) == 1, run.err
        assert run.status == (OCF_STATUS.get(run.kind, 1) if run.is_agent else STATUS[run.kind]), (run.status, run.text)
        # What happened; what to do.
        assert run.kind == "OK" or re.search(r"[^ ]; [^ ]", run.text), run.text

    def hold_region_to_the_rules(self) -> None:
        log = self.region.log
        hosts = self.scene.a.id, self.scene.b.id
        owners: set[str | None] = {eni.id for eni in self.region.enis.values() if eni.instance in hosts} | {self.scene.a.eni, self.scene.b.eni}
        if self.may_delete:
            owners.add(None)
        assert self.may_delete or all(map(is_dry, log.actions("DeleteRoute")))
        for change in log.changes:
            assert change.destination in (self.scene.destination, *self.others) and {change.old, change.new} <= owners, change

    # Looking.

    def writes(self) -> dict[str, int]:
        return dict(Counter(request.action for request in self.written() if not is_dry(request)))

    def dry_runs(self) -> list[tuple[str, str]]:
        """Action and table of each write that was asked for as a dry run."""
        return [(request.action, request.params["RouteTableId"]) for request in self.written() if is_dry(request)]

    def written(self) -> list[Request]:
        return self.region.log.actions(*WRITES)

    def owners(self) -> list[str]:
        """Whom each table sends the VIP to: "A", "B", or what else it is."""
        names = {self.scene.a.eni: "A", self.scene.b.eni: "B"}
        return [names.get(owner or "", str(owner)) for owner in self.scene.owners()]

    def addresses(self) -> dict[str, str]:
        """Each address of eth0 with its prefix, and its label, but for IPv6's own of the link."""
        return self.place.call(_addresses) | {address: "eth0" for address in self.flags6()}

    def flags6(self) -> dict[str, int]:
        """Each IPv6 address of eth0 with its prefix, and what the kernel thinks of it (IFA_F_...)."""
        rows = [line.split() for line in self._net("if_inet6")]
        return {f"{ip_address(bytes.fromhex(row[0]))}/{int(row[2], 16)}": int(row[4], 16) for row in rows
                if row[5] == "eth0" and row[3] != _LINK}

    def routes6(self) -> set[str]:
        """The IPv6 destinations that eth0 leads to, its own addresses included, but for those of the link alone."""
        rows = [line.split() for line in self._net("ipv6_route")]
        return {f"{ip_address(bytes.fromhex(row[0]))}/{int(row[1], 16)}" for row in rows
                if row[9] == "eth0" and not row[0].startswith(("fe8", "ff"))}

    def own_routes(self) -> list[str]:
        """The IPv4 destinations that eth0 leads to, but for the one where nobody is, and the rest of the VPC."""
        rows = [line.split() for line in self._net("route")[1:]]
        networks = [ip_network((socket.ntohl(int(row[1], 16)), socket.ntohl(int(row[7], 16)).bit_count())) for row in rows if row[0] == "eth0"]
        return [str(network) for network in networks if str(network) not in (f"{NOWHERE}/32", "10.109.0.0/16")]

    def all_is_read(self) -> bool:
        """Whether no byte waits in the host for who has the connection."""
        return all(line.split()[4].endswith(":00000000") for line in self._net("tcp")[1:])

    def _net(self, name: str) -> list[str]:
        # The thread in the place has another /proc before it than this one.
        thread = self.place.call(threading.get_native_id)
        file = Path(f"/proc/self/task/{thread}/net/{name}")
        return file.read_text().splitlines() if file.exists() else []

    @property
    def alias(self) -> bool:
        return self.alias_at.items() <= self.addresses().items()

    def rounds(self, count: int) -> None:
        """Wait for so many more rounds of a service to begin, and with them for as many to end."""
        token, before = "/latest/api/token", self.region.log.count("/latest/api/token")
        wait_until(lambda: self.region.log.count(token) >= before + count)

    def asked(self, service: str) -> int:
        """How many requests the service has read."""
        return sum(request.service == service for request in self.region.log.requests)

    def connections(self, service: str) -> int:
        return sum(connection.service == service for connection in self.region.log.connections)

    # What tests assert, in words.

    def nothing_was_attempted(self) -> None:
        """No connection, no write, no alias."""
        assert not self.region.log.connections
        self.nothing_was_written()
        assert self.addresses() == self.own

    def nothing_was_written(self) -> None:
        assert not self.writes() and not self.region.log.changes
        assert self.owners() == ["A"] * len(self.scene.tables)

    def is_here(self, **writes: int) -> None:
        """The VIP is wholly here, after exactly these writes."""
        assert self.owners() == ["B"] * len(self.scene.tables) and self.alias
        assert self.writes() == writes

    def recovers(self) -> None:
        """The fault gone, the same run succeeds; I8. Where all is here already, it writes nothing."""
        here, before = set(self.owners()) == {"B"}, self.writes()
        for gate in self.gates:
            gate.open()
        self.region.faults.clear()
        self.recovering = True
        try:
            run = self.run()
        finally:
            self.recovering = False
        assert run.kind == "OK", run.err
        assert self.owners() == ["B"] * len(self.scene.tables) and self.alias
        assert not here or self.writes() == before


# As the kernel tells them, without the start of a program: from inside the place.

_IFCONF, _IFNETMASK, _IFREQ = 0x8912, 0x891B, 40
_LINK = "20"  # the scope of an address that belongs to a link alone


def _addresses() -> dict[str, str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        room = bytearray(_IFREQ * 2048)
        head = struct.pack("iP", len(room), ctypes.addressof(ctypes.c_char.from_buffer(room)))
        filled = struct.unpack("iP", fcntl.ioctl(door, _IFCONF, head))[0]
        found = {}
        for request in (bytes(room[at:at + _IFREQ]) for at in range(0, filled, _IFREQ)):
            label, address = request[:16].rstrip(b"\0").decode(), socket.inet_ntoa(request[20:24])
            mask = socket.inet_ntoa(fcntl.ioctl(door, _IFNETMASK, request)[20:24])
            if label.partition(":")[0] == "eth0":
                found[f"{address}/{ip_network(f'0.0.0.0/{mask}').prefixlen}"] = label
        return found


def _remove(*paths: str) -> None:
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)


@contextmanager
def opened(tables: int = 1, *, imds_at: str = "127.0.0.1", destination: Placement = "overlay", **scene: Any) -> Iterator[Rig]:
    """A rig whose region has this many tables, all at host A. At its real address metadata has its real port."""
    assert BINARY.exists(), f"{BINARY} is missing: run make first"
    pair = mirror_pair(tables, destination, **scene)
    ipv6 = ":" in pair.vip
    alias = {f"{pair.vip}/{ip_network(pair.destination).prefixlen}": "eth0" if ipv6 else "eth0:1"}
    with ExitStack() as stack:
        place = stack.enter_context(Place("host"))
        place.ip(f"link add eth0 address {pair.b.mac} type veth peer name other", "link set other up",
                 "addr add 10.109.2.10/24 dev eth0", "link set eth0 up",
                 f"addr add {API}/32 dev lo", f"addr add {STS}/32 dev lo", f"addr replace {imds_at}/32 dev lo",
                 *(f"addr add {address} dev eth0 nodad" for address in OWN6 if ipv6),
                 *(["route add 2001:db8:6d00::/56 via 2001:db8:6d00:2::1 dev eth0"] if ipv6 else []),
                 # Packets to there go out and are never seen again.
                 "route add 10.109.0.0/16 via 10.109.2.1 dev eth0", f"route add {NOWHERE} dev eth0", f"neigh add {NOWHERE} lladdr 02:00:00:00:00:01 dev eth0 nud permanent")
        place.write(INSTALLED, BINARY.read_bytes(), 0o755)
        addresses = ("127.0.0.1", 0), (imds_at, 80 if imds_at == IMDS else 0), (API, 443), ("127.0.0.1", 0), (STS, 443)
        api, imds, real, sts, real_sts = (place.call(socket.create_server, address, backlog=256) for address in addresses)
        ports = api.getsockname()[1], imds.getsockname()[1], sts.getsockname()[1]
        server = stack.enter_context(pair.region.serve([api, real], {pair.b.id: imds}, sts=[sts, real_sts]))
        place.write(CA_FILE, Path(server.ca_file).read_bytes())
        rig = Rig(place, pair, *ports, server, own=OWN | (OWN6 if ipv6 else {}), alias_at=alias)
        if ipv6:
            rig.first_routes6 = rig.routes6()
        yield rig


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
