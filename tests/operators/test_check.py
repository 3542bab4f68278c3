"""What check finds: each misconfiguration, planted by itself, is named; and its printed cure, executed as printed by a shell on
the host, makes the next check pass.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from faults.dns import addresses, serving
from faults.rig import API, IMDS, INSTALLED
from faults.test_iface import no_new_privileges
from region.proxy import Proxy
from world import Place

from .standby import CONFIG, NOBODY, Finding, Standby, standby

SPARE = "10.109.10.224/27"


@pytest.fixture(scope="module")
def one() -> Iterator[Standby]:
    with standby() as made:
        yield made


@pytest.fixture
def host(one: Standby) -> Iterator[Standby]:
    one.reset()
    yield one
    one.reset()


@dataclass(frozen=True)
class Planted:
    """`plant` spoils one thing. Then a check ends with `kind`, and names it by `about` and `seen`; `cure` is all of the command.

    What `also` names is a consequence. `meanwhile` is what goes on by itself once the cure is done.
    """

    plant: Callable[[Standby], object]
    about: str
    seen: str
    cure: str
    kind: str
    also: tuple[str, ...] = ()
    meanwhile: Callable[[Standby], object] = lambda host: None


def ip(*lines: str) -> Callable[[Standby], object]:
    return lambda host: host.rig.place.ip(*lines)


def sh(command: str) -> Callable[[Standby], object]:
    return lambda host: host.rig.place.run(["sh", "-ec", command], check=True)


def configured(*without: str, **settings: str) -> Callable[[Standby], object]:
    return lambda host: host.configure(*without, **settings)


def each(*steps: Callable[[Standby], object]) -> Callable[[Standby], object]:
    def all_of_them(host: Standby) -> None:
        for step in steps:
            step(host)
    return all_of_them


def no_alias(host: Standby) -> None:
    host.rig.without_alias()


def as_nobody(**how: Any) -> Callable[[Standby], object]:
    return lambda host: host.as_nobody(**how)


def down(host: Standby) -> None:
    """Its routes go with it, which no run has done."""
    host.rig.place.ip("link set eth0 down")
    host.without_rules = True


def another_interface(host: Standby) -> None:
    host.rig.place.ip("link add eth1 type veth peer name other1", "link set other1 up", "link set eth1 up", "addr add 10.200.0.2/24 dev eth1")


def may_all_but(action: str) -> Callable[[Standby], object]:
    """The role's own policy lacks one action."""
    actions = {"DescribeRouteTables", "DescribeNetworkInterfaces", "DescribeSubnets", "ReplaceRoute", "CreateRoute"} - {action}
    statement = {"Effect": "Allow", "Action": [f"ec2:{each}" for each in sorted(actions)], "Resource": "*"}
    return lambda host: host.region.enforce("mirror", {"Version": "2012-10-17", "Statement": [statement]})


def put_role_policy(action: str, resource: str) -> str:
    suffix = "-rtb-[0-9a-f]{17}" if "rtb" in resource else ""
    return (rf"aws iam put-role-policy --role-name mirror --policy-name mirrorvip-{action}{suffix} --policy-document '\{{\"Version\": \"2012-10-17\", "
            rf"\"Statement\": \[\{{\"Effect\": \"Allow\", \"Action\": \"ec2:{action}\", \"Resource\": \"{resource}\"\}}\]\}}'")


TABLE_ARN = r"arn:aws:ec2:eu-central-1:\*:route-table/rtb-[0-9a-f]{17}"


def route(number: int, target: str | None, **more: Any) -> Callable[[Standby], object]:
    def set_route(host: Standby) -> None:
        scene = host.rig.scene
        host.region.set_route(scene.tables[number], scene.destination, target and getattr(scene, target).eni, **more)
        host.region.log.clear()
    return set_route


def first_table_named(host: Standby) -> None:
    host.configure(route_table=host.rig.scene.tables[0])


def wrong_names(host: Standby) -> None:
    host.rig.place.write("/etc/hosts", "127.0.0.1 localhost\n")
    host.rig.place.write("/etc/resolv.conf", "nameserver 127.0.0.9\n")


def somebody_in_the_spare_subnet(host: Standby) -> None:
    host.region.add_eni(host.rig.scene.subnets["spare"], "10.109.10.230")
    host.spare("10.109.10.254/27")


