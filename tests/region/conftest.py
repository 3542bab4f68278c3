"""Fixtures: a served scene, and clients that nobody here wrote."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from region import Scene, mirror_pair
from region.server import Server
from region.sigv4 import Key

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have credentials, proxies and settings of their own."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.fixture
def scene() -> Scene:
    return mirror_pair(tables=12)


@pytest.fixture
def server(scene: Scene) -> Iterator[Server]:
    with scene.region.serve(control=("127.0.0.1", 0)) as serving:
        yield serving


@pytest.fixture
def connect(scene: Scene, server: Server) -> Callable[..., Any]:
    """Makes a boto3 client that tries once."""
    def make(key: Key = scene.region.static_key, **settings: Any) -> Any:
        usual = {"region_name": scene.region.name, "retries": {"total_max_attempts": 1}, "read_timeout": 5}
        config = Config(**usual | settings)
        return boto3.client(
            "ec2", endpoint_url=server.endpoint_url, verify=server.ca_file, aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret_key, aws_session_token=key.token, config=config)
    return make


@pytest.fixture
def api(connect: Callable[..., Any]) -> Any:
    return connect()


@dataclass
class Raw:
    """An HTTP client without boto3's comfort, and botocore's signature on a form."""

    scene: Scene
    server: Server

    def __post_init__(self) -> None:
        context = ssl.create_default_context(cafile=self.server.ca_file)
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.server.api_port, context=context, timeout=5)

    def headers(self, body: str, key: Key | None = None, region: str | None = None) -> dict[str, str]:
        key = key or self.scene.region.static_key
        request = AWSRequest("POST", self.server.endpoint_url + "/", {"Content-Type": FORM}, body)
        credentials = Credentials(key.access_key, key.secret_key, key.token)
        SigV4Auth(credentials, "ec2", region or self.scene.region.name).add_auth(request)
        return dict(request.headers)

    def send(self, body: str, headers: dict[str, str]) -> SimpleNamespace:
        self.connection.request("POST", "/", body, headers)
        reply = self.connection.getresponse()
        return SimpleNamespace(status=reply.status, headers=reply.headers, text=reply.read().decode())

    def __call__(self, body: str) -> SimpleNamespace:
        return self.send(body, self.headers(body))


@pytest.fixture
def raw(scene: Scene, server: Server) -> Iterator[Raw]:
    client = Raw(scene, server)
    yield client
    client.connection.close()


def refusal(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> tuple[str, int, str]:
    """The code, HTTP status and message that a boto3 call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    reply = caught.value.response
    return reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"], reply["Error"]["Message"]
