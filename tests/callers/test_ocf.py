"""`mirrorvip ocf`: a resource agent as the Open Cluster Framework has it, and in place of aws-vpc-move-ip."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from callers import ocf, program
from callers.ocf import ARGUMENTS, CONFIGURED, GENERIC, NOT_RUNNING, SUCCESS, UNIMPLEMENTED, act
from faults.rig import INSTALLED, Rig
from world import BINARY

ACTIONS = ["start", "stop", "monitor", "validate-all"]
PEER = Path("/usr/lib/ocf/resource.d/heartbeat/aws-vpc-move-ip")
STANDARD = Path("/usr/share/resource-agents")


@pytest.fixture
def agent(three: Rig) -> Rig:
    ocf.install(three)
    return three


# What it says of itself.

def metadata() -> str:
    return subprocess.run([BINARY, "ocf", "meta-data"], capture_output=True, text=True, check=True, env={}).stdout


def test_metadata_is_valid() -> None:
    """By the standard's own grammars, of which the newer is the stricter."""
    for grammar in (["--valid"], ["--relaxng", "metadata.rng"]):
        done = subprocess.run(["xmllint", "--noout", *grammar, "-"], input=metadata(), capture_output=True, text=True, cwd=STANDARD)
        assert done.returncode == 0, done.stderr


def test_the_grammar_sees_what_is_wrong() -> None:
    broken = metadata().replace('timeout="60s"', "")
    done = subprocess.run(["xmllint", "--noout", "--valid", "-"], input=broken, capture_output=True, text=True, cwd=STANDARD)
    assert done.returncode != 0


def test_metadata_of_the_standard_that_is_meant() -> None:
    agent = ElementTree.fromstring(metadata())
    assert agent.attrib["name"] == "aws-vpc-move-ip" and agent.findtext("version") == "1.1"
    assert [action.attrib["name"] for action in agent.iter("action")] == [*ACTIONS, "meta-data"]
    assert [each.attrib["name"] for each in agent.iter("parameter") if each.attrib["required"] == "1"] == ["ip"]
    assert all(each.findtext("longdesc") and each.findtext("shortdesc") for each in agent.iter("parameter"))


def test_a_resource_changes_only_its_provider() -> None:
    """Every parameter of the agent that it stands in for is one of its own."""
    theirs = set(re.findall(r"\$\{OCF_RESKEY_(\w+)=", PEER.read_text()))
    assert len(theirs) > 10
    assert theirs | {"auth_type"} <= {each.attrib["name"] for each in ElementTree.fromstring(metadata()).iter("parameter")}


# Row 156, and what else an exit status is for.

@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("by_name", [True, False], ids=["agent", "verb"])
def test_156_without_its_required_parameter(agent: Rig, action: str, by_name: bool) -> None:
    done = act(agent, action, agent=by_name, ip="")
    assert (done.status, done.kind) == (CONFIGURED, "USAGE") and "ip" in done.reason
    agent.nothing_was_attempted()


@pytest.mark.parametrize(("words", "status"), [
    (["promote"], UNIMPLEMENTED), (["demote"], UNIMPLEMENTED), (["migrate_to"], UNIMPLEMENTED), (["reload"], UNIMPLEMENTED),
    (["notify"], UNIMPLEMENTED), (["Start"], UNIMPLEMENTED), ([""], UNIMPLEMENTED), (["promote", "start"], UNIMPLEMENTED),
    ([], ARGUMENTS), (["--no-such-option", "start"], ARGUMENTS)])
def test_156_an_unknown_action(agent: Rig, words: list[str], status: int) -> None:
    done = act(agent, *words)
    assert (done.status, done.kind) == (status, "USAGE") and done.reason
    agent.nothing_was_attempted()


@pytest.mark.parametrize("more", [["stop"], ["--no-such-option"], [""] * 9], ids=str)
def test_what_comes_behind_the_action_is_not_looked_at(agent: Rig, more: list[str]) -> None:
    """As the standard has it, for the sake of its later versions."""
    assert act(agent, "start", *more).status == SUCCESS
    agent.is_here(ReplaceRoute=3)


