"""Options, environment and configuration: what cannot be used is named in one line, and nothing is attempted."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from region.region import STATIC_KEY

from .rig import CA_FILE, INSTALLED, OWN, Rig

CONFIG = "/etc/mirrorvip.conf"

BAD_VALUES = [
    # row, option, value, what the line must say
    (102, "interface", "eth0:1", "interface name"),
    (102, "interface", "a" * 16, "interface name"),
    (102, "interface", "../x", "interface name"),
    (102, "interface", "", "interface name"),
    (103, "vip", "0.0.0.0", "0.0.0.0/8"),
    (103, "vip", "255.255.255.255", "broadcast"),
    (103, "vip", "127.0.0.1", "loopback"),
    (103, "vip", "224.0.0.1", "multicast"),
    (103, "vip", "169.254.169.254", "link-local"),
    (121, "vip", "010.1.2.3", "no IP address"),
    (121, "vip", "10.1.2", "no IP address"),
    (121, "vip", "0x0a010203", "no IP address"),
    (121, "vip", "10.1.2.3 ", "no IP address"),
    (121, "vip", "10.1.2.3/33", "no IP address"),
    (121, "vip", "10.1.2.3/7", "no IP address"),
    (121, "vip", "fd00::1%eth0", "no IP address"),
    (121, "vip", "fd00::1/129", "no IP address"),
    (122, "route-table", "rtb-../..", "no route table"),
    (122, "route-table", "rtb-", "no route table"),
    (122, "route-table", ",", "no route table"),
    (122, "tables", "some", "'all' or 'existing'"),
    (72, "region", "x@evil.com:443/#", "no region"),
    (72, "region", "us-east-1\n", "no region"),
    (124, "deadline", "0", "1 to 600"),
    (124, "deadline", "-5", "1 to 600"),
    (124, "deadline", "601", "1 to 600"),
    (124, "deadline", "1000000000000", "1 to 600"),
    (124, "deadline", "nan", "1 to 600"),
    (124, "deadline", "5s", "1 to 600"),
    (124, "deadline", "18446744073709551617", "1 to 600"),
    (137, "guard", "true", "full path"),
    (137, "guard", "/" + "x" * 600, "longer than"),
    (95, "endpoint-url", "http://localhost", "https://"),
    (95, "endpoint-url", "https://localhost/path", "without path"),
    (95, "endpoint-url", "https://user@localhost", "without path"),
    (95, "endpoint-url", "https://localhost:0", "without path"),
    (95, "endpoint-url", "localhost", "no URL"),
    (78, "imds-endpoint", "https://127.0.0.1", "http://"),
    (35, "ca-bundle", "", "empty"),
    (35, "ca-bundle", "/" + "x" * 300, "longer than"),
]


def sources(value: str) -> list[str]:
    """An empty variable is an absent one; a file's values have no blanks around them."""
    return ["option"] + ["environment"] * bool(value) + ["file"] * (value.strip() == value != "")


@pytest.mark.parametrize(("source", "option", "value", "says"),
                         [pytest.param(source, option, value, says, id=f"{row}-{option}-{value[:20]!r}-{source}")
                          for row, option, value, says in BAD_VALUES for source in sources(value)])
def test_a_bad_value(rig: Rig, source: str, option: str, value: str, says: str) -> None:
    if source == "option":
        run = rig.raw([INSTALLED, "acquire", f"--{option}", value])
        where = f"--{option}: "
    elif source == "environment":
        variable = f"MIRRORVIP_{option.upper().replace('-', '_')}"
        run = rig.raw([INSTALLED, "acquire"], {variable: value})
        where = f"{variable}: "
    else:
        rig.place.write(CONFIG, f"# a comment\n\n{option} = {value}\n")
        run = rig.raw([INSTALLED, "acquire"])
        where = f"{CONFIG}, line 3: "
    assert run.kind == "USAGE" and run.text.startswith(where) and says in run.text, run.err
    rig.nothing_was_attempted()


