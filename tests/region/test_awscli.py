"""The AWS command line against the region as a process of its own, steered by the control port."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

AWS = "/usr/bin/aws"
TESTS = Path(__file__).parent.parent


class Process:
    """`python3 -m region`, and the command line pointed at it."""

    def __init__(self, *options: str):
        self.process = subprocess.Popen([sys.executable, "-m", "region", *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(TESTS)})
        self.told = json.loads(self.process.stdout.readline())

    def end(self) -> int:
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(5)

    def control(self, method: str, path: str, value: object = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.told["control_port"], timeout=5)
        connection.request(method, path, json.dumps(value or {}))
        reply = connection.getresponse()
        value = json.loads(reply.read())
        connection.close()
        return value if reply.status == 200 else reply.status

    def aws(self, *arguments: str):
        """What `aws ec2 ...` prints, as a value; if it fails, what it says."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "AWS_DEFAULT_REGION": "eu-central-1",
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self.told['b']['imds_port']}/",
                       "AWS_MAX_ATTEMPTS": "1"}
        command = [AWS, "ec2", *arguments, "--endpoint-url", self.told["endpoint_url"],
                   "--ca-bundle", self.told["ca_file"], "--output", "json"]
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        return json.loads(run.stdout or "null") if run.returncode == 0 else run.stderr


@pytest.fixture(scope="module")
def process():
    if not Path(AWS).exists():
        pytest.skip("awscli is not installed")
    process = Process("--tables", "12")
    yield process
    assert process.end() == 0


def test_describe_in_pages(process):
    told = process.aws("describe-route-tables", "--page-size", "5",
                       "--filters", f"Name=vpc-id,Values={process.told['vpc']}")
    assert [table["RouteTableId"] for table in told["RouteTables"]] == process.told["tables"]
    requests = process.control("GET", "/log")["requests"]
    describes = [request for request in requests if request["action"] == "DescribeRouteTables"]
    assert [request["params"]["MaxResults"] for request in describes] == ["5", "5", "5"]
    # No key was given, so it came from the instance's metadata.
    assert all(request["access_key"].startswith("ASIA") for request in describes)


def test_move_a_route_and_back(process):
    route = ("--route-table-id", process.told["tables"][0], "--destination-cidr-block", process.told["destination"])
    b = ("--network-interface-id", process.told["b"]["eni"])
    assert "DryRunOperation" in process.aws("replace-route", *route, *b, "--dry-run")
    assert process.aws("replace-route", *route, *b) is None
    routes = process.control("GET", "/state")["tables"][process.told["tables"][0]]["routes"]
    assert routes["10.9.0.1/32"]["target"] == process.told["b"]["eni"]
    assert "(RouteAlreadyExists)" in process.aws("create-route", *route, *b)
    assert process.aws("delete-route", *route) is None
    assert "(InvalidRoute.NotFound)" in process.aws("delete-route", *route)
    process.control("POST", "/reset")
    routes = process.control("GET", "/state")["tables"][process.told["tables"][0]]["routes"]
    assert routes["10.9.0.1/32"]["target"] == process.told["a"]["eni"]


def test_the_knobs(process):
    process.control("POST", "/deny", {"action": "ec2:DescribeVpcs"})
    assert "(UnauthorizedOperation)" in process.aws("describe-vpcs")
    process.control("POST", "/allow", {"action": "ec2:DescribeVpcs"})
    process.control("POST", "/faults", {"match": "DescribeVpcs", "code": "InternalError", "status": 500, "count": 1})
    assert "(InternalError)" in process.aws("describe-vpcs")
    assert process.aws("describe-vpcs")["Vpcs"]
    process.control("POST", "/stop-instance", {"id": process.told["a"]["id"]})
    state = process.control("GET", "/state")
    assert state["tables"][process.told["tables"][0]]["routes"]["10.9.0.1/32"]["state"] == "blackhole"
    process.control("POST", "/reset")
    assert process.control("GET", "/state")["instances"][process.told["a"]["id"]]["state"] == "running"


def test_bad_orders(process):
    assert process.control("POST", "/nothing") == 404
    assert process.control("POST", "/latency", {"fast": 1}) == 400
    assert process.control("POST", "/faults", {"no_such_part": 1}) == 400


def test_sigterm_ends_it():
    process = Process("--leaf", "ecdsa", "--destination", "spare")
    assert process.told["destination"] == "10.109.10.224/27"
    folder = Path(process.told["ca_file"]).parent
    process.process.terminate()
    assert process.process.wait(5) == 0
    process.end()
    assert not folder.exists()


@pytest.mark.parametrize("after_s", [0.1, 0.2, 0.3, 0.4, None])
def test_killed_it_leaves_no_certificates(after_s, monkeypatch, tmp_path):
    """At any moment while it starts, and (None) when it serves."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-m", "region"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=os.environ | {"PYTHONPATH": str(TESTS)}) as process:
        if after_s:
            time.sleep(after_s)
        else:
            assert process.stdout.readline() and list(tmp_path.iterdir())
        process.kill()
    # The folder is made and removed by a process of its own, which may be about to do either.
    until = time.monotonic() + 5
    while True:
        time.sleep(0.1)
        if not list(tmp_path.iterdir()):
            break
        assert time.monotonic() < until
