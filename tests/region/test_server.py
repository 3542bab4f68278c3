"""The wire: framing, connections, TLS, faults."""

from __future__ import annotations

import random
import re
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as ElementTree
from http.client import HTTPConnection, HTTPException

import pytest
from botocore.exceptions import BotoCoreError, ReadTimeoutError

from region import Region, http1, log
from region.conftest import refusal

DESCRIBE = "Action=DescribeRouteTables&Version=2016-11-15"


def plain(server) -> ssl.SSLSocket:
    """A TLS connection of one's own."""
    tcp = socket.create_connection(("127.0.0.1", server.api_port), timeout=5)
    return ssl.create_default_context(cafile=server.ca_file).wrap_socket(tcp, server_hostname="localhost")


def read_all(wire: socket.socket) -> bytes:
    data = b""
    while more := wire.recv(65536):
        data += more
    return data


def request_bytes(raw, body: str, **more: str) -> bytes:
    headers = {"Host": f"127.0.0.1:{raw.server.api_port}", "Content-Length": str(len(body))}
    headers |= raw.headers(body) | more
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n{body}".encode()


def replace(api, scene, **more):
    return api.replace_route(RouteTableId=scene.tables[0], DestinationCidrBlock=scene.destination,
                             NetworkInterfaceId=scene.b.eni, **more)


# Framing and XML.

def test_both_framings_occur_and_say_the_same(raw):
    replies = [raw(DESCRIBE) for _ in range(40)]
    assert all(reply.status == 200 and "Date" in reply.headers for reply in replies)
    assert {reply.headers["Transfer-Encoding"] for reply in replies} == {None, "chunked"}
    # While no table changes, only the request's id and the order of the outermost elements differ.
    assert len({tuple(sorted(re.sub("<requestId>.*?</requestId>", "", reply.text))) for reply in replies}) == 1


def test_errors_come_chunked_when_they_end_the_connection(raw):
    replies = [raw("Action=Nothing&Version=2016-11-15") for _ in range(20)]
    assert all(reply.status == 400 and "<Code>InvalidAction</Code>" in reply.text and "<RequestID>" in reply.text
               for reply in replies)
    closing = [reply for reply in replies if reply.headers["Connection"] == "close"]
    assert 0 < len(closing) < 20 and {reply.headers["Transfer-Encoding"] for reply in closing} == {"chunked"}


def test_the_xml_is_dense_and_its_order_varies(raw, scene):
    orders = set()
    for _ in range(10):
        text = raw(DESCRIBE).text
        assert not re.search(r">\s+<", text.split("\n", 1)[1])
        root = ElementTree.fromstring(text)
        tables = root.find("{*}routeTableSet")
        orders |= {tuple(child.tag.split("}")[1] for child in item) for item in tables}
        assert {frozenset(order) for order in orders} == {frozenset(
            {"routeTableId", "vpcId", "ownerId", "routeSet", "associationSet", "propagatingVgwSet", "tagSet"})}
    assert len(orders) > 5
    assert "<propagatingVgwSet/>" in text


@pytest.mark.parametrize("body, code", [
    ("Action=DescribeRouteTables", "MissingParameter"),
    (DESCRIBE + "&Colour=red", "UnknownParameter"),
    ("Action=DescribeRouteTables&Version=2014-01-01", "InvalidAction"),
    ("nonsense", "MalformedQueryString"),
    ("Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-0", "MissingParameter"),
])
def test_bad_forms(raw, body, code):
    reply = raw(body)
    assert reply.status == 400 and f"<Code>{code}</Code>" in reply.text


@pytest.mark.parametrize("seed", range(20))
def test_chunks_join_to_the_body(seed):
    body = bytes(range(256)) * (seed + 1)
    data = http1.encode(http1.Reply(200, body), 0, random.Random(seed))
    rest, joined = data.partition(b"\r\n\r\n")[2], b""
    while size := int((line := rest.partition(b"\r\n"))[0], 16):
        joined, rest = joined + line[2][:size], line[2][size + 2:]
    assert joined == body