def host_in_a_section(host: Standby) -> None:
    """Between two others, whose VIPs stay as they are."""
    host.configure("vip", **{"[db]\nvip": "10.9.0.1\n[ web ]\n# for the web\nvip =10.109.2.7/26\n[log]\nvip = 10.9.0.11"})
    host.rig.without_alias()


def alias_with_another_prefix(host: Standby) -> None:
    host.configure("vip")
    host.rig.without_alias()
    host.rig.add("10.109.10.254/28", "eth0:1")


FILE = re.escape(CONFIG)
OTHER_OWNER = f"chown root {FILE} && chmod go-w {FILE}"
BACK_BY_ETH0 = r"ip route replace default via 10\.109\.2\.1 dev eth0 table 1097 && ip rule add pref 1 from 10\.9\.0\.1 lookup 1097"

PLANTED = {
    # This host.
    "the interface is down": Planted(
        down, "interface", "eth0 is down", "ip link set eth0 up", "IFACE", also=("path",),
        # As a DHCP client would.
        meanwhile=ip("route replace 10.109.0.0/16 via 10.109.2.1 dev eth0")),
    "the label is taken": Planted(
        each(no_alias, lambda host: host.rig.add("10.9.0.7/32", "eth0:1")), "alias", "eth0:1 holds 10.9.0.7 already",
        r"ip addr add 10\.9\.0\.1/32 dev eth0", "IFACE", also=("rights",)),
    "the VIP is on another interface": Planted(
        each(no_alias, another_interface, ip("addr add 10.9.0.1/32 dev eth1"), configured(interface="eth0")), "alias", "10.9.0.1 is on eth1, not on eth0",
        r"ip addr del 10\.9\.0\.1/32 dev eth1", "IFACE"),
    "no alias, and no right to add it": Planted(
        each(no_alias, as_nobody()), "rights", "this process has no CAP_NET_ADMIN", f"setcap cap_net_admin\\+ep {INSTALLED}", "IFACE"),
    "no alias, and no_new_privs": Planted(
        each(no_alias, sh(f"setcap cap_net_admin+ep {INSTALLED}"), as_nobody(preexec_fn=no_new_privileges)), "rights", "no_new_privs keeps the capability",
        r"ip addr add 10\.9\.0\.1/32 dev eth0 label eth0:1", "IFACE"),
    "no alias, and nosuid": Planted(
        each(no_alias, sh(f"setcap cap_net_admin+ep {INSTALLED}; mount -o remount,nosuid /usr/local/sbin"), as_nobody()), "rights", "mounted nosuid",
        r"ip addr add 10\.9\.0\.1/32 dev eth0 label eth0:1", "IFACE"),
    "no alias, which only root could add": Planted(
        no_alias, "rights", "none that another user starts, as IRIS does", f"setcap cap_net_admin\\+ep {INSTALLED}", "OK"),
    "a rule drops the answers": Planted(
        ip("rule add pref 100 from 10.9.0.1 blackhole"), "path", "would be dropped", BACK_BY_ETH0, "IFACE"),
    "answers leave by another interface": Planted(
        each(another_interface, ip("route replace 10.109.0.0/16 dev eth1")), "path", "would leave by eth1, and not leave by eth0", BACK_BY_ETH0, "IFACE"),
    "rp_filter drops what comes in": Planted(
        each(another_interface, ip("route replace 10.109.0.0/16 dev eth1"), sh("sysctl -qw net.ipv4.conf.eth0.rp_filter=1")), "path",
        "nor come in there past rp_filter", BACK_BY_ETH0, "IFACE", meanwhile=sh("sysctl -qw net.ipv4.conf.eth0.rp_filter=1")),
    # Its configuration.
    "others may write the configuration": Planted(
        sh(f"chmod g+w {CONFIG}"), "", "must belong to root and be writable by nobody else", OTHER_OWNER, "USAGE"),
    "the configuration is another's": Planted(
        sh(f"chown 1000 {CONFIG}"), "", "must belong to root and be writable by nobody else", OTHER_OWNER, "USAGE"),
    "the configuration is the caller's own": Planted(
        each(sh(f"chown {NOBODY} {CONFIG}"), as_nobody()), "configuration", f"belongs to user {NOBODY}", f"chown root {FILE}", "OK"),
    "nobody else may read the configuration": Planted(
        sh(f"chmod 0600 {CONFIG}"), "configuration", "cannot be read by the run of another user", f"chmod a\\+r {FILE}", "OK"),
    "the guard may not be run": Planted(
        each(sh("printf '#!/bin/sh\\nexit 1\\n' >/etc/primary"), configured(guard="/etc/primary --here")), "guard", "/etc/primary cannot be run",
        r"chmod a\+x /etc/primary", "NOTPRIMARY"),
    "another region": Planted(
        configured(region="eu-west-1"), "region", "eu-west-1 is asked, but this instance and its route tables are in eu-central-1",
        f"sed -i 's/\\^ \\*region \\*=\\.\\*/region = eu-central-1/' {FILE}", "USAGE"),
    "no trust in the API's issuer": Planted(
        configured("ca-bundle"), "API", "issued by nobody that is trusted",
        f"echo 'ca-bundle = /etc/ssl/certs/ca-certificates\\.crt' >>{FILE}", "TLS"),
    "no trust in the API's issuer, and sections": Planted(
        configured("ca-bundle", "vip", **{"[web]\nvip": "10.9.0.1"}), "API", "issued by nobody that is trusted",
        f"sed -i '1i ca-bundle = /etc/ssl/certs/ca-certificates\\.crt' {FILE}", "TLS"),
    # The instance.
    "the metadata service is switched off": Planted(
        lambda host: setattr(host.rig.scene.b, "metadata", False), "metadata", "switched off",
        "aws ec2 modify-instance-metadata-options --instance-id i-[0-9a-f]{17} --http-endpoint enabled --http-tokens required", "IDENTITY"),
    "a clock that is off": Planted(
        lambda host: setattr(host.region, "clock_offset_s", 270), "clock", "s behind ", "chronyc makestep", "OK", also=("clock",)),
    "the source/destination check is on": Planted(
        lambda host: host.region.set_source_dest_check(host.rig.scene.b.eni, True), "source/dest", "is on, so that AWS drops",
        "aws ec2 modify-network-interface-attribute --network-interface-id eni-[0-9a-f]{17} --no-source-dest-check", "REFUSED"),
    # What its role may do.
    **{f"no permission for {action}": Planted(
        each(may_all_but(action), prepare), about, "UnauthorizedOperation", put_role_policy(action, resource), kind, also=("subnets",))
       for action, about, resource, kind, prepare in (
           ("DescribeRouteTables", "API", r"\*", "REFUSED", lambda host: None),
           ("DescribeNetworkInterfaces", "source/dest", r"\*", "OK", lambda host: None),
           ("DescribeSubnets", "subnets", r"\*", "OK", lambda host: None),
           ("CreateRoute", "permission", TABLE_ARN, "REFUSED", each(first_table_named, route(0, None))))},
    "no permission for CreateRoute, which is not needed yet": Planted(
        each(first_table_named, may_all_but("CreateRoute")), "permission", "once it has no route: CreateRoute: HTTP 403", put_role_policy("CreateRoute", TABLE_ARN),
        "OK", also=("subnets",)),
    "no permission for ReplaceRoute": Planted(
        each(first_table_named, may_all_but("ReplaceRoute")), "permission", "UnauthorizedOperation", put_role_policy("ReplaceRoute", TABLE_ARN), "REFUSED",
        also=("subnets",)),
    # The route tables.
    "a route that leads to the dead": Planted(
        route(1, "a", state="blackhole"), "table", "says blackhole", "mirrorvip acquire", "OK"),
    "no table that is to carry the VIP": Planted(
        each(configured(tables="existing"), *(route(number, None) for number in range(3))), "tables", "none of the 3 route tables",
        "mirrorvip acquire --tables all", "REFUSED"),
    "subnets whose table is not named": Planted(
        first_table_named, "subnets", ", and 1 more, follow rtb-", f"sed -i 's/(rtb-[0-9a-f]{{17}})/&, (rtb-[0-9a-f]{{17}})/' {FILE}", "OK"),
    "subnets whose table has no route": Planted(
        each(configured(tables="existing"), route(1, None)), "subnets", ", and 1 more, follow rtb-",
        r"aws ec2 create-route --route-table-id rtb-[0-9a-f]{17} --destination-cidr-block 10\.9\.0\.1/32 --network-interface-id eni-[0-9a-f]{17}", "OK"),
    # The VIP's place.
    "another prefix than the spare subnet's": Planted(
        lambda host: host.spare("10.109.10.254/28"), "placement", f"the nearest that can be is {SPARE}, the spare subnet that it is in",
        f"sed -i 's,\\^ \\*vip \\*=\\.\\*,vip = 10\\.109\\.10\\.254/27,' {FILE}", "USAGE", also=("rights",)),
    "an alias with another prefix": Planted(
        alias_with_another_prefix, "placement", f"the nearest that can be is {SPARE}, the spare subnet that it is in",
        r"ip addr del 10\.109\.10\.254/28 dev eth0 && ip addr add 10\.109\.10\.254/27 dev eth0 label eth0:1", "USAGE"),
    "a subnet that is not there": Planted(
        lambda host: host.spare("10.109.77.20/28"), "placement", "the nearest that can be is 10.109.77.16/28, a subnet that could be made",
        r"aws ec2 create-subnet --vpc-id vpc-[0-9a-f]{17} --cidr-block 10\.109\.77\.16/28", "USAGE", also=("rights",)),
    "a VIP without a prefix inside the VPC": Planted(
        lambda host: host.spare("10.109.77.20"), "placement", "the nearest that can be is 10.109.77.16/28, a subnet that could be made",
        r"aws ec2 create-subnet --vpc-id vpc-[0-9a-f]{17} --cidr-block 10\.109\.77\.16/28 && "
        f"sed -i 's,\\^ \\*vip \\*=\\.\\*,vip = 10\\.109\\.77\\.20/28,' {FILE}", "USAGE", also=("rights",)),
    "a VIP in this host's own subnet": Planted(
        lambda host: host.spare("10.109.2.77/26"), "placement", "the nearest that can be is 10.110.2.77/32, an overlay",
        f"sed -i 's,\\^ \\*vip \\*=\\.\\*,vip = 10\\.110\\.2\\.77/32,' {FILE}", "USAGE", also=("rights",)),
    "a VIP in this host's own subnet, in a section": Planted(
        host_in_a_section, "placement", "web: the destination 10.109.2.0/26 would swallow this host's own address",
        f"sed -i '/\\\\\\[ \\*web \\*]/,/\\^ \\*vip \\*=/s,\\^ \\*vip \\*=\\.\\*,vip = 10\\.110\\.2\\.7/32,' {FILE}", "USAGE", also=("rights",)),
    "a spare subnet that is in use": Planted(
        somebody_in_the_spare_subnet, "placement", "has 1 of its addresses taken", f"sed -i 's,\\^ \\*vip \\*=\\.\\*,vip = 10\\.110\\.10\\.254/32,' {FILE}",
        "USAGE", also=("rights",)),
}


