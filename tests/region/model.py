"""A VPC network and the rules that EC2 holds it to.

Everything here is truth: who is asking, permissions, XML and staleness are other modules' business. The
methods named after EC2's actions obey its rules and raise `Refused`; `add_*`, `set_route`, `stop_instance`
and the like are for setting the stage, and obey none.

A route table's routes are never changed in place: every change makes a new snapshot. So a reader needs no
lock, an answer may be given from the past, and the XML of an unchanged table is written once.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from .errors import Refused
from .log import Change, Log

PROPAGATED = "EnableVgwRoutePropagation"
HISTORY_LIMIT = 4096

# EC2 keeps these for itself and takes no route to any part of them.
RESERVED = (ip_network("169.254.168.0/22"), ip_network("fd00:ec2::/32"))


@dataclass(frozen=True, slots=True)
class Route:
    target: str
    state: str = "active"
    origin: str = "CreateRoute"


def target_of(route: Route | None) -> str | None:
    return route.target if route else None


@dataclass(slots=True)
class Vpc:
    id: str
    cidrs: list[str]
    owner: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Subnet:
    id: str
    vpc: str
    cidr: str  # empty: it has none of IPv4
    zone: str
    tags: dict[str, str] = field(default_factory=dict)
    ipv6: list[str] = field(default_factory=list)

    @property
    def cidrs(self) -> list[str]:
        return [cidr for cidr in (self.cidr, *self.ipv6) if cidr]


@dataclass(slots=True)
class Eni:
    id: str
    mac: str
    private_ip: str
    subnet: str
    vpc: str
    zone: str
    source_dest_check: bool
    instance: str | None = None
    device: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    ipv6: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Instance:
    """An instance with its primary interface; `role` is the name of its instance profile's role.

    `hops` is how far the metadata service's answer to the request for a token gets.
    """

    id: str
    eni: str
    mac: str
    private_ip: str
    subnet: str
    vpc: str
    zone: str
    role: str | None
    state: str = "running"
    metadata: bool = True
    hops: int = 1
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Association:
    id: str
    main: bool = False
    subnet: str | None = None
    gateway: str | None = None


@dataclass(slots=True)
class Snapshot:
    """The routes of one table from `since` on. `xml` is the table as EC2 tells it, once somebody has asked."""

    since: float
    routes: dict[str, Route]
    xml: str | None = None


@dataclass(slots=True)
class RouteTable:
    id: str
    vpc: str
    owner: str
    associations: list[Association]
    history: list[Snapshot]
    tags: dict[str, str] = field(default_factory=dict)
    propagating: list[str] = field(default_factory=list)
    # Propagated routes, also those that a static route now hides: they come back when it is deleted.
    learned: dict[str, Route] = field(default_factory=dict)

    @property
    def routes(self) -> dict[str, Route]:
        return self.history[-1].routes

    @property
    def is_edge(self) -> bool:
        return any(association.gateway for association in self.associations)

    def at(self, moment: float | None) -> Snapshot:
        """The table as it was at a moment; None means now."""
        if moment is not None:
            for snapshot in reversed(self.history):
                if snapshot.since <= moment:
                    return snapshot
            return self.history[0]
        return self.history[-1]


@dataclass(frozen=True, slots=True)
class Kind:
    """How ids of a kind look, and what EC2 says of bad ones: its spelling of "Id" is not consistent."""

    prefix: str
    noun: str
    not_found: str
    malformed: str

    def check(self, identifier: str) -> None:
        if not re.fullmatch(rf"{self.prefix}-[0-9a-f]{{8}}(?:[0-9a-f]{{9}})?", identifier):
            raise Refused(self.malformed, f'Invalid id: "{identifier}" (expecting "{self.prefix}-...")')

    def missing(self, identifier: str) -> Refused:
        return Refused(self.not_found, f"The {self.noun} ID '{identifier}' does not exist")


VPC = Kind("vpc", "vpc", "InvalidVpcID.NotFound", "InvalidVpcId.Malformed")
SUBNET = Kind("subnet", "subnet", "InvalidSubnetID.NotFound", "InvalidSubnetId.Malformed")
ENI = Kind("eni", "networkInterface", "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed")
INSTANCE = Kind("i", "instance", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")
TABLE = Kind("rtb", "routeTable", "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed")


@lru_cache(maxsize=4096)
def network(text: str) -> IPv4Network | IPv6Network:
    """A CIDR's value; the bits behind the mask are cut off, as EC2 does."""
    return ip_network(text, strict=False)


def canonical(text: str) -> str:
    """The one way to write a destination. A prefix list's id stands as it is."""
    return text if text.startswith("pl-") else str(network(text))


