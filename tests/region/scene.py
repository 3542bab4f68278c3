"""The standard scene: two mirror hosts in two zones, and N tables that carry the VIP's route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .model import Instance, target_of
from .region import Region

ROLE = "mirror"


@dataclass(frozen=True)
class Scene:
    """`a` owns the VIP in every table of `tables`; `destination` is the route's, `vip` the address in it."""

    region: Region
    vpc: str
    a: Instance
    b: Instance
    tables: list[str]
    vip: str
    destination: str
    subnets: dict[str, str]

    def owners(self) -> list[str | None]:
        """The VIP's target, table by table, of those that there still are."""
        return [target_of(self.region.routes(table).get(self.destination)) for table in self.tables if table in self.region.tables]


Placement = Literal["overlay", "spare", "overlay6", "spare6"]

# The VIP, and the destination of its route.
_PLACEMENTS: dict[Placement, tuple[str, str]] = {
    "overlay": ("10.9.0.1", "10.9.0.1/32"), "spare": ("10.109.10.254", "10.109.10.224/27"),
    "overlay6": ("fd12:3456::1", "fd12:3456::1/128"), "spare6": ("2001:db8:6d00:fe::1", "2001:db8:6d00:fe::/64")}


def mirror_pair(tables: int = 1, destination: Placement = "overlay", *, routed: bool = True,
                shared_from: str | None = None, **region: Any) -> Scene:
    """VPC 10.109.0.0/16; host A 10.109.1.10 in zone a, B 10.109.2.10 in zone b; spare subnet 10.109.10.224/27.

    The first table is the VPC's main one; the second, if there is one, is that of the two hosts' subnets.
    Overlay: VIP 10.9.0.1, destination 10.9.0.1/32. Spare: VIP 10.109.10.254, destination the spare subnet.
    The same with a 6: a VIP of IPv6, in a VPC that has 2001:db8:6d00::/56 too, its subnets one /64 each (:1, :2 and :fe).
    All tables route it to A, or none if `routed` is False; of a VPC that is `shared_from` an account they are its. What else is given goes to `Region`.
    """
    def ipv6(*texts: str) -> tuple[str, ...]:
        return texts if destination.endswith("6") else ()
    r = Region(**region)
    vpc = r.add_vpc("10.109.0.0/16", *ipv6("2001:db8:6d00::/56"), shared_from=shared_from)
    subnets = {"a": r.add_subnet(vpc, "10.109.1.0/24", zone=f"{r.name}a", name="mirror-a", ipv6=ipv6("2001:db8:6d00:1::/64")),
               "b": r.add_subnet(vpc, "10.109.2.0/24", zone=f"{r.name}b", name="mirror-b", ipv6=ipv6("2001:db8:6d00:2::/64")),
               "spare": r.add_subnet(vpc, "10.109.10.224/27", zone=f"{r.name}a", name="vip", ipv6=ipv6("2001:db8:6d00:fe::/64"))}
    a = r.add_instance(subnets["a"], "10.109.1.10", mac="02:00:0a:6d:01:0a", role=ROLE, name="mirror-a", ipv6=ipv6("2001:db8:6d00:1::10"))
    b = r.add_instance(subnets["b"], "10.109.2.10", mac="02:00:0a:6d:02:0a", role=ROLE, name="mirror-b", ipv6=ipv6("2001:db8:6d00:2::10"))
    vip, where = _PLACEMENTS[destination]
    ids = [r.add_route_table(vpc, name=f"app-{number}", main=number == 0,
                             subnets=[subnets["a"], subnets["b"]] if number == 1 else [],
                             tags={"mirrorvip": "yes"}) for number in range(tables)]
    if routed:
        for table in ids:
            r.set_route(table, where, a.eni)
    r.log.clear()
    return Scene(r, vpc, a, b, ids, vip, where, subnets)