def bad(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level != "ok"]


def test_all_is_well(host: Standby) -> None:
    run, found = host.check()
    assert run.kind == "OK" and "0 warnings" in run.text and not bad(found), run.out
    assert [finding.about for finding in found] == [
        "configuration", "guard", "alias", "rights", "interface", "identity", "metadata", "clock", "path", "placement", "region", "endpoint", "credentials",
        "credentials", "clock", "API", *["table"] * 3, "subnets", *["permission"] * 2, "source/dest"]


def named(host: Standby, row: Planted) -> str:
    """A check names it, and nothing but its consequences with it; the cure."""
    run, found = host.check()
    assert run.kind == row.kind, run.err
    if not row.about:
        assert not found and row.seen in run.text, run.err
        return run.text.partition("; ")[2]
    assert {finding.about for finding in bad(found)} <= {row.about, *row.also}, run.out
    first = next(finding for finding in bad(found) if finding.about == row.about)
    assert first.level == ("warning" if row.kind == "OK" else "failure") and row.seen in first.seen, run.out
    assert run.kind == "OK" or run.text.endswith(f"first: {row.about}: {first.seen}; do what is said of it")
    return first.cure


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_named_and_its_cure_cures(host: Standby, name: str) -> None:
    row = PLANTED[name]
    row.plant(host)
    cure = named(host, row)
    assert re.fullmatch(row.cure, cure), cure
    assert not host.rig.writes()
    host.do(cure)
    row.meanwhile(host)
    run, found = host.check()
    assert run.kind == "OK", run.err
    assert row.about not in {finding.about for finding in bad(found)}, run.out