def _within(inner: str, outer: str) -> bool:
    a, b = network(inner), network(outer)
    return a.version == b.version and a.subnet_of(b)  # type: ignore[arg-type]


class Network:
    """VPCs and all that is in them."""

    def __init__(self, account: str, seed: int, log: Log):
        self.account = account
        self.log = log
        self.lock = threading.RLock()
        self.route_limit = 500
        self.vpcs: dict[str, Vpc] = {}
        self.subnets: dict[str, Subnet] = {}
        self.enis: dict[str, Eni] = {}
        self.instances: dict[str, Instance] = {}
        self.tables: dict[str, RouteTable] = {}
        self._ids = random.Random(f"ids {seed}")
        self._watchers: list[Callable[[Any], None]] = []
        self._restore: Callable[[], None] = lambda: None

    # Setting the stage.

    def add_vpc(self, cidr: str, *more: str, shared_from: str | None = None) -> str:
        """A VPC with these CIDRs. `shared_from` names the owner's account where it is shared into ours."""
        vpc = Vpc(self._id("vpc"), [canonical(text) for text in (cidr, *more)], shared_from or self.account)
        self.vpcs[vpc.id] = vpc
        return vpc.id

    def add_subnet(self, vpc: str, cidr: str, zone: str, name: str | None = None, *, ipv6: Sequence[str] = ()) -> str:
        """A subnet with its CIDR, which may be empty, and those of IPv6 if it has any."""
        subnet = Subnet(self._id("subnet"), vpc, cidr and canonical(cidr), zone, _name_tag(name), [canonical(text) for text in ipv6])
        self.subnets[subnet.id] = subnet
        return subnet.id

    def add_instance(self, subnet: str, private_ip: str, mac: str | None = None, role: str | None = None, *,
                     source_dest_check: bool = False, name: str | None = None, ipv6: Sequence[str] = ()) -> Instance:
        """A running instance with one interface. It can stand for a mirror host: its check is off."""
        eni = self.add_eni(subnet, private_ip, mac, source_dest_check=source_dest_check, ipv6=ipv6)
        host = Instance(self._id("i"), eni.id, eni.mac, private_ip, subnet, eni.vpc, eni.zone, role,
                        tags=_name_tag(name))
        eni.instance = host.id
        self.instances[host.id] = host
        return host

    def add_eni(self, subnet: str, private_ip: str, mac: str | None = None, *, instance: str | None = None,
                source_dest_check: bool = True, ipv6: Sequence[str] = ()) -> Eni:
        """One more interface, attached to the instance if one is named."""
        home = self.subnets[subnet]
        mac = mac or "02:" + ":".join(f"{self._ids.getrandbits(8):02x}" for _ in range(5))
        device = sum(1 for eni in self.enis.values() if instance and eni.instance == instance)
        eni = Eni(self._id("eni"), mac, private_ip, subnet, home.vpc, home.zone, source_dest_check, instance, device,
                  ipv6=list(ipv6))
        self.enis[eni.id] = eni
        return eni

    def add_route_table(self, vpc: str, name: str | None = None, main: bool = False, subnets: Sequence[str] = (),
                        gateway: str | None = None, tags: dict[str, str] | None = None) -> str:
        """A route table with the VPC's local routes. `gateway` makes it an edge table."""
        home = self.vpcs[vpc]
        associations = [Association(self._id("rtbassoc"), main=True)] if main else []
        associations += [Association(self._id("rtbassoc"), subnet=subnet) for subnet in subnets]
        associations += [Association(self._id("rtbassoc"), gateway=gateway)] if gateway else []
        local = {cidr: Route("local", origin="CreateRouteTable") for cidr in home.cidrs}
        table = RouteTable(self._id("rtb"), vpc, home.owner, associations, [Snapshot(time.monotonic(), local)],
                           _name_tag(name) | (tags or {}))
        self.tables[table.id] = table
        return table.id

    def set_route(self, table: str, destination: str, target: str | None, origin: str = "CreateRoute",
                  state: str | None = None) -> None:
        """Make a route be so (target None: be gone), whatever EC2 would say to it. `state` None: what follows."""
        with self.lock:
            destination, where = canonical(destination), self.tables[table]
            route = Route(target, state or self._state(target), origin) if target else None
            if route and origin == PROPAGATED:
                where.learned[destination] = route
            elif not route:
                where.learned.pop(destination, None)
            self._put(where, destination, route)

    def add_routes(self, table: str, routes: Mapping[str, str]) -> None:
        """Many routes, destination and target, at once."""
        with self.lock:
            where = self.tables[table]
            more = {canonical(destination): Route(target, self._state(target), "CreateRoute") for destination, target in routes.items()}
            self._snapshot(where, where.routes | more)
            self._notify()

    def delete_table(self, table: str) -> None:
        with self.lock:
            del self.tables[table]
            self._notify()

    def stop_instance(self, instance: str) -> None:
        """Stop it: routes to its interfaces become black holes."""
        self._power(instance, "stopped")

    def start_instance(self, instance: str) -> None:
        self._power(instance, "running")

    def terminate_instance(self, instance: str) -> None:
        """End it; its primary interface goes with it."""
        with self.lock:
            self._power(instance, "terminated")
            self.delete_eni(self.instances[instance].eni)

    def attach(self, eni: str, instance: str | None, device: int = 1) -> None:
        """Attach the interface to an instance, or detach it (None)."""
        with self.lock:
            self.enis[eni].instance, self.enis[eni].device = instance, device
            self._refresh({eni})

    def delete_eni(self, eni: str) -> None:
        with self.lock:
            del self.enis[eni]
            self._refresh({eni})

    def mark(self) -> None:
        """Remember tables, routes, interfaces, instances and subnets for `restore`."""
        tables, enis, instances, subnets = dict(self.tables), dict(self.enis), dict(self.instances), dict(self.subnets)
        routes = [(table, table.routes) for table in tables.values()]
        # Objects that a test may hold: they get their old values back, and stay the same objects.
        values = [(resource, replace(resource)) for resource in (*enis.values(), *instances.values())]

        def restore() -> None:
            self.tables, self.enis, self.instances, self.subnets = dict(tables), dict(enis), dict(instances), dict(subnets)
            for resource, then in values:
                for each in fields(resource):
                    setattr(resource, each.name, getattr(then, each.name))
            for table, then_routes in routes:
                if table.routes is not then_routes:
                    self._snapshot(table, then_routes)
        self._restore = restore

    def restore(self) -> None:
        """Go back to the last `mark`, if there is one."""
        with self.lock:
            self._restore()
            self._refresh(set(self.enis))

    # Looking.

    def routes(self, table: str) -> dict[str, Route]:
        """The table's routes by canonical destination."""
        return dict(self.tables[table].routes)

    def on_change(self, watcher: Callable[[Any], None]) -> None:
        """Call `watcher(region)` after each change of a route or an instance, before the change is answered.

        It runs in the thread that made the change, with the region's lock held, so that no two calls cross:
        what it takes, every writer waits for.
        """
        self._watchers.append(watcher)

    # EC2's actions, with EC2's rules.

    def create_route(self, table: str, destination: str, target: str) -> None:
        with self.lock:
            where = self._table(table)
            self._check(where, destination, target)
            present = where.routes.get(destination)
            if present and present.origin != PROPAGATED:
                raise Refused("RouteAlreadyExists", f"The route identified by {destination} already exists.")
            if sum(route.origin == "CreateRoute" for route in where.routes.values()) >= self.route_limit:
                raise Refused("RouteLimitExceeded", "The maximum number of routes has been reached.")
            self._put(where, destination, Route(target, self._state(target)))

    def replace_route(self, table: str, destination: str, target: str) -> None:
        with self.lock:
            where = self._table(table)
            self._check(where, destination, target)
            present = where.routes.get(destination)
            if not present or present.origin == PROPAGATED:
                raise Refused("InvalidParameterValue", f"There is no route defined for '{destination}' "
                              "in the route table. Use CreateRoute instead.")
            self._put(where, destination, Route(target, self._state(target), present.origin))

    def delete_route(self, table: str, destination: str) -> None:
        with self.lock:
            where = self._table(table)
            present = where.routes.get(destination)
            if not present or present.origin == PROPAGATED:
                family = "destination-ipv6-cidr-block" if ":" in destination else "destination-cidr-block"
                raise Refused("InvalidRoute.NotFound", f"no route with {family} {destination} in route table {table}")
            if present.target == "local":
                raise Refused("InvalidParameterValue",
                              f"cannot remove local route {destination} in route table {table}")
            self._put(where, destination, where.learned.get(destination))

    def create_subnet(self, vpc: str, cidr: str) -> Subnet:
        """One of IPv4, or of IPv6 alone."""
        ipv6 = ":" in cidr
        with self.lock:
            VPC.check(vpc)
            if vpc not in self.vpcs:
                raise VPC.missing(vpc)
            sizes = range(44, 65, 4) if ipv6 else range(16, 29)
            if network(cidr).prefixlen not in sizes or not any(_within(cidr, each) for each in self.vpcs[vpc].cidrs):
                raise Refused("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
            if any(_within(one, other) for each in self.subnets.values() if each.vpc == vpc for its in each.cidrs
                   for one, other in ((its, cidr), (cidr, its))):
                raise Refused("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")
            zone = next(each.zone for each in self.subnets.values() if each.vpc == vpc)
            return self.subnets[self.add_subnet(vpc, "" if ipv6 else cidr, zone, ipv6=[cidr] if ipv6 else [])]

    def free_addresses(self, subnet: Subnet) -> int:
        """Of IPv4. EC2 keeps five of each subnet for itself."""
        if not subnet.cidr:
            return 0
        return network(subnet.cidr).num_addresses - 5 - sum(eni.subnet == subnet.id for eni in self.enis.values())

    def modify_metadata(self, instance: str, enabled: bool | None, hops: int | None) -> Instance:
        with self.lock:
            INSTANCE.check(instance)
            if instance not in self.instances:
                raise INSTANCE.missing(instance)
            host = self.instances[instance]
            host.metadata = host.metadata if enabled is None else enabled
            host.hops = hops or host.hops
            return host

    def set_source_dest_check(self, eni: str, value: bool) -> None:
        with self.lock:
            ENI.check(eni)
            if eni not in self.enis:
                raise ENI.missing(eni)
            self.enis[eni].source_dest_check = value

    # Inside.

    def _id(self, prefix: str) -> str:
        return f"{prefix}-0{self._ids.getrandbits(64):016x}"

    def _table(self, table: str) -> RouteTable:
        TABLE.check(table)
        if table not in self.tables:
            raise TABLE.missing(table)
        return self.tables[table]

    def _check(self, table: RouteTable, destination: str, target: str) -> None:
        """The rules of placement: which destination may have which target in this table."""
        if target.startswith("eni-"):
            ENI.check(target)
            if target not in self.enis:
                raise ENI.missing(target)
            if self.enis[target].vpc != table.vpc:
                raise Refused("InvalidParameterValue",
                              f"route table {table.id} and network interface {target} belong to different networks")
        if any(_within(destination, str(block)) for block in RESERVED):
            raise Refused("InvalidParameterValue", f"The destination {destination} is reserved.")
        cidrs = self.vpcs[table.vpc].cidrs
        inside = any(_within(destination, cidr) for cidr in cidrs)
        if destination in cidrs or not (inside or table.is_edge):
            return
        if not any(destination in subnet.cidrs for subnet in self.subnets.values() if subnet.vpc == table.vpc):
            raise Refused("InvalidParameterValue", "Route destination doesn't match any subnet CIDR blocks.")
        if not target.startswith("eni-"):
            raise Refused("InvalidParameterValue", "Route target is not supported. "
                          "This route only supports interface and instance targets.")

    def _state(self, target: str) -> str:
        """"blackhole" is all that EC2 says of an interface that is gone, loose, or on a stopped instance."""
        if not target.startswith("eni-"):
            return "active"
        eni = self.enis.get(target)
        host = self.instances.get(eni.instance) if eni and eni.instance else None
        return "active" if host and host.state == "running" else "blackhole"

    def _snapshot(self, table: RouteTable, routes: dict[str, Route]) -> None:
        """Give the table new routes, and log those whose target differs."""
        old, now = table.routes, time.monotonic()
        table.history.append(Snapshot(now, routes))
        del table.history[:-HISTORY_LIMIT]
        for destination in old.keys() | routes.keys():
            before, after = (target_of(each.get(destination)) for each in (old, routes))
            if before != after:
                self.log.changes.append(Change(now, table.id, destination, before, after))

    def _put(self, table: RouteTable, destination: str, route: Route | None) -> None:
        routes = dict(table.routes)
        if route:
            routes[destination] = route
        else:
            routes.pop(destination, None)
        self._snapshot(table, routes)
        self._notify()

    def _power(self, instance: str, state: str) -> None:
        with self.lock:
            self.instances[instance].state = state
            self._refresh({eni.id for eni in self.enis.values() if eni.instance == instance})

    def _refresh(self, enis: set[str]) -> None:
        """Work out anew the state of every route to these interfaces."""
        for table in self.tables.values():
            fresh = {destination: Route(route.target, self._state(route.target), route.origin)
                     for destination, route in table.routes.items() if route.target in enis}
            if any(table.routes[destination] != route for destination, route in fresh.items()):
                self._snapshot(table, table.routes | fresh)
        self._notify()

    def _notify(self) -> None:
        for watcher in self._watchers:
            watcher(self)


def _name_tag(name: str | None) -> dict[str, str]:
    return {"Name": name} if name else {}
