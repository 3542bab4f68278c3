"""A container's credential server: by hand, and as boto3 uses it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any

from botocore.credentials import ContainerProvider

from region import Scene, container
from region.server import Server


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    wire.request(method, path, headers=headers)
    reply = wire.getresponse()
    told = reply.status, json.loads(reply.read())
    wire.close()
    return told


def test_as_botocore_uses_it(scene: Scene, server: Server, connect: Callable[..., Any]) -> None:
    served = container.Service(scene.region, "task", "/creds?x=1", "the token")
    port = server.add_container(("127.0.0.1", 0), served)
    environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/creds?x=1",
                   "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the token"}
    told = ContainerProvider(environment).load().get_frozen_credentials()
    assert (told.access_key, told.secret_key, told.token) == (served.key.access_key, served.key.secret_key, served.key.token)
    assert len(connect(served.key).describe_route_tables()["RouteTables"]) == 12
    assert [request.action for request in scene.region.log.requests if request.service == "container"] == ["/creds"]


def test_only_there_and_only_for_the_token(scene: Scene, server: Server) -> None:
    port = server.add_container(("127.0.0.1", 0), container.Service(scene.region, "task", token="the token"))
    path = "/v2/credentials/mirror"
    assert ask(port, path, Authorization="the token")[0] == 200
    assert ask(port, path)[0] == ask(port, path, Authorization="other")[0] == 403
    assert ask(port, "/", Authorization="the token")[0] == ask(port, path, "POST", Authorization="the token")[0] == 404


def test_new_keys(scene: Scene, server: Server, connect: Callable[..., Any]) -> None:
    served = container.Service(scene.region, "task")
    port = server.add_container(("127.0.0.1", 0), served)
    first = served.key
    assert ask(port, "/v2/credentials/mirror")[1]["AccessKeyId"] == first.access_key
    served.renew()
    assert ask(port, "/v2/credentials/mirror")[1]["AccessKeyId"] == served.key.access_key != first.access_key
    assert connect(first).describe_vpcs() and connect(served.key).describe_vpcs()


def test_faults(scene: Scene, server: Server) -> None:
    port = server.add_container(("127.0.0.1", 0), container.Service(scene.region, "task"))
    scene.region.faults.add(service="container", match="/v2", code="Busy", status=503, count=1)
    assert [ask(port, "/v2/credentials/mirror")[0] for _ in range(2)] == [503, 200]