def test_there_are_enough() -> None:
    assert len(PLANTED) + len(("a name server", "a hop limit", "a password")) >= 25


def test_what_a_command_line_says_is_not_cured_in_the_file(host: Standby) -> None:
    host.configure("vip")
    host.rig.without_alias()
    _, found = host.check("--vip", "10.109.10.254/28", "--route-table", host.rig.scene.tables[0])
    cures = {finding.about: finding.cure for finding in bad(found)}
    assert cures["placement"] == "mirrorvip check --vip 10.109.10.254/27" and re.fullmatch("name rtb-[0-9a-f]{17}, too, by --route-table", cures["subnets"]), cures
    host.do(cures["placement"])


def test_the_path_of_a_vip_that_is_not_up(host: Standby) -> None:
    """The kernel does not answer for an address that it does not have."""
    host.rig.without_alias()
    _, found = host.check()
    [path] = [finding for finding in found if finding.about == "path"]
    assert path.text == "packets of the VPC's clients come in by eth0, and answers leave by it, as far as 10.109.2.10 tells while the VIP is not up"


def test_a_permission_that_nobody_tells_of(host: Standby) -> None:
    def told() -> list[str]:
        run, found = host.check()
        assert run.kind == "OK", run.err
        return [finding.seen.rpartition(", ")[2] for finding in found if "check --fix" in finding.seen]
    assert told() == ["is permitted"]
    may_all_but("ModifyNetworkInterfaceAttribute")(host)
    assert told() == ["is not permitted"]
    host.rig.fault(match="ModifyNetworkInterfaceAttribute", cut=0)
    assert told() == ["is not known to be permitted"]


