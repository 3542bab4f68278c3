"""An instance's metadata service, version 2 only: without a token there is nothing."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING

from . import http1, model
from .errors import Refused
from .log import Request

if TYPE_CHECKING:
    from .region import Region

TOKEN_PATH = "/latest/api/token"
_TTL = "x-aws-ec2-metadata-token-ttl-seconds"
_TTL_LIMIT_S = 21600

_PAGE = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>{status} - {reason}</title>
 </head>
 <body>
  <h1>{status} - {reason}</h1>
 </body>
</html>
"""


def _interface(region: Region, eni: model.Eni) -> dict[str, str]:
    subnet, vpc = region.subnets[eni.subnet], region.vpcs[eni.vpc]
    v4, v6 = ("\n".join(cidr for cidr in vpc.cidrs if (":" in cidr) == wanted) for wanted in (False, True))
    items = {"device-number": str(eni.device), "interface-id": eni.id, "local-ipv4s": eni.private_ip, "mac": eni.mac,
             "owner-id": region.account, "subnet-id": eni.subnet, "subnet-ipv4-cidr-block": subnet.cidr,
             "vpc-id": eni.vpc, "vpc-ipv4-cidr-block": v4.split("\n")[0], "vpc-ipv4-cidr-blocks": v4}
    return items | {name: text for name, text in (("vpc-ipv6-cidr-blocks", v6), ("subnet-ipv6-cidr-blocks", "\n".join(subnet.ipv6)),
                                                  ("ipv6s", "\n".join(eni.ipv6))) if text}


def items(region: Region, host: model.Instance) -> dict[str, str]:
    """All that the service can tell, by path."""
    hostname = f"ip-{host.private_ip.replace('.', '-')}.{region.name}.compute.internal"
    meta = {"instance-id": host.id, "instance-type": "m6i.large", "ami-id": "ami-0123456789abcdef0", "mac": host.mac,
            "local-ipv4": host.private_ip, "local-hostname": hostname,
            "placement/region": region.name, "placement/availability-zone": host.zone,
            "services/domain": region.suffix, "services/partition": region.partition}
    for eni in region.enis.values():
        if eni.instance == host.id:
            for name, text in _interface(region, eni).items():
                meta[f"network/interfaces/macs/{eni.mac}/{name}"] = text
    if host.role:
        meta[f"iam/security-credentials/{host.role}"] = _credentials(region, host)
    document = {"accountId": region.account, "architecture": "x86_64", "availabilityZone": host.zone,
                "billingProducts": None, "devpayProductCodes": None, "imageId": "ami-0123456789abcdef0",
                "instanceId": host.id, "instanceType": "m6i.large", "kernelId": None, "marketplaceProductCodes": None,
                "pendingTime": "2026-01-01T00:00:00Z", "privateIp": host.private_ip, "ramdiskId": None,
                "region": region.name, "version": "2017-09-30"}
    return ({f"/latest/meta-data/{name}": text for name, text in meta.items()} |
            {"/latest/dynamic/instance-identity/document": json.dumps(document, indent=2)})


def _credentials(region: Region, host: model.Instance) -> str:
    key = region.credentials(host)
    return json.dumps({"Code": "Success", "LastUpdated": region.iso_time(region.now()), "Type": "AWS-HMAC",
                       "AccessKeyId": key.access_key, "SecretAccessKey": key.secret_key, "Token": key.token,
                       "Expiration": region.iso_time(key.expires or 0)}, indent=2)


def look_up(tree: dict[str, str], path: str) -> str | None:
    """The item at a path, or the list of what is below it; None if there is neither."""
    if (found := tree.get(path.rstrip("/"))) is not None:
        return found
    folder = path.rstrip("/") + "/"
    below = {name[len(folder):] for name in tree if name.startswith(folder)}
    names = {first + ("/" if rest else "") for first, rest, _ in (name.partition("/") for name in below)}
    return "\n".join(sorted(names)) if names else None


class Service:
    """The metadata service of one instance."""

    name = "imds"

    def __init__(self, region: Region, instance: str):
        self._region = region
        self.instance = instance
        self._tokens: dict[str, float] = {}

    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]:
        return request.path, {"method": request.method}

    def forget_tokens(self) -> None:
        """Make every token stale, as a new boot of the service does."""
        self._tokens.clear()

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        try:
            if not self._host.metadata:
                raise Refused("Forbidden", "", 403)
            if request.method == "PUT":
                return self._new_token(request)
            if request.method != "GET":
                raise Refused("MethodNotAllowed", "", 405)
            return self._tell(request)
        except Refused as refused:
            return self.refuse(refused)

    def _new_token(self, request: http1.Request) -> http1.Reply:
        if request.path != TOKEN_PATH:
            raise Refused("MethodNotAllowed", "", 405)
        # A proxy that passes a request on says so; the service does not talk to those.
        if "x-forwarded-for" in request.headers:
            raise Refused("Forbidden", "", 403)
        ttl = request.headers.get(_TTL, "")
        if not (ttl.isdecimal() and ttl.isascii() and len(ttl) <= 5 and 1 <= int(ttl) <= _TTL_LIMIT_S):
            raise Refused("BadRequest", "", 400)
        token = secrets.token_urlsafe(40) + "=="
        self._tokens[token] = time.monotonic() + int(ttl)
        reply = self._reply(token, int(ttl))
        reply.hops = self._host.hops
        return reply

    def _tell(self, request: http1.Request) -> http1.Reply:
        left = self._tokens.get(request.headers.get("x-aws-ec2-metadata-token", ""), 0.0) - time.monotonic()
        if left <= 0:
            raise Refused("Unauthorized", "", 401)
        with self._region.lock:
            text = look_up(items(self._region, self._host), request.path)
        if text is None:
            raise Refused("NotFound", "", 404)
        return self._reply(text, int(left))

    @property
    def _host(self) -> model.Instance:
        return self._region.instances[self.instance]

    def _reply(self, text: str, ttl: int) -> http1.Reply:
        return http1.Reply(200, text.encode(), {_TTL.title(): str(ttl), "Content-Type": "text/plain",
                                                "Accept-Ranges": "none", "Server": "EC2ws"}, hops=64)

    def refuse(self, refused: Refused) -> http1.Reply:
        page = _PAGE.format(status=refused.status, reason=http1.REASONS.get(refused.status, refused.code))
        headers = {"Content-Type": "text/html", "Server": "EC2ws"}
        return http1.Reply(refused.status, page.encode(), headers, refused.code)

    def encode(self, reply: http1.Reply) -> bytes:
        return http1.encode(reply, self._region.now())