def test_another_version_of_the_standard(agent: Rig) -> None:
    """Both sides speak of it, but what has been started is stopped."""
    assert act(agent, "start", env={"OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "2"}).status == SUCCESS
    other = {"OCF_RA_VERSION_MAJOR": "2"}
    for action in ("start", "monitor", "validate-all"):
        done = act(agent, action, env=other)
        assert done.status == ARGUMENTS and "version 1.1" in done.reason, done
    assert act(agent, "stop", env=other).status == SUCCESS
    assert agent.addresses() == agent.own


def test_156_a_life(agent: Rig) -> None:
    """Stopped, started twice, stopped twice; with a probe as every cluster begins with."""
    assert act(agent, "monitor", interval_s=0).status == NOT_RUNNING
    assert act(agent, "monitor").status == NOT_RUNNING
    assert act(agent, "stop").status == SUCCESS
    agent.nothing_was_written()
    for _ in range(2):
        assert act(agent, "start").status == SUCCESS
        agent.is_here(ReplaceRoute=3)
        assert act(agent, "monitor").status == SUCCESS
        assert act(agent, "monitor", interval_s=0).status == SUCCESS
    for _ in range(2):
        assert act(agent, "stop").status == SUCCESS
        assert agent.addresses() == agent.own and agent.owners() == ["B"] * 3
        assert act(agent, "monitor").status == NOT_RUNNING
    assert agent.writes() == {"ReplaceRoute": 3}


def test_a_monitor_gives_no_reason_for_what_is_merely_stopped(agent: Rig) -> None:
    done = act(agent, "monitor")
    assert (done.status, done.kind, done.reason) == (NOT_RUNNING, "DIFFERS", "")


@pytest.mark.parametrize(("parameters", "said"), [
    ({"ip": "10.9.0"}, "ip: '10.9.0'"), ({"ip": "127.0.0.1"}, "127.0.0.1"), ({"ip": "", "address": "x"}, "address: 'x'"),
    ({"routing_table": "rtb-"}, "routing_table: 'rtb-'"), ({"routing_table_role": "mirror"}, "routing_table_role"),
    ({"interface": "eth0:1"}, "interface"), ({"iflabel": "a/b"}, "iflabel: it cannot be 'a/b'"), ({"iflabel": "x" * 16}, "iflabel"),
    ({"region": "moon\n"}, "region"), ({"auth_type": "user"}, "auth_type: it cannot be 'user'")])
def test_a_parameter_that_cannot_be(agent: Rig, parameters: dict[str, str], said: str) -> None:
    done = act(agent, "start", **parameters)
    assert (done.status, done.kind) == (CONFIGURED, "USAGE") and said in done.reason
    agent.nothing_was_attempted()


def test_a_stop_needs_no_more_than_the_address(agent: Rig) -> None:
    """A stop that fails has the host fenced: what it has no use for cannot fail it."""
    assert act(agent, "start").status == SUCCESS
    assert act(agent, "stop", routing_table="none", region="?", profile="nobody's", iflabel="/", interface="eth0:1").status == SUCCESS
    assert agent.addresses() == agent.own


@pytest.mark.parametrize("where", ["parameter", "file", "environment"])
def test_a_stop_takes_the_address_from_where_it_is(agent: Rig, where: str) -> None:
    """Whatever interface is named by now."""
    assert act(agent, "start").status == SUCCESS
    if where == "file":
        agent.place.write("/etc/mirrorvip.conf", "interface = eth7\n")
    done = act(agent, "stop", interface="eth7" if where == "parameter" else "", env={"MIRRORVIP_INTERFACE": "eth7"} if where == "environment" else {})
    assert done.status == SUCCESS and agent.addresses() == agent.own, done


@pytest.mark.parametrize("text", ["vip\n", "interface = eth7\nno-such = 1\n", "[web]\nvip = 10.9.0.7\n[db]\nvip = 10.9.0.8\n"])
def test_a_stop_needs_no_configuration(agent: Rig, text: str) -> None:
    """Nor an environment. One that is good for a start, and broken since, and one that never was."""
    assert act(agent, "start").status == SUCCESS
    agent.place.write("/etc/mirrorvip.conf", text)
    for _ in range(2):
        assert act(agent, "stop", env={"AWS_REGION": "?"}).status == SUCCESS
        assert agent.addresses() == agent.own
    assert act(agent, "start").status == ARGUMENTS


def test_a_stop_waits_for_no_other_run_for_ever(agent: Rig) -> None:
    """As for one that AWS keeps waiting, or that is stopped itself: it waits, and then goes on without the lock."""
    assert act(agent, "start").status == SUCCESS
    gate = agent.gate("DescribeRouteTables")
    other = agent.place.start([ocf.AGENT, "start"], env=ocf.environment(agent))
    gate.wait()
    began = time.monotonic()
    assert act(agent, "stop", timeout_s=3).status == SUCCESS
    assert agent.addresses() == agent.own and 1 < time.monotonic() - began < 3 and other.poll() is None
    gate.open()
    other.wait(25)


@pytest.mark.parametrize("text", ["vip\n", "interface = eth7\nno-such = 1\n", "[web]\nvip = 10.9.0.7\n[db]\nvip = 10.9.0.8\n",
                                  "ca-bundle = /etc/ssl/none.pem\n"])
@pytest.mark.parametrize("interval_s", [10, 0])
def test_a_configuration_that_is_broken_fails_no_vip(agent: Rig, text: str, interval_s: int) -> None:
    """What it has not said since is not known: the alias alone counts. To start it again would not work."""
    assert act(agent, "start", interface="").status == SUCCESS
    agent.place.write("/etc/mirrorvip.conf", text)
    assert act(agent, "monitor", interface="", interval_s=interval_s, env={"AWS_REGION": "?"} if text == "vip\n" else {}).status == SUCCESS
    assert act(agent, "stop", interface="").status == SUCCESS
    assert act(agent, "monitor", interface="", interval_s=interval_s).status == NOT_RUNNING
    assert act(agent, "start", interface="").status != SUCCESS


def test_what_is_wrong_on_this_host_alone(agent: Rig) -> None:
    """Another host may do better: not the status that ends the resource everywhere."""
    agent.place.write("/etc/mirrorvip.conf", "vip\n")
    assert act(agent, "validate-all").status == ARGUMENTS
    ocf.install(agent)
    assert act(agent, "start", interface="eth7").status == GENERIC
    agent.nothing_was_written()
    assert not agent.asked("ec2") and agent.addresses() == agent.own


def test_validate_all(agent: Rig) -> None:
    assert act(agent, "validate-all").status == SUCCESS
    assert act(agent, "validate-all", interface="eth7").status == GENERIC
    agent.nothing_was_attempted()
    # Of level 0 is what the parameters are by themselves, as on a host that is never to run it.
    agent.place.write("/etc/mirrorvip.conf", "vip\n")
    assert act(agent, "validate-all", interface="eth7", env={"OCF_CHECK_LEVEL": "0"}).status == SUCCESS
    assert act(agent, "validate-all", interface="eth:7", env={"OCF_CHECK_LEVEL": "0"}).status == CONFIGURED
    agent.nothing_was_attempted()
    ocf.install(agent)
    done = act(agent, "validate-all", env={"OCF_CHECK_LEVEL": "10"})
    assert done.status == SUCCESS and "source/dest" in done.out
    agent.region.set_source_dest_check(agent.scene.b.eni, True)
    assert act(agent, "validate-all", env={"OCF_CHECK_LEVEL": "10"}).status == GENERIC
    agent.nothing_was_written()


# What a monitor knows, and what it cannot know.

@pytest.mark.parametrize("fault", [
    {"match": "DescribeRouteTables", "code": "RequestLimitExceeded", "status": 503},
    {"match": "DescribeRouteTables", "code": "UnauthorizedOperation", "status": 403},
    {"match": "DescribeRouteTables", "code": "InternalError", "status": 500},
    {"match": "DescribeRouteTables", "body": b"<html>"},
    {"match": "DescribeRouteTables", "cut": 0, "end": "hang"},
    {"service": "imds", "match": "/latest/api/token", "cut": 0, "end": "hang"},
    {"service": "imds", "match": "/latest/meta-data", "status": 404, "body": b""},
], ids=str)
def test_what_aws_does_not_tell_fails_no_vip(agent: Rig, fault: dict[str, object]) -> None:
    """Neither a monitor nor a probe. A VIP that has stopped is known to have, without AWS."""
    agent.with_alias()
    agent.send("B", "B", "B")
    agent.fault(**fault)
    for interval_s in (10, 0):
        done = act(agent, "monitor", timeout_s=2, interval_s=interval_s)
        assert (done.status, done.kind, done.reason) == (SUCCESS, "OK", "") and "not known" in done.text, done
    assert act(agent, "stop").status == SUCCESS
    assert act(agent, "monitor", timeout_s=2).status == NOT_RUNNING


def test_one_old_picture_fails_no_vip(agent: Rig) -> None:
    """As one from before a start that has just ended."""
    agent.with_alias()
    agent.fault(match="DescribeRouteTables", count=1, stale_s=60)
    agent.send("B", "B", "B")
    assert act(agent, "monitor").status == SUCCESS
    assert agent.region.log.count("DescribeRouteTables") == 2


# What is up and yet not here has not stopped, as the standard has it; a probe says so, lest who has it lose it.

@pytest.mark.parametrize("owners", [["A", "B", "B"], ["B", "B", ""], ["A", "A", "A"]])
def test_a_vip_that_is_sent_elsewhere_has_failed(agent: Rig, owners: list[str]) -> None:
    agent.with_alias()
    agent.send(*owners)
    done = act(agent, "monitor")
    assert (done.status, done.kind) == (GENERIC, "CONFLICT") and f"{owners.count('B')} of 3" in done.reason
    assert act(agent, "monitor", interval_s=0).status == NOT_RUNNING
    assert act(agent, "monitor", monapi="false").status == SUCCESS
    assert act(agent, "monitor", monapi="false", interval_s=0).status == NOT_RUNNING
    assert act(agent, "monitor", monapi="false", env={"OCF_CHECK_LEVEL": "10"}).status == GENERIC
    assert act(agent, "stop").status == SUCCESS
    assert act(agent, "monitor").status == NOT_RUNNING


def test_a_dead_route_is_no_healthy_one(agent: Rig) -> None:
    agent.with_alias()
    agent.send("B", "B", "B")
    assert act(agent, "monitor").status == SUCCESS
    agent.region.stop_instance(agent.scene.b.id)
    assert act(agent, "monitor").status == GENERIC


@pytest.mark.parametrize("link", ["eth0", "other"])
def test_without_a_link_it_has_failed(agent: Rig, link: str) -> None:
    assert act(agent, "start").status == SUCCESS
    agent.place.ip(f"link set {link} down")
    try:
        done = act(agent, "monitor", monapi="no")
        assert (done.status, done.kind) == (GENERIC, "IFACE") and done.reason
        assert act(agent, "monitor", monapi="no", interval_s=0).status == NOT_RUNNING
    finally:
        agent.place.ip(f"link set {link} up", "route replace 10.109.0.0/16 via 10.109.2.1 dev eth0",
                       "route replace 203.0.113.1 dev eth0", "neigh replace 203.0.113.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent")


# What the parameters mean.

def test_no_table_is_named(agent: Rig) -> None:
    assert act(agent, "start", routing_table="").status == SUCCESS
    agent.is_here(ReplaceRoute=3)


def test_one_table_is_named_and_others_are_left_alone(agent: Rig) -> None:
    assert act(agent, "start", routing_table=agent.scene.tables[1]).status == SUCCESS
    assert agent.owners() == ["A", "B", "A"]
    assert act(agent, "monitor", routing_table=agent.scene.tables[1]).status == SUCCESS


def test_address_is_an_older_name(agent: Rig) -> None:
    assert act(agent, "start", ip="", address="10.9.0.1").status == SUCCESS
    agent.is_here(ReplaceRoute=3)
    assert act(agent, "stop", ip="10.9.0.1", address="10.9.0.9").status == SUCCESS
    assert agent.addresses() == agent.own


def test_the_label_is_the_first_that_is_free(agent: Rig) -> None:
    """Of two resources on one host the second has another."""
    agent.add("10.9.0.7/32", "eth0:1")
    assert act(agent, "start").status == SUCCESS
    assert agent.addresses()["10.9.0.1/32"] == "eth0:2"
    assert act(agent, "stop").status == SUCCESS
    assert agent.addresses() == agent.own | {"10.9.0.7/32": "eth0:1"}


def test_the_label_is_as_it_is_named(agent: Rig) -> None:
    assert act(agent, "start", iflabel="sap-vip").status == SUCCESS
    assert agent.addresses()["10.9.0.1/32"] == "eth0:sap-vip"
    assert act(agent, "monitor", iflabel="sap-vip").status == SUCCESS
    assert act(agent, "stop").status == SUCCESS
    assert act(agent, "start", iflabel="much-too-long").status == ARGUMENTS


@pytest.mark.parametrize(("parameters", "status"), [
    ({"profile": "default"}, SUCCESS), ({"profile": "nobody"}, GENERIC), ({"profile": "nobody", "auth_type": "role"}, SUCCESS)])
def test_profile_and_auth_type(agent: Rig, parameters: dict[str, str], status: int) -> None:
    done = act(agent, "start", **parameters)
    assert done.status == status and (status == SUCCESS or done.kind == "IDENTITY"), done


def test_a_role_is_assumed(agent: Rig) -> None:
    arn = "arn:aws:iam::123456789012:role/tables"
    agent.region.add_role("tables", ["arn:aws:iam::123456789012:role/mirror"])
    agent.place.write("/etc/mirrorvip.conf", f"endpoint-url = https://localhost:{agent.api_port}\nca-bundle = /etc/ssl/region.pem\n"
                                             f"sts-endpoint-url = https://localhost:{agent.sts_port}\n")
    assert act(agent, "start", routing_table_role=arn).status == SUCCESS
    agent.is_here(ReplaceRoute=3)
    assert [request.params["RoleArn"] for request in agent.region.log.requests if request.action == "AssumeRole"] == [arn]


def test_what_has_no_effect_is_taken(agent: Rig) -> None:
    assert act(agent, "start", awscli="/nowhere/aws", lookup_type="InstanceId", curl_retries="4", curl_sleep="3").status == SUCCESS
    agent.is_here(ReplaceRoute=3)


def test_it_ends_before_pacemaker_ends_it(agent: Rig) -> None:
    agent.fault(match="DescribeRouteTables", cut=0, end="hang")
    done = act(agent, "start", timeout_s=3)
    assert done.status == GENERIC and done.kind in ("DEADLINE", "NETWORK")
    agent.nothing_was_written()


def test_a_throttled_start_that_fails_says_why(agent: Rig) -> None:
    agent.fault(match="ReplaceRoute", code="RequestLimitExceeded", status=503)
    done = act(agent, "start", timeout_s=3)
    assert (done.status, done.kind) == (GENERIC, "THROTTLED") and done.reason.startswith("THROTTLED: ")


def test_resources_that_start_at_once_wait_for_each_other(agent: Rig) -> None:
    children = [agent.place.start([ocf.AGENT, "start"], env=ocf.environment(agent)) for _ in range(3)]
    assert [child.wait(20) for child in children] == [SUCCESS] * 3
    agent.is_here(ReplaceRoute=3)


def test_with_file_capabilities_the_caller_is_not_trusted(agent: Rig) -> None:
    agent.place.run(["setcap", "cap_net_admin+ep", INSTALLED], check=True)
    try:
        done = agent.place.run([ocf.AGENT, "start"], env=ocf.environment(agent), user="nobody")
        assert done.returncode == CONFIGURED
    finally:
        agent.place.run(["setcap", "-r", INSTALLED], check=True)
    agent.nothing_was_attempted()


# The cluster's own tester.

def test_ocf_tester(agent: Rig) -> None:
    options = [f"-o{name[11:]}={value}" for name, value in ocf.environment(agent).items()
               if name.startswith("OCF_RESKEY_") and "CRM" not in name]
    done = agent.place.run(["ocf-tester", "-v", "-n", "vip", *(part for each in options for part in ("-o", each[2:])), ocf.AGENT],
                           env=agent.environment(PATH="/usr/sbin:/usr/bin:/sbin:/bin"))
    assert done.returncode == 0 and "passed all tests" in done.stdout, done.stdout + done.stderr
    assert agent.addresses() == agent.own and agent.owners() == ["B"] * 3


def test_the_statuses_are_those_of_the_standard() -> None:
    """As the agents' own library has them."""
    library = Path("/usr/lib/ocf/lib/heartbeat/ocf-returncodes").read_text()
    named = {name: int(value) for name, value in re.findall(r"^OCF_(\w+)=(\d+)", library, re.MULTILINE)}
    assert named["SUCCESS"] == SUCCESS and named["ERR_GENERIC"] == GENERIC and named["ERR_ARGS"] == ARGUMENTS
    assert named["ERR_UNIMPLEMENTED"] == UNIMPLEMENTED and named["ERR_CONFIGURED"] == CONFIGURED and named["NOT_RUNNING"] == NOT_RUNNING
    assert program.USAGE == ARGUMENTS