def test_its_help_lists_how_it_ends(host: Standby) -> None:
    told = re.findall(r"^ +[0-9]+ ([A-Z]+) ", host.rig.place.run([INSTALLED, "help", "check"], check=True).stdout, re.M)
    assert {row.kind for row in PLANTED.values()} <= set(told), told


# Those that need somebody else.

def test_a_wrong_name_server(host: Standby) -> None:
    row = Planted(wrong_names, "name", "cannot resolve ec2.eu-central-1.amazonaws.com", "echo 'nameserver 169.254.169.253' >/etc/resolv.conf", "NETWORK")
    host.rig.place.ip("addr replace 169.254.169.253/32 dev lo")
    with serving(host.rig, addresses(API), "169.254.169.253"):
        row.plant(host)
        cure = named(host, row)
        assert cure == row.cure
        host.do(cure)
        run, found = host.check()
        assert run.kind == "OK" and not bad(found), run.out


def test_a_password_that_everybody_reads(host: Standby) -> None:
    def connect(_: str, port: int) -> socket.socket:
        return host.rig.place.call(socket.create_connection, (API, port))
    with Proxy(host.rig.listener("127.0.0.1"), connect) as proxy:
        host.configure(proxy=f"http://me:secret@127.0.0.1:{proxy.port}")
        cure = named(host, Planted(lambda host: None, "configuration", "holds the proxy's password, and everybody may read it", "", "OK"))
        assert cure == f"chmod o-r {CONFIG}"
        host.do(cure)
        run, found = host.check()
        assert run.kind == "OK" and not bad(found), run.out
        assert any("through the proxy 127.0.0.1" in finding.text for finding in found) and "secret" not in run.out


def test_a_hop_limit_that_keeps_containers_out(host: Standby) -> None:
    """The host of the test is a container now: its metadata service answers from behind a router, which takes one hop."""
    rig, region = host.rig, host.region
    with Place("router") as router, Place("nitro") as nitro:
        rig.place.ip(f"addr del {IMDS}/32 dev lo")
        try:
            link(rig.place, "172.17.0.2", router, "172.17.0.1", "eth1")
            link(nitro, "172.18.0.2", router, "172.18.0.1", "eth0")
            router.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
            router.ip(f"route add {IMDS} via 172.18.0.2")
            rig.place.ip(f"route add {IMDS} via 172.17.0.1")
            nitro.ip(f"addr add {IMDS}/32 dev lo", "route add default via 172.18.0.1")
            with region.serve([], {rig.scene.b.id: nitro.call(socket.create_server, (IMDS, 80))}, sts=[]):
                host.configure(deadline="3")
                cure = named(host, Planted(lambda host: None, "metadata", "does not answer the request for a token", "", "IDENTITY"))
                assert cure == f"aws ec2 modify-instance-metadata-options --instance-id {rig.scene.b.id} --http-put-response-hop-limit 2"
                host.do(cure)
                run, found = host.check()
                assert run.kind == "OK" and not bad(found), run.out
        finally:
            rig.place.ip(f"addr replace {IMDS}/32 dev lo")


