"""README.md says what the program and its sources say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from faults.rig import API, API_NAME, CA_FILE, IMDS, STS, STS_NAME, opened
from world import BINARY, World

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_help_is_the_programs() -> None:
    """To the letter."""
    assert subprocess.run([BINARY, "help"], capture_output=True, text=True, check=True).stdout in blocks("text")


def allowed(policy: str) -> set[str]:
    listed = [statement["Action"] for statement in json.loads(policy)["Statement"]]
    return {action for actions in listed for action in ([actions] if isinstance(actions, str) else actions)}


def test_the_policy_is_what_it_prints() -> None:
    with opened(tables=3) as rig:
        run = rig.run("policy")
        assert run.kind == "OK" and run.out == blocks("json")[0], run.out
    sids = [statement["Sid"] for statement in json.loads(run.out)["Statement"]]
    assert sids == re.findall(r"^\| `(\w+)` \| ", README, re.MULTILINE)


def test_the_policy_is_what_a_failover_needs() -> None:
    policy = {"Statement": json.loads(blocks("json")[0])["Statement"][:2]}
    with World(tables=2) as w:
        w.region.set_route(w.scene.tables[0], w.scene.destination, None)
        assert w.b.mirrorvip("acquire").returncode == 0
        called = {f"ec2:{request.action}" for request in w.region.log.requests if request.service == "ec2"}
    assert called == allowed(json.dumps(policy))


def test_what_a_check_finds() -> None:
    """What a check finds is what the README shows."""
    with opened(tables=3, imds_at=IMDS) as rig:
        rig.region.set_source_dest_check(rig.scene.b.eni, True)
        rig.with_alias()
        rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{STS} {STS_NAME}\n")
        run = rig.raw(rig.argv("check", "--ca-bundle", CA_FILE, endpoint=False))
        # Keys and their end are new each time, and two clocks are not read in the same second.
        shown = re.sub(r"is \d s (behind|ahead of)", "is 0 s behind", re.sub(r"ASIA\w+", "ASIAMIU4LEVTKU6EEQL6", run.out + run.err))
        shown = re.sub(r"good until [\d-]+T[\d:]+Z", "good until 2026-11-26T05:12:09Z", shown)
        assert shown in blocks("text")


def test_the_policies_of_a_shared_vpc_are_what_it_takes() -> None:
    own, trust = (json.loads(text)["Statement"][0] for text in blocks("json")[1:])
    [role], external = own["Resource"], trust["Condition"]["StringEquals"]["sts:ExternalId"]
    owner, name = role.split(":")[4], role.rpartition("/")[2]
    assert f"--assume-role {role}`" in README and owner != trust["Principal"]["AWS"].split(":")[4]
    with opened(tables=1, shared_from=owner) as rig:
        rig.region.add_role(name, [trust["Principal"]["AWS"]], account=owner, external_id=external)
        options = ["--assume-role", role, "--external-id", external, "--sts-endpoint-url", f"https://localhost:{rig.sts_port}"]
        run = rig.run("policy", *options)
        assert run.kind == "OK" and json.loads(run.out)["Host"] == json.loads(blocks("json")[1]), run.err
        printed = json.loads(run.out)
        rig.region.enforce("mirror", printed["Host"])
        rig.region.enforce(role, printed["Role"])
        run = rig.run("acquire", *options)
        assert run.kind == "OK", run.err
        called = {f"sts:{request.action}" for request in rig.region.log.requests if request.service == "sts"}
    assert called == {*own["Action"], trust["Action"]}


@pytest.mark.parametrize("text", re.findall(r"`make ([\w-]+)`|^make ([\w-]+)", README, re.MULTILINE))
def test_what_it_says_to_make_can_be_made(text: tuple[str, str]) -> None:
    target = text[0] or text[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("text", [block for block in blocks("text") if block.startswith("# /etc/mirrorvip.conf")])
def test_the_configuration_is_one(text: str, tmp_path: Path) -> None:
    """The file of each example is read without complaint; only then is the host looked at."""
    path = tmp_path / "mirrorvip.conf"
    path.write_text(text)
    path.chmod(0o644)
    unreachable = "http://127.0.0.1:9"
    nothing: dict[str, str] = {}
    done = subprocess.run([BINARY, "status", "--config", path, "--imds-endpoint", unreachable, "--interface", "lo"],
                          capture_output=True, text=True, env=nothing)
    assert done.returncode == 5, done.stderr
    path.write_text(text + "verbose = yes\n")
    done = subprocess.run([BINARY, "status", "--config", path], capture_output=True, text=True, env=nothing)
    assert done.returncode == 2, done.stderr


def test_its_files_are_there() -> None:
    for path in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"(?<![\w-])release/[\w./-]*[\w-]", README):
        assert (ROOT / path).exists(), path


def test_the_picture_is_well_formed() -> None:
    picture = ElementTree.parse(ROOT / "release" / "two-zones.svg").getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))
