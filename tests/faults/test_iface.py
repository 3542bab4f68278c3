"""The interface and its alias: what is there, what is missing, who may change it, and what a killed run leaves behind."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator

import pytest

from .rig import ALIAS, BINARY, CA_FILE, OWN, Rig, Run, opened
from .trace import Call, Nth, killed

SIOCGIFADDR = 0x8915
IOCTL = 16


def not_moved(rig: Rig, run: Run, says: str) -> None:
    """IFACE, the owner is as before, and so are the addresses that were there."""
    assert run.kind == "IFACE" and says in run.text, run.err
    rig.nothing_was_written()


def moved(rig: Rig) -> None:
    assert rig.owners() == ["B"] and rig.writes() == {"ReplaceRoute": 1}


def said(rig: Rig, *argv: str) -> tuple[int, str]:
    """A run on a host whose interface is not as the rules have it."""
    done = rig.place.run(argv, env=rig.environment())
    return done.returncode, done.stderr


@pytest.fixture
def own() -> Iterator[Rig]:
    """A host of the test's own, for what cannot be undone."""
    with opened(tables=1) as rig:
        yield rig


RENAME = ("link set eth0 down", "link set eth0 name ens5", "link set ens5 up")


# Which interface.

def test_96_no_such_interface(rig: Rig) -> None:
    not_moved(rig, rig.run("acquire", "--interface", "ens5"), "ens5: no such interface")
    assert rig.addresses() == OWN
    rig.recovers()


def test_96_the_interface_has_another_name(own: Rig) -> None:
    own.place.ip(*RENAME)
    status, err = said(own, *own.argv("acquire", "--interface", "eth0"))
    assert status == 12 and "eth0: no such interface" in err
    own.nothing_was_written()
    # Not told which, it takes the only one there is.
    status, err = said(own, *own.argv("acquire"))
    shown = own.place.run(["ip", "-4", "-o", "addr", "show", "dev", "ens5"]).stdout
    assert status == 0 and "inet 10.9.0.1/32 " in shown and " ens5:1\\" in shown, err
    moved(own)


@pytest.mark.parametrize("name", ["", "eth0:1", "eth0:", ":1", "../x", "0123456789abcde", "0123456789abcdef"])
def test_102_a_name_that_leaves_no_label(rig: Rig, name: str) -> None:
    run = rig.run("acquire", f"--interface={name}")
    assert run.kind == "USAGE", run.err
    rig.nothing_was_attempted()
    assert rig.run("release", f"--interface={name}").kind == "USAGE"
    assert rig.addresses() == OWN


def test_102_no_interface_is_taken_down(rig: Rig) -> None:
    """The address is under a name without a colon, which stands for the whole interface."""
    not_moved(rig, rig.run("release", "--vip", "10.109.2.10", vip=False), "'eth0' is no alias label")
    rig.add("10.9.0.1/32")
    not_moved(rig, rig.run("release"), "'eth0' is no alias label")


@pytest.mark.parametrize("vip", ["0.0.0.0", "0.1.2.3", "255.255.255.255", "127.0.0.1", "224.0.0.1", "240.0.0.1", "169.254.1.1"])
def test_103_an_address_that_is_none(rig: Rig, vip: str) -> None:
    run = rig.run("acquire", "--vip", vip, vip=False)
    assert run.kind == "USAGE" and f"{vip} cannot be a VIP" in run.text, run.err
    rig.nothing_was_attempted()


@pytest.mark.parametrize("vip", ["10.109.10.224/27", "10.109.10.255/27", "10.109.2.10", "10.109.2.77/24"])
def test_99_103_an_address_that_is_taken(rig: Rig, vip: str) -> None:
    """The first and the last of a subnet, the host's own, one of the host's own subnet."""
    run = rig.run("acquire", "--vip", vip, vip=False)
    assert run.kind == "USAGE", run.err
    rig.nothing_was_written()
    assert rig.addresses() == OWN and not rig.asked("ec2")


def test_104_the_link_is_lost(rig: Rig) -> None:
    rig.place.ip("link set other down")
    try:
        not_moved(rig, rig.run(), "eth0 is without a link")
        assert rig.addresses() == OWN
    finally:
        rig.place.ip("link set other up")
    rig.recovers()


def test_104_the_interface_is_down(own: Rig) -> None:
    own.place.ip("link set eth0 down")
    status, err = said(own, *own.argv("acquire"))
    assert status == 12 and "eth0 is down" in err
    own.nothing_was_written()
    assert own.addresses() == OWN
    own.place.ip("link set eth0 up")
    own.recovers()


def test_104_it_is_renamed_meanwhile(own: Rig) -> None:
    gate = own.gate("/latest/meta-data/placement/region")
    child = own.start()
    gate.wait()
    own.place.ip(*RENAME)
    gate.open()
    _, err = child.communicate(timeout=25)
    assert child.returncode == 12 and "eth0: no such interface" in err
    own.nothing_was_written()