def link(place: Place, address: str, router: Place, its_address: str, name: str) -> None:
    router.ip(f"link add to-{name} type veth peer name {name} netns /proc/self/fd/{place.network}", f"link set to-{name} up",
              f"addr add {its_address}/24 dev to-{name}", pass_fds=[place.network])
    place.ip(f"link set {name} up", f"addr add {address}/24 dev {name}")


# What each table says.

def test_what_each_table_says(host: Standby) -> None:
    region, scene = host.region, host.rig.scene
    first, second, third = scene.tables
    edge = region.add_route_table(scene.vpc, "edge", gateway="igw-0123456789abcdef0")
    propagated = region.add_route_table(scene.vpc, "propagated")
    region.set_route(propagated, scene.destination, "vgw-0123456789abcdef0", origin="EnableVgwRoutePropagation")
    region.set_route(second, scene.destination, scene.a.eni, state="filtered")
    region.set_route(third, scene.destination, None)
    region.log.clear()
    run, found = host.check()
    said = {(finding.level, *finding.seen.split(" ", 1)) for finding in found if finding.about == "table"}
    assert run.kind == "OK" and said == {
        ("ok", first, f"says elsewhere: {scene.a.eni}"),
        ("warning", second, f"says blackhole: {scene.a.eni} is filtered, until the host that should have the VIP takes it"),
        ("ok", third, "says nowhere: nobody"),
        ("ok", propagated, "says propagated: vgw-0123456789abcdef0, which a static route comes before"),
        ("ok", edge, "says edge, and is left alone")}, run.out


def test_each_vip_of_several(host: Standby) -> None:
    """One report on all of them; what is asked of the VPC and of the interface is asked once."""
    for table in host.rig.scene.tables:
        host.region.set_route(table, "10.9.0.2/32", host.rig.scene.a.eni)
    host.rig.others["10.9.0.2/32"] = "eth0:2"
    host.rig.place.ip("addr add 10.9.0.2/32 dev eth0 label eth0:2")
    host.configure("vip", **{"[web]\nvip": "10.9.0.1\n[db]\nvip = 10.9.0.2"})
    host.region.log.clear()
    run, found = host.check()
    assert run.kind == "OK" and "keeps 10.9.0.1, 10.9.0.2 from coming here, with 0 warnings" in run.text, run.err
    assert [finding.seen for finding in found if finding.about == "alias"] == ["web: 10.9.0.1 is on eth0:1", "db: 10.9.0.2 is on eth0:2"]
    assert [finding.seen.split()[0] for finding in found if finding.about == "table"] == ["web:"] * 3 + ["db:"] * 3
    assert [sum(finding.about == about for finding in found) for about in ("table", "placement", "source/dest")] == [6, 2, 1], run.out
    # Of each table and of the interface AWS was asked once, and told once.
    assert len(host.rig.dry_runs()) == 9 and sum(finding.about == "permission" for finding in found) == 2, run.out
    assert host.region.log.count("ModifyNetworkInterfaceAttribute") == 1
    assert host.region.log.count("DescribeSubnets") == host.region.log.count("DescribeNetworkInterfaces") == 1
    host.rig.place.ip("addr del 10.9.0.2/32 dev eth0")
    run, found = host.check()
    assert [finding.seen.split(",")[0] for finding in bad(found)] == ["db: this process may add the alias"], run.out


# How long the keys are good, which AWS decides.

def test_until_when_the_keys_are_good(host: Standby) -> None:
    region = host.region
    key = region.credentials(host.rig.scene.b)
    _, found = host.check()
    assert [finding.text for finding in found if finding.about == "credentials"] == [
        f"{key.access_key} of the instance profile's role mirror, good until {region.iso_time(key.expires or 0)}",
        f"to AWS they are those of {key.arn}, in account {region.account}"]
    key = region.rotate_credentials(host.rig.scene.b, -60)
    region.renew_credentials = False
    try:
        run, found = host.check()
    finally:
        region.renew_credentials = True
    assert run.kind == "REFUSED" and [(finding.level, finding.about) for finding in bad(found)][:2] == [("warning", "credentials"), ("failure", "API")], run.out
    assert f"{key.access_key} of the instance profile's role mirror, expired at {region.iso_time(key.expires or 0)}" == bad(found)[0].seen


# The guard's answer.