BAD_COMMAND_LINES = {
    "123-none": [],
    "123-unknown-verb": ["acquit"],
    "123-empty-verb": [""],
    "123-an-option-for-a-verb": ["--vip", "10.9.0.1"],
    "123-unknown-option": ["acquire", "--no-such-thing"],
    "123-a-word": ["acquire", "now"],
    "123-dashes": ["acquire", "--"],
    "123-short": ["acquire", "-x"],
    "123-control-bytes": ["acquire", "--\x1b[31m\r\n\x07"],
    "123-not-ascii": ["acquire", "--vip", "10.9.0.\u0661"],
    "123-as-long-as-one-can-be": ["acquire", "x" * 131_071],  # the kernel takes no longer one
    "123-a-megabyte": ["acquire", *["--route-table", "rtb-0" + "x" * 131_000] * 8],
    "123-a-megabyte-of-one-option": ["acquire", *["-v"] * 100_000, "x"],
    "123-without-its-value": ["acquire", "--vip"],
    "123-with-a-value-too-many": ["acquire", "--dry-run=yes"],
    "123-twice": ["acquire", "--vip", "10.9.0.1", "--vip", "10.9.0.2"],
    "123-dry-run-of-status": ["status", "--dry-run"],
    "123-route-of-acquire": ["acquire", "--route"],
    "125-a-secret": ["acquire", "--secret-access-key", STATIC_KEY[1]],
}


@pytest.mark.parametrize("arguments", BAD_COMMAND_LINES.values(), ids=BAD_COMMAND_LINES)
def test_a_bad_command_line(rig: Rig, arguments: list[str]) -> None:
    run = rig.raw([INSTALLED, *arguments])
    assert run.kind == "USAGE" and len(run.err) < 1000, run.err
    rig.nothing_was_attempted()


def test_123_no_arguments_at_all_not_even_a_name(rig: Rig) -> None:
    nobody = f"import ctypes; none = (ctypes.c_char_p * 1)(); ctypes.CDLL(None).execve({INSTALLED.encode()!r}, none, none)"
    run = rig.raw([sys.executable, "-c", nobody])
    assert run.kind == "USAGE", run.err
    rig.nothing_was_attempted()


def test_123_help_and_version_need_nothing(rig: Rig) -> None:
    for word in ("help", "--help", "-h", "version", "--version"):
        child = rig.place.start([INSTALLED, word], env={"MIRRORVIP_VIP": "not even looked at"})
        out, err = child.communicate(timeout=5)
        assert (child.returncode, err) == (0, "") and out.startswith("mirrorvip ")


BAD_LINES = {
    "unknown-key": ("vip = 10.9.0.1\nvipp = 10.9.0.2\n", "line 2: 'vipp'"),
    "twice": ("vip = 10.9.0.1\n\nvip = 10.9.0.1\n", "line 3: 'vip' stands twice"),
    "nul": ("vip = 10.9.0.1\0\n", "line 1: "),
    "crlf": ("vip = 10.9.0.1\r\n", "line 1: "),
    "bom": ("\ufeffvip = 10.9.0.1\n", "line 1: "),
    "latin-1": (b"vip = 10.9.0.1\n# \xe9\nregion = \xe9\n", "line 3: "),
    "long-line": ("vip = " + "1" * 50_000, "line 1: "),
    "no-value": ("vip =\n", "line 1: 'vip' has no value"),
    "no-equals": ("vip\n", "line 1: "),
    "an-option-of-the-command-line": ("dry-run = yes\n", "line 1: 'dry-run'"),
    "another-file": ("config = /etc/passwd\n", "line 1: 'config'"),
    "a-secret": (f"secret-access-key = {STATIC_KEY[1]}\n", "line 1: 'secret-access-key'"),
    "escape": ("\x1b[31m = 1\n", "line 1: "),
}


@pytest.mark.parametrize(("lines", "says"), BAD_LINES.values(), ids=BAD_LINES)
def test_120_a_bad_line(rig: Rig, lines: str | bytes, says: str) -> None:
    rig.place.write(CONFIG, lines)
    run = rig.raw([INSTALLED, "acquire"])
    assert run.kind == "USAGE" and run.text.startswith(f"{CONFIG}, {says}"), run.err
    rig.nothing_was_attempted()


