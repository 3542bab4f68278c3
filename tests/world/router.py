"""The VPC between the hosts: links to subnets, the API's address, and routes that follow the region's tables.

Each route table of the region is a table of this kernel, and packets from a subnet are routed by the table
that the region associates with it. As in a VPC, a table has the subnets first of all, drops what is for an
unused address of the VPC, and drops what has no route: nobody gets an ICMP error.
"""

from __future__ import annotations

import json
import subprocess
import time
from ipaddress import ip_network
from pathlib import Path

from region import Region, Route

from .place import Place

API = "198.51.100.1"
_FIRST_TABLE = 1000
_FAMILIES = ("inet6", "inet")


def _family(destination: str) -> str:
    return "inet6" if ":" in destination else "inet"


class Router(Place):
    """A place that forwards. Connect everybody first, then `follow`."""

    def __init__(self, region: Region):
        super().__init__("router")
        self._region = region
        self._links: dict[str, str] = {}
        self._follows = False
        self._applied: dict[str, dict[str, Route]] = {}
        # Off, lest a reply be dropped that comes back from another zone than its request went to.
        self.run(["sysctl", "-q", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0",
                  "net.ipv4.conf.default.rp_filter=0", "net.ipv6.conf.all.forwarding=1"], check=True)
        self.ip(f"addr add {API}/32 dev lo")
        # A long-lived `ip` for each family: a change costs 0.1 ms, not the start of a process, while the region waits for it.
        self._ip = {family: self.start(["ip", "-f", family, "-force", "-batch", "-"], stdin=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       bufsize=1) for family in _FAMILIES}

    def connect(self, place: Place, subnet: str, address: str, mac: str, ipv6: str | None = None, name: str = "eth0") -> None:
        """Give the place an interface in the subnet, with this MAC and address, or these two; `eth0` has the router as its gateway."""
        cidr = ip_network(self._region.subnets[subnet].cidr)
        link, gateway = f"to-{place.name}" + ("" if name == "eth0" else f"-{name}"), next(cidr.hosts())
        # The kernel tells a link's state at once only if its two ends have different numbers, else within a second.
        number = 100 + len(self._links)
        self.ip(f"link add {link} index {number} type veth peer name {name} address {mac} netns /proc/self/fd/{place.network}",
                f"link set {link} up", f"addr add {gateway}/{cidr.prefixlen} dev {link}",
                # A VPC knows who is where. So packets to a dead host vanish; nobody asks for it by ARP.
                f"neigh add {address} lladdr {mac} dev {link} nud permanent", pass_fds=[place.network])
        place.ip(f"addr add {address}/{cidr.prefixlen} dev {name}", f"link set {name} up",
                 *([f"route add default via {gateway}"] if name == "eth0" else []))
        if ipv6:
            self._connect_ipv6(place, link, subnet, ipv6, mac)
        self._links[subnet] = link
        while place.call(Path(f"/sys/class/net/{name}/operstate").read_text) != "up\n":
            time.sleep(0.001)
        if self._follows:
            with self._region.lock:
                self._join(subnet, link)

    def _connect_ipv6(self, place: Place, link: str, subnet: str, address: str, mac: str) -> None:
        cidr = ip_network(self._region.subnets[subnet].ipv6[0])
        gateway = next(cidr.hosts())
        # "nodad": no address here is anybody else's, and none needs a second to find that out.
        self.ip(f"addr add {gateway}/{cidr.prefixlen} dev {link} nodad", f"neigh add {address} lladdr {mac} dev {link} nud permanent")
        # Nor is anybody asked who is where: a question that is lost while a link comes up is repeated a second later.
        own = self.call(Path(f"/sys/class/net/{link}/address").read_text).strip()
        place.ip(f"addr add {address}/{cidr.prefixlen} dev eth0 nodad", f"neigh add {gateway} lladdr {own} dev eth0 nud permanent",
                 f"route add ::/0 via {gateway} dev eth0")

    def follow(self) -> None:
        """Make the region's tables this kernel's, now and at every change, before the change is answered."""
        self._follows = True
        with self._region.lock:
            for family in _FAMILIES:
                self._tell(family, [f"route add blackhole default table {self.table_number(table)}" for table in self._region.tables])
            for subnet, link in self._links.items():
                self._join(subnet, link)
            self._update(self._region)
            self._region.on_change(self._update)

    def _join(self, subnet: str, link: str) -> None:
        """What comes from the subnet is routed by its table, and every table knows the way to it."""
        for family in _FAMILIES:
            self._tell(family, [f"rule add iif {link} lookup {self.table_number(self._table_of(subnet))}"] +
                       [f"route add {cidr} dev {link} table {self.table_number(table)}" for table in self._region.tables
                        for cidr in self._region.subnets[subnet].cidrs if _family(cidr) == family])

    def table_number(self, table: str) -> int:
        """The kernel's number of a region's table."""
        return _FIRST_TABLE + list(self._region.tables).index(table)

    def routes(self, table: str) -> dict[str, str]:
        """What the kernel has for a region's table: the next hop, device or "blackhole", by destination."""
        found = {}
        for family in _FAMILIES:
            text = self.run(["ip", "-f", family, "-j", "route", "show", "table", str(self.table_number(table))], check=True).stdout
            for route in json.loads(text):
                destination = route["dst"] if route["dst"] == "default" else str(ip_network(route["dst"]))
                found[destination] = route["type"] if route.get("type") == "blackhole" else route.get("gateway") or route["dev"]
        return found

    def _table_of(self, subnet: str) -> str:
        """The table that routes what comes from the subnet: its own, or the VPC's main one."""
        by_subnet = {None if link.main else link.subnet: table.id
                     for table in self._region.tables.values() for link in table.associations}
        return by_subnet.get(subnet) or by_subnet[None]

    def _update(self, region: Region) -> None:
        lines: dict[str, list[str]] = {family: [] for family in _FAMILIES}
        for number, table in enumerate(region.tables.values(), _FIRST_TABLE):
            applied, routes = self._applied.get(table.id, {}), table.routes
            if applied is routes:
                continue
            for destination in applied.keys() - routes.keys():
                lines[_family(destination)].append(f"route del {destination} table {number}")
            for destination, route in routes.items():
                if applied.get(destination) != route:
                    lines[_family(destination)].append(f"route replace {self._way(destination, route)} table {number}")
            self._applied[table.id] = routes
        for family, each in lines.items():
            if each:
                self._tell(family, each)

    def _way(self, destination: str, route: Route) -> str:
        """The route in the words of `ip`. The VPC's own, and all that leads nowhere in this world, is dropped."""
        eni = self._region.enis.get(route.target)
        link = self._links.get(eni.subnet) if eni else None
        addresses = {"inet": [eni.private_ip], "inet6": eni.ipv6}[_family(destination)] if eni else []
        if addresses and link and route.state == "active":
            return f"{destination} via {addresses[0]} dev {link} onlink"
        return f"blackhole {destination}"

    def _tell(self, family: str, lines: list[str]) -> None:
        """Have the family's `ip` carry out the lines, and return when it has."""
        ip = self._ip[family]
        assert ip.stdin and ip.stdout
        # Its answer to the last command says that those before are done; what it says before that is a complaint.
        ip.stdin.write("".join(f"{line}\n" for line in (*lines, "netconf show dev lo")))
        complaints = []
        while not (line := ip.stdout.readline()).startswith(f"{family} "):
            complaints.append(line.strip())
            if not line:
                break
        if complaints:
            raise RuntimeError(f"router: {lines}: {' '.join(complaints)}")