@pytest.mark.parametrize(("here", "status", "level", "words"), [
    (False, 1, "ok", "it says no, as it should where the VIP is not"),
    (True, 0, "ok", "it says yes, as it should where the VIP is"),
    (True, 3, "warning", "it says no (status 3), though the VIP is here; /etc/primary && echo yes"),
    (False, 0, "warning", "it says yes, though the VIP is not here; /etc/primary || echo no"),
])
def test_what_the_guard_says(host: Standby, here: bool, status: int, level: str, words: str) -> None:
    host.rig.place.write("/etc/primary", f"#!/bin/sh\nexit {status}\n", 0o755)
    host.configure(guard="/etc/primary")
    if here:
        for number in range(3):
            route(number, "b")(host)
    run, found = host.check()
    assert run.kind == "OK", run.err
    assert [(finding.level, finding.text) for finding in found if finding.about == "guard"] == [(level, words)]


# --fix

def test_fix_turns_the_check_off_and_nothing_else(host: Standby) -> None:
    eni = host.rig.scene.b.eni
    host.region.set_source_dest_check(eni, True)
    host.region.set_source_dest_check(host.rig.scene.a.eni, True)
    run, found = host.check("--fix")
    assert run.kind == "OK" and not bad(found), run.out
    assert ("source/dest", f"the check of {eni} was on, and has been turned off") in [(finding.about, finding.text) for finding in found]
    assert not host.region.enis[eni].source_dest_check and host.region.enis[host.rig.scene.a.eni].source_dest_check
    changed = [request.params for request in host.region.log.actions("ModifyNetworkInterfaceAttribute") if request.params.get("DryRun") != "true"]
    assert [(params["NetworkInterfaceId"], params["SourceDestCheck.Value"]) for params in changed] == [(eni, "false")]
    assert not host.rig.writes() and not host.region.log.changes


def test_fix_does_nothing_where_it_is_off(host: Standby) -> None:
    run, _ = host.check("--fix")
    assert run.kind == "OK", run.err
    assert all(request.params.get("DryRun") == "true" for request in host.region.log.actions("ModifyNetworkInterfaceAttribute"))


def test_fix_is_not_permitted(host: Standby) -> None:
    host.region.set_source_dest_check(host.rig.scene.b.eni, True)
    may_all_but("ModifyNetworkInterfaceAttribute")(host)
    run, found = host.check("--fix")
    assert run.kind == "REFUSED" and host.region.enis[host.rig.scene.b.eni].source_dest_check, run.err
    [finding] = bad(found)
    assert finding.about == "source/dest" and "--policy-name mirrorvip-ModifyNetworkInterfaceAttribute-eni-" in finding.cure
    host.do(finding.cure)
    run, found = host.check("--fix")
    assert run.kind == "OK" and not bad(found) and not host.region.enis[host.rig.scene.b.eni].source_dest_check, run.out


@pytest.mark.parametrize("applied", [True, False])
def test_fix_believes_what_it_reads_back(host: Standby, applied: bool) -> None:
    """Its answer is lost: only another look can tell."""
    eni = host.rig.scene.b.eni
    host.region.set_source_dest_check(eni, True)
    # The first one is the dry run.
    host.rig.fault(match="ModifyNetworkInterfaceAttribute", nth=2, cut=0, apply=applied)
    run, found = host.check("--fix")
    assert host.region.enis[eni].source_dest_check != applied
    assert [finding.about for finding in bad(found)] == ([] if applied else ["source/dest"]) and (run.kind == "OK") == applied, run.out


# --json

def test_json_says_the_same(host: Standby) -> None:
    host.region.set_source_dest_check(host.rig.scene.b.eni, True)
    route(1, "a", state="blackhole")(host)
    _, found = host.check()
    run, _ = host.check("--json")
    told = json.loads(run.out)
    assert told["version"] == 1
    assert told["findings"] == [{"level": finding.level, "about": finding.about, "seen": finding.seen, "cure": finding.cure or None} for finding in found]
    assert told["result"] == {"kind": "REFUSED", "status": 7, "failures": 1, "warnings": 1} and run.kind == "REFUSED"


def test_json_where_all_is_well(host: Standby) -> None:
    run, _ = host.check("--json")
    told = json.loads(run.out)
    assert {finding["level"] for finding in told["findings"]} == {"ok"} and all(finding["cure"] is None for finding in told["findings"])
    assert told["result"] == {"kind": "OK", "status": 0, "failures": 0, "warnings": 0} and run.kind == "OK"