@pytest.mark.parametrize("head", [
    b"POST / HTTP/1.0\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"POST  / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_malformed_requests_end_the_connection(server, head):
    with plain(server) as wire:
        wire.sendall(head)
        assert read_all(wire).startswith(b"HTTP/1.1 400 ")


def test_a_request_may_come_in_pieces_and_two_at_once(server, raw):
    data = request_bytes(raw, DESCRIBE)
    with plain(server) as wire:
        for at in range(0, len(data), 7):
            wire.sendall(data[at:at + 7])
        wire.sendall(request_bytes(raw, DESCRIBE) + request_bytes(raw, DESCRIBE, Connection="close"))
        assert read_all(wire).count(b"HTTP/1.1 200 OK") == 3


# Connections and the log.

def test_connections_are_kept_and_logged(api, scene):
    for _ in range(3):
        api.describe_vpcs()
    [connection] = scene.region.log.connections
    assert connection.closed is None and connection.tls == "TLSv1.3" and connection.peer.startswith("127.0.0.1:")
    assert {request.connection for request in scene.region.log.requests} == {connection.id}
    for request in scene.region.log.requests:
        assert (request.action, request.status, request.params) == ("DescribeVpcs", 200, {"Version": "2016-11-15"})
        assert request.received < request.answered


@pytest.mark.parametrize("leaf", ["rsa", "ecdsa"])
def test_tls_1_2_and_the_names(leaf):
    region = Region(name="us-gov-west-1")
    with region.serve(leaf=leaf) as server:
        context = ssl.create_default_context(cafile=server.ca_file)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        for name in ("ec2.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com", "127.0.0.1", "localhost"):
            with socket.create_connection(("127.0.0.1", server.api_port)) as tcp, \
                    context.wrap_socket(tcp, server_hostname=name) as wire:
                assert wire.cipher()[0].startswith(f"ECDHE-{leaf.upper()}-")
        with socket.create_connection(("127.0.0.1", server.api_port)) as tcp, \
                pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(tcp, server_hostname="ec2.eu-central-1.amazonaws.com")


def test_seconds_without_a_route():
    changes = [("t", 1.0, None), ("other", 2.0, None), ("t", 3.5, "eni-1"), ("t", 5.0, "eni-2"), ("t", 6.0, None)]
    journal = log.Log(changes=[log.Change(time, table, "10.9.0.1/32", None, new) for table, time, new in changes])
    assert journal.seconds_without_route("t", "10.9.0.1/32", until=7.0) == 3.5
    assert journal.seconds_without_route("t", "10.9.0.2/32", until=7.0) == 0.0


def test_sockets_can_be_given(scene):
    before = threading.active_count()
    given = socket.create_server(("127.0.0.1", 0))
    with scene.region.serve(api=[given, ("127.0.0.1", 0)], imds={}) as server:
        assert server.api_port == given.getsockname()[1] and len(server.api_ports) == 2
        plain(server).close()
    assert threading.active_count() == before


def test_an_end_while_somebody_connects(monkeypatch, scene):
    class Slow(threading.Thread):
        def start(self):
            time.sleep(0.1)
            super().start()

    before = threading.active_count()
    monkeypatch.setattr(threading, "Thread", Slow)
    for _ in range(8):
        with scene.region.serve(imds={}) as server:
            # Nothing is said, so only the end of the server can end the connection.
            client = socket.create_connection(("127.0.0.1", server.api_port))
            time.sleep(0.05)
        assert threading.active_count() == before
        client.close()


def test_latency(api, scene):
    api.describe_vpcs()
    scene.region.latency_ms = 80
    api.describe_vpcs()
    request = scene.region.log.requests[-1]
    assert 0.08 <= request.answered - request.received < 0.5


# Faults.

def test_an_error_in_place_of_the_answer(api, scene):
    fault = scene.region.faults.add(match="ReplaceRoute", table=scene.tables[0], nth=2, count=1,
                                    code="RequestLimitExceeded", status=503, message="Slow down.")
    replace(api, scene)
    scene.region.set_route(scene.tables[0], scene.destination, scene.a.eni)
    assert refusal(replace, api, scene) == ("RequestLimitExceeded", 503, "Slow down.")
    assert scene.owners()[0] == scene.a.eni
    replace(api, scene)
    assert fault.hits == 1
    assert [request.error for request in scene.region.log.requests] == [None, "RequestLimitExceeded", None]


@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("parts", [{"cut": 0}, {"cut": 0, "end": "reset"}])
def test_an_answer_that_is_lost(api, scene, apply, parts):
    scene.region.faults.add(service="ec2", match="ReplaceRoute", apply=apply, **parts)
    with pytest.raises((BotoCoreError, HTTPException)):
        replace(api, scene)
    assert len(scene.region.log.changes) == apply
    assert scene.region.log.requests[0].answered is None


def test_an_answer_that_is_cut(server, raw, scene):
    scene.region.faults.add(match="DescribeRouteTables", cut=40)
    with plain(server) as wire:
        wire.sendall(request_bytes(raw, DESCRIBE))
        assert len(read_all(wire)) == 40


def test_an_answer_that_never_comes(connect, scene, server):
    scene.region.faults.add(match="DescribeVpcs", cut=0, end="hang")
    started = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        connect(read_timeout=0.3).describe_vpcs()
    assert time.monotonic() - started < 2


def test_bytes_of_ones_own(raw, scene):
    scene.region.faults.add(match="DescribeRouteTables", raw=b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno")
    reply = raw(DESCRIBE)
    assert (reply.status, reply.text) == (502, "no")
    scene.region.faults.clear()
    scene.region.faults.add(raw=lambda data: data.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 299 Odd"), count=1)
    assert raw(DESCRIBE).status == 299
    scene.region.faults.add(body=b"<oops>", status=504, count=1)
    scene.region.faults.add(body=lambda body: body.replace(b"routeTableSet", b"somethingElse"))
    assert [(reply.status, "routeTableSet" in reply.text, "<oops>" in reply.text)
            for reply in (raw(DESCRIBE), raw(DESCRIBE))] == [(504, False, True), (200, False, False)]


def test_a_drip(raw, scene):
    scene.region.faults.add(drip_s=0.005, raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    started = time.monotonic()
    assert raw(DESCRIBE).text == "hi"
    assert time.monotonic() - started > 0.15


def test_delay_is_before_and_hold_after_the_change(scene, connect):
    for part in ("delay_s", "hold_s"):
        scene.region.log.clear()
        fault = scene.region.faults.add(match="ReplaceRoute", **{part: 0.2})
        replace(connect(), scene)
        scene.region.faults.remove(fault)
        [request] = scene.region.log.requests
        if part == "delay_s":
            assert scene.region.log.changes[-1].time - request.received >= 0.2
            scene.region.set_route(scene.tables[0], scene.destination, scene.a.eni)
        else:
            assert request.answered - scene.region.log.changes[-1].time >= 0.2


def test_stale_reads(api, scene):
    def owner():
        routes = api.describe_route_tables(RouteTableIds=[scene.tables[0]])["RouteTables"][0]["Routes"]
        return {route["DestinationCidrBlock"]: route.get("NetworkInterfaceId") for route in routes}[scene.destination]
    scene.region.faults.add(match="DescribeRouteTables", stale_s=0.4)
    assert owner() == scene.a.eni
    replace(api, scene)
    assert owner() == scene.a.eni
    time.sleep(0.45)
    assert owner() == scene.b.eni


def test_two_replicas_that_take_turns(api, scene):
    scene.region.faults.add(match="DescribeRouteTables", stale_s=60, every=2)
    replace(api, scene)
    xml = [str(api.describe_route_tables(RouteTableIds=[scene.tables[0]])) for _ in range(4)]
    assert [scene.b.eni in text for text in xml] == [False, True, False, True]


@pytest.mark.parametrize("parts", [{"end": "close"}, {"end": "reset"},
                                   {"raw": b"\x15\x03\x01\x00\x02\x02\x28", "end": "close"}])
def test_a_connection_that_comes_to_nothing(server, scene, parts):
    scene.region.faults.add(service="ec2", match="connect", count=1, **parts)
    with pytest.raises(OSError):
        plain(server)
    plain(server).close()
    assert not scene.region.log.requests


def test_metadata_has_faults_too(scene, server):
    scene.region.faults.add(service="imds", match="/latest/api", instance=scene.b.id, code="Unavailable", status=503)
    told = []
    for host in (scene.a, scene.b):
        connection = HTTPConnection("127.0.0.1", server.imds_ports[host.id])
        connection.request("PUT", "/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        told.append(connection.getresponse().status)
        connection.close()
    assert told == [200, 503]
