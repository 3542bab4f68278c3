"""A container's credential server, as ECS and EKS Pod Identity have it: keys of a role, at a path, for who shows the token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import http1
from .errors import Refused
from .log import Request
from .sigv4 import Key, new_key

if TYPE_CHECKING:
    from .region import Region


class Service:
    """The server of one container, whose task has `role`. Without a `token` it asks for none."""

    name = "container"
    instance = None

    def __init__(self, region: Region, role: str, path: str = "/v2/credentials/mirror", token: str | None = None):
        self._region, self._role, self._path, self._token = region, role, path, token
        self.key = self.renew()

    def renew(self) -> Key:
        """Other keys from now on; the old ones stay good until their end."""
        region = self._region
        arn = f"arn:{region.partition}:sts::{region.account}:assumed-role/{self._role}/task"
        self.key = new_key(arn, region.now() + region.credential_lifetime_s)
        region.keys[self.key.access_key] = self.key
        return self.key

    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]:
        return request.path, {"method": request.method} | ({"query": request.query} if request.query else {})

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        told = request.path + (f"?{request.query}" if request.query else "")
        if request.method != "GET" or told != self._path:
            return self.refuse(Refused("NotFound", "no such credentials", 404))
        if request.headers.get("authorization") != self._token:
            return self.refuse(Refused("AccessDenied", "the authorization token is not the one", 403))
        return self._json(200, {"RoleArn": self.key.arn, "AccessKeyId": self.key.access_key, "SecretAccessKey": self.key.secret_key,
                                "Token": self.key.token, "Expiration": self._region.iso_time(self.key.expires or 0)})

    def refuse(self, refused: Refused) -> http1.Reply:
        reply = self._json(refused.status, {"code": refused.code, "message": refused.message})
        reply.error = refused.code
        return reply

    def encode(self, reply: http1.Reply) -> bytes:
        return http1.encode(reply, self._region.now())

    def _json(self, status: int, members: dict[str, object]) -> http1.Reply:
        return http1.Reply(status, json.dumps(members).encode(), {"Content-Type": "application/json"})