def test_120_a_line_of_more_than_a_file_holds(rig: Rig) -> None:
    rig.place.write(CONFIG, "vip = " + "1" * 1_000_000)
    run = rig.raw([INSTALLED, "acquire"])
    assert run.kind == "USAGE" and run.text.startswith(f"{CONFIG} is larger than"), run.err
    rig.nothing_was_attempted()


def make_absent(rig: Rig) -> None:
    pass


def make_huge(rig: Rig) -> None:
    with open(CONFIG, "wb") as file:
        file.truncate(100_000_000)


def make_folder(rig: Rig) -> None:
    os.mkdir(CONFIG)


def make_fifo(rig: Rig) -> None:
    os.mkfifo(CONFIG)


def make_device(rig: Rig) -> None:
    os.symlink("/dev/zero", CONFIG)


def make_dangling(rig: Rig) -> None:
    os.symlink("/nowhere", CONFIG)


def make_writable(rig: Rig) -> None:
    Path(CONFIG).write_text("vip = 10.9.0.1\n")
    os.chmod(CONFIG, 0o666)


def make_foreign(rig: Rig) -> None:
    Path(CONFIG).write_text("vip = 10.9.0.1\n")
    os.chown(CONFIG, 65534, 65534)


def make_socket(rig: Rig) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(CONFIG)


@pytest.mark.parametrize(("make", "says"), [
    (make_absent, "No such file"), (make_huge, "larger than"), (make_folder, "no regular file"), (make_fifo, "no regular file"),
    (make_device, "no regular file"), (make_dangling, "No such file"), (make_writable, "writable by nobody else"),
    (make_foreign, "belong to root"), (make_socket, CONFIG)])
def test_119_a_bad_file(rig: Rig, make: object, says: str) -> None:
    rig.place.call(make, rig)  # type: ignore[arg-type]
    run = rig.raw([INSTALLED, "acquire", "--config", CONFIG])
    assert run.kind == "USAGE" and run.seconds < 1 and says in run.text, run.err
    rig.nothing_was_attempted()


def test_119_the_callers_own_file_is_none_with_file_capabilities(rig: Rig) -> None:
    """There the caller is not trusted; without them it is his own run."""
    program = "/usr/local/sbin/capable"
    rig.place.run(["sh", "-c", f"cp {INSTALLED} {program} && setcap cap_net_admin+ep {program}"], check=True)
    rig.place.call(make_foreign, rig)
    run = rig.raw([program, "acquire"], user="nobody")
    rig.place.call(os.remove, program)
    assert run.kind == "USAGE" and "belong to root" in run.text, run.err
    rig.nothing_was_attempted()
    rig.with_alias()
    assert rig.run(vip=False, user="nobody").kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_119_a_file_without_a_line(rig: Rig) -> None:
    rig.place.write(CONFIG, "")
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_119_a_symlink_to_a_good_file(rig: Rig) -> None:
    rig.place.write("/run/real.conf", "vip = 10.9.0.1\n")
    rig.place.call(os.symlink, "/run/real.conf", CONFIG)
    assert rig.run(vip=False).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_120_everything_from_the_file(rig: Rig) -> None:
    rig.place.write(CONFIG, f"vip=10.9.0.1/32\n\t# mirror\ninterface =  eth0 \ntables = existing\nregion = eu-central-1\n"
                            f"endpoint-url = https://localhost:{rig.api_port}\nca-bundle = {CA_FILE}\ndeadline = 5\n"
                            f"imds-endpoint = http://127.0.0.1:{rig.imds_port}\nroute-table = {rig.scene.tables[0]}")
    run = rig.raw([INSTALLED, "acquire"])
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


def test_the_command_line_comes_before_the_environment_before_the_file(rig: Rig) -> None:
    rig.place.write(CONFIG, "vip = 10.9.0.3\nregion = us-east-1\ntables = existing\n")
    env = {"MIRRORVIP_VIP": "10.9.0.2", "MIRRORVIP_REGION": "eu-central-1", "AWS_REGION": "us-west-1"}
    run = rig.run("status", env=env)
    assert run.kind == "DIFFERS" and "10.9.0.1/32" in run.out and "eu-central-1" in run.out, run.err