@pytest.mark.parametrize(("count", "kind"), [(700, "OK"), (1100, "IFACE")])
def test_105_hundreds_of_addresses(rig: Rig, count: int, kind: str) -> None:
    """They are asked for once, with room for all or an error: no list grows between two calls."""
    rig.with_alias()
    rig.place.ip(*(f"addr add 10.77.{number // 250}.{number % 250 + 1}/32 dev lo" for number in range(count)))
    try:
        run = rig.run(vip=False)
        assert run.kind == kind, run.err
        if kind == "OK":
            rig.is_here(ReplaceRoute=1)
        else:
            not_moved(rig, run, "more than 1023 addresses")
    finally:
        rig.place.ip(*(f"addr del 10.77.{number // 250}.{number % 250 + 1}/32 dev lo" for number in range(count)))
    rig.recovers()


# Who may.

CAPABLE, NOSUID = "/usr/local/sbin/capable", "/run/nosuid/capable"


def no_new_privileges() -> None:
    assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0


def capable(rig: Rig, path: str) -> None:
    """The program with the file capability, and what its caller may not say in its configuration."""
    if path == NOSUID:
        mount = "mountpoint -q /run/nosuid || mount -t tmpfs -o mode=755,nosuid tmpfs /run/nosuid"
        rig.place.run(["sh", "-c", f"mkdir -p /run/nosuid; {mount}"], check=True)
    rig.place.write(path, BINARY.read_bytes(), 0o755)
    rig.place.run(["setcap", "cap_net_admin+ep", path], check=True)
    rig.place.write("/etc/mirrorvip.conf", f"vip = 10.9.0.1\nca-bundle = {CA_FILE}\nendpoint-url = https://localhost:{rig.api_port}\n"
                                           f"imds-endpoint = http://127.0.0.1:{rig.imds_port}\n")


RIGHTS = {
    "root": (None, "plain", False, ""),
    "root, no new privileges": (None, "plain", True, ""),
    "nobody, file capability": ("nobody", CAPABLE, False, ""),
    "nobody": ("nobody", "plain", False, "needs CAP_NET_ADMIN; setcap cap_net_admin+ep on the binary"),
    "nobody, file capability, nosuid": ("nobody", NOSUID, False, "needs CAP_NET_ADMIN; setcap cap_net_admin+ep on the binary"),
    "nobody, file capability, no new privileges": ("nobody", CAPABLE, True, "needs CAP_NET_ADMIN, which NoNewPrivileges has taken away"),
}


@pytest.mark.parametrize(("user", "path", "restricted", "says"), RIGHTS.values(), ids=RIGHTS)
def test_97_108_who_may_add_the_alias(rig: Rig, user: str | None, path: str, restricted: bool, says: str) -> None:
    capable(rig, CAPABLE if path == "plain" else path)
    argv = rig.argv("acquire", vip=False, endpoint=False) if path == "plain" else [path, "acquire"]
    run = rig.raw(argv, user=user, preexec_fn=no_new_privileges if restricted else None)
    if says:
        not_moved(rig, run, says)
        assert rig.addresses() == OWN
        # With the alias there, no right is needed.
        rig.with_alias()
        assert rig.raw(argv, user=user, preexec_fn=no_new_privileges if restricted else None).kind == "OK"
    rig.is_here(ReplaceRoute=1)


# What is there already.

THERE = [("10.9.0.1/32", "eth0:1"), ("10.9.0.1/24", "eth0:1"), ("10.9.0.1/32", "eth0:7"), ("10.9.0.1/24", "eth0:7"),
         ("10.9.0.1/32", "eth0"), ("10.9.0.1/24", "eth0"), ("10.9.0.1/8", "eth0:7"), ("10.9.0.1/8", "eth0")]


@pytest.mark.parametrize(("address", "label"), THERE, ids="-".join)
def test_98_the_vip_is_there_already(rig: Rig, address: str, label: str) -> None:
    """Whatever its prefix and its label, it stays as it is."""
    rig.add(address, label)
    run = rig.run()
    assert run.kind == "OK", run.err
    moved(rig)
    assert rig.addresses() == OWN | {address: label}
    assert rig.run().kind == "OK"
    moved(rig)


def test_99_it_is_a_secondary_address(rig: Rig) -> None:
    rig.add("10.9.0.7/24", "eth0:7")
    rig.add("10.9.0.1/24", "eth0:1")
    assert "secondary" in rig.place.run(["ip", "-o", "addr", "show", "to", "10.9.0.1"]).stdout
    assert rig.run().kind == "OK"
    moved(rig)
    assert rig.addresses() == OWN | rig.added