def test_122_the_same_table_twice_is_one(three: Rig) -> None:
    first, second, _ = three.scene.tables
    run = three.run("acquire", "--route-table", first, "--route-table", f"{second}, {first}")
    assert run.kind == "OK", run.err
    assert three.owners() == ["B", "B", "A"] and three.writes() == {"ReplaceRoute": 2}


def test_122_more_tables_than_can_be_named(rig: Rig) -> None:
    names = ",".join(f"rtb-{number:017x}" for number in range(101))
    run = rig.run("acquire", "--route-table", names)
    assert run.kind == "USAGE" and "more than 100" in run.text, run.err
    rig.nothing_was_attempted()


def test_122_a_table_that_is_not_there(rig: Rig) -> None:
    run = rig.run("acquire", "--route-table", f"rtb-{1:017x},{rig.scene.tables[0]}")
    assert run.kind == "REFUSED" and f"rtb-{1:017x}" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_122_a_table_of_another_vpc(rig: Rig) -> None:
    elsewhere = rig.region.add_route_table(rig.region.add_vpc("10.50.0.0/16"))
    run = rig.run("acquire", "--route-table", f"{elsewhere},{rig.scene.tables[0]}")
    rig.region.delete_table(elsewhere)
    assert run.kind in ("REFUSED", "PARTIAL") and elsewhere in run.text, run.err
    assert rig.scene.destination not in {change.destination for change in rig.region.log.changes if change.table == elsewhere}
    rig.recovers()


@pytest.mark.parametrize("vip", ["10.109.0.5/16", "10.109.2.200/24", "10.109.10.224/27", "10.109.10.255/27", "10.109.3.1/8"])
def test_21_103_a_destination_that_swallows_this_host_or_is_none(rig: Rig, vip: str) -> None:
    run = rig.run("acquire", "--vip", vip, vip=False)
    assert run.kind == "USAGE", run.err
    rig.nothing_was_written()
    assert not rig.asked("ec2") and rig.addresses() == OWN


def test_93_a_vip_inside_the_vpc_that_is_no_whole_subnet_is_for_aws_to_refuse(rig: Rig) -> None:
    run = rig.run("acquire", "--vip", "10.109.1.5/32", vip=False)
    assert run.kind == "REFUSED" and "spare subnet" in run.text, run.err
    assert not rig.region.log.changes


def test_the_keys_of_the_environment(rig: Rig) -> None:
    key = rig.region.static_key
    run = rig.run(env={"AWS_ACCESS_KEY_ID": key.access_key, "AWS_SECRET_ACCESS_KEY": key.secret_key})
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
    assert {request.access_key for request in rig.region.log.requests if request.service == "ec2"} == {key.access_key}
    assert not rig.region.log.count("/latest/meta-data/iam/security-credentials/")


def test_71_one_key_of_two(rig: Rig) -> None:
    """The id is what counts, as with the SDKs: a secret alone is passed over."""
    run = rig.run(env={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"})
    assert run.kind == "USAGE" and "only one is set" in run.text, run.err
    rig.nothing_was_attempted()


@pytest.mark.parametrize("env", [{"AWS_ACCESS_KEY_ID": "AKIA/eu", "AWS_SECRET_ACCESS_KEY": STATIC_KEY[1]},
                                 {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": STATIC_KEY[1] + "\r\nX: y"},
                                 {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x" * 200}])
def test_71_keys_of_the_environment_that_are_none(rig: Rig, env: dict[str, str]) -> None:
    run = rig.run(env=env)
    assert run.kind == "IDENTITY" and run.text.startswith("environment: credentials: "), run.err
    rig.nothing_was_attempted()


def test_125_a_secret_joined_to_an_option_is_not_repeated(rig: Rig) -> None:
    run = rig.raw([INSTALLED, "acquire", f"--aws-secret-access-key={STATIC_KEY[1]}"])
    assert run.kind == "USAGE", run.err