def test_99_its_removal_takes_no_other_address_along(rig: Rig) -> None:
    rig.place.run(["sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=0"], check=True)
    rig.place.ip("addr add 10.9.0.1/24 dev eth0 label eth0:1", "addr add 10.9.0.2/24 dev eth0 label eth0:2")
    child = rig.start("release")
    _, err = child.communicate(timeout=10)
    assert child.returncode == 12 and "could take 10.9.0.2 on eth0:2 with it" in err, err
    assert rig.addresses().keys() >= {"10.9.0.1/24", "10.9.0.2/24"}
    # As a later address it goes alone.
    rig.place.ip("addr del 10.9.0.1/24 dev eth0")
    rig.place.ip("addr replace 10.9.0.2/24 dev eth0 label eth0:2", "addr add 10.9.0.1/24 dev eth0 label eth0:1")
    child = rig.start("release")
    _, err = child.communicate(timeout=10)
    assert child.returncode == 0, err
    assert "10.9.0.2/24" in rig.addresses() and "10.9.0.1/24" not in rig.addresses()
    # And so it does beside one whose prefix is another.
    rig.without_alias()
    rig.place.ip("addr add 10.9.0.1/24 dev eth0 label eth0:1", "addr add 10.9.0.2/25 dev eth0 label eth0:2")
    child = rig.start("release")
    _, err = child.communicate(timeout=10)
    assert child.returncode == 0, err
    assert "10.9.0.2/25" in rig.addresses() and "10.9.0.1/24" not in rig.addresses()


def test_98_left_with_the_mask_of_its_class(rig: Rig) -> None:
    rig.place.ip("addr add 10.9.0.1/8 dev eth0 label eth0:1")
    assert "10.0.0.0/8" in rig.own_routes()
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)
    assert rig.addresses() == OWN | ALIAS


@pytest.mark.parametrize("address", ["10.9.0.7/32", "192.0.2.1/24"])
def test_101_the_label_holds_another_address(rig: Rig, address: str) -> None:
    rig.add(address, "eth0:1")
    not_moved(rig, rig.run(), f"eth0:1 holds {address.partition('/')[0]} already")
    assert rig.addresses() == OWN | {address: "eth0:1"}
    rig.without_alias()
    rig.recovers()


# Killed.

def looks_at_a_label(call: Call) -> bool:
    """A change begins with the look at what it holds."""
    return call.number == IOCTL and call.arguments[1] == SIOCGIFADDR


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_100_killed_between_any_two_calls(rig: Rig) -> None:
    """SIOCGIFADDR, SIOCSIFADDR, SIOCSIFNETMASK, rt_sigprocmask, close, and one more."""
    wide = []
    for number in range(6):
        rig.reset()
        killed(rig, "acquire", after=Nth(looks_at_a_label, number))
        assert OWN.items() <= rig.addresses().items()
        rig.nothing_was_written()
        if "10.0.0.0/8" in rig.own_routes():
            wide.append(number)
        # As it was, or as it is to be, or as the rerun narrows it; and that run is held to the rules.
        assert rig.run().kind == "OK"
        rig.is_here(ReplaceRoute=1)
        assert rig.addresses() == OWN | ALIAS
    assert wide == [1]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_100_killed_while_it_takes_the_alias_down(rig: Rig) -> None:
    """From SIOCGIFADDR over the look at its neighbours to SIOCSIFFLAGS, after which it is gone."""
    left: list[bool] = []
    while left[-1:] != [False]:
        number = len(left)
        rig.reset()
        rig.with_alias()
        killed(rig, "release", after=Nth(looks_at_a_label, number))
        left.append(rig.alias)
        assert rig.run("release").kind == "OK" and rig.addresses() == OWN
    assert 3 < len(left) < 20


# Alias and routes: the alias first.

def test_106_the_alias_is_set_and_no_route_moves(three: Rig) -> None:
    three.region.deny("ec2:ReplaceRoute")
    run = three.run()
    assert run.kind == "REFUSED" and three.alias, run.err
    assert three.owners() == ["A"] * 3 and not three.region.log.changes
    three.region.allow("ec2:ReplaceRoute")
    assert three.run().kind == "OK" and three.owners() == ["B"] * 3


def test_106_the_alias_is_set_and_some_routes_move(three: Rig) -> None:
    three.fault(match="ReplaceRoute", table=three.scene.tables[1], code="UnauthorizedOperation", status=403)
    run = three.run()
    assert run.kind == "PARTIAL" and three.alias, run.err
    assert three.owners() == ["B", "A", "B"]
    three.recovers()


def test_106_the_alias_cannot_be_set(three: Rig) -> None:
    three.region.log.clear()
    not_moved(three, three.run(user="nobody"), "needs CAP_NET_ADMIN")
    # AWS was not even asked.
    assert three.owners() == ["A"] * 3 and not three.asked("ec2")
    three.recovers()
