"""One region of one account: the network, who may do what how often, and what to go wrong."""

from __future__ import annotations

import random
import re
import ssl
import string
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Literal

from .errors import Refused
from .faults import Faults
from .iam import Policy
from .log import Log
from .model import Instance, Network
from .server import Address, Server
from .sigv4 import Key, new_key
from .sts import Role, principals

STATIC_KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

# (region's name, partition, suffix of its hosts, suffix of its dual-stack hosts); the last fits all others.
PARTITIONS = (
    (r"cn-.*", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    (r"us-gov-.*", "aws-us-gov", "amazonaws.com", "api.aws"),
    (r"eusc-.*", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    (r"us-iso-.*", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    (r"us-isob-.*", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
    (r"eu-isoe-.*", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    (r"us-isof-.*", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    (r".*", "aws", "amazonaws.com", "api.aws"),
)


class Throttle:
    """EC2's token buckets, one per action. Off until `on` is True."""

    BUCKETS = {"Describe": (100.0, 20.0), "": (50.0, 5.0)}

    def __init__(self, on: bool = False):
        self.on = on
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, action: str) -> None:
        """Spend a token of the action's bucket, or `Refused`."""
        if not self.on:
            return
        size, refill = next(bucket for prefix, bucket in self.BUCKETS.items() if action.startswith(prefix))
        now = time.monotonic()
        level, since = self._levels.get(action, (size, now))
        level = min(size, level + (now - since) * refill)
        self._levels[action] = (level - 1 if level >= 1 else level, now)
        if level < 1:
            raise Refused("RequestLimitExceeded", "Request limit exceeded.", 503)

    def refill(self) -> None:
        self._levels.clear()


class Region(Network):
    """A region to test against. Set the stage with `add_*`, then `serve`.

    `shuffle_seed` seeds all that is left to chance: ids, the order of elements, chunks. `framing` is "mixed",
    "length" or "chunked"; `clock_offset_s` is how far the region's clock is ahead; `page_size` the most
    that are on one page, however many were asked for; `empty_pages` puts an empty one before each.
    """

    def __init__(self, name: str = "eu-central-1", account: str = "123456789012", latency_ms: float = 0,
                 shuffle_seed: int = 1, *, imds_latency_ms: float = 0, throttle: bool = False):
        super().__init__(account, shuffle_seed, Log())
        self.name = name
        _, self.partition, self.suffix, self.dual_suffix = next(row for row in PARTITIONS if re.fullmatch(row[0], name))
        self.latency_ms = latency_ms
        self.imds_latency_ms = imds_latency_ms
        self.framing: Literal["mixed", "length", "chunked"] = "mixed"
        self.clock_offset_s = 0.0
        self.page_size = 100
        self.empty_pages = False
        self.credential_lifetime_s = 6 * 3600.0
        self.renew_credentials = True
        self.faults = Faults()
        self.throttle = Throttle(throttle)
        self.chance = random.Random(f"replies {shuffle_seed}")
        self.keys: dict[str, Key] = {}
        self.roles: dict[str, Role] = {}
        self.web_identities: dict[str, tuple[str, float | None]] = {}  # by token: the subject, and when it ends
        self._issued: dict[str, Key] = {}
        self._denied: dict[str, set[str | None]] = {}
        self._policies: dict[str, dict[str, Policy]] = {}
        self.static_key = self.add_key(*STATIC_KEY)

    def now(self) -> float:
        """The region's clock, as Unix time."""
        return time.time() + self.clock_offset_s

    def request_id(self) -> str:
        text = f"{self.chance.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    # Credentials.

    def add_key(self, access_key: str, secret_key: str, user: str = "operator") -> Key:
        """A user's lasting key pair."""
        key = Key(access_key, secret_key, f"arn:{self.partition}:iam::{self.account}:user/{user}")
        self.keys[access_key] = key
        return key

    def add_role(self, name: str, trusts: Iterable[str], *, account: str | None = None, external_id: str | None = None) -> Role:
        """A role of this or another account. `trusts` has roles' names of this account, whole ARNs, or a web identity's subject."""
        arns = tuple(each if each.startswith(("arn:", "system:")) else f"arn:{self.partition}:iam::{self.account}:role/{each}" for each in trusts)
        role = Role(f"arn:{self.partition}:iam::{account or self.account}:role/{name}", arns, external_id)
        self.roles[role.arn] = role
        return role

    def add_web_identity(self, subject: str, expires: float | None = None) -> str:
        """A token for a subject ("system:serviceaccount:NAMESPACE:NAME"), of the shape and length that they have."""
        letters = string.ascii_letters + string.digits + "-_"
        token = ".".join("eyJ" + "".join(self.chance.choices(letters, k=size)) for size in (100, 700, 340))
        self.web_identities[token] = subject, expires
        return token

    def credentials(self, host: Instance) -> Key:
        """The key of the instance's role: the same until five minutes before its end, then a new one."""
        with self.lock:
            key = self._issued.get(host.id)
            margin_s = min(300.0, self.credential_lifetime_s / 2)
            if not key or self.renew_credentials and (key.expires or 0.0) < self.now() + margin_s:
                key = self.rotate_credentials(host)
            return key

    def rotate_credentials(self, host: Instance, lifetime_s: float | None = None) -> Key:
        """Issue a new key for the instance's role. The old one stays good until its own end.

        With a negative lifetime it has expired already; metadata goes on giving it if `renew_credentials` is False.
        """
        arn = f"arn:{self.partition}:sts::{self.account}:assumed-role/{host.role}/{host.id}"
        key = new_key(arn, self.now() + (self.credential_lifetime_s if lifetime_s is None else lifetime_s))
        self.keys[key.access_key] = key
        self._issued[host.id] = key
        return key

    def revoke(self, key: Key) -> None:
        """The region no longer knows the key."""
        self.keys.pop(key.access_key, None)

    # Permissions: all is allowed but what has been denied, and what a role's policies, if it has any, do not allow.

    def deny(self, action: str, resource: str | None = None) -> None:
        """Refuse an action, such as "ec2:ReplaceRoute": everywhere, or for one table or interface."""
        self._denied.setdefault(action.removeprefix("ec2:"), set()).add(resource)

    def allow(self, action: str, resource: str | None = None) -> None:
        """Take a `deny` back."""
        self._denied.get(action.removeprefix("ec2:"), set()).discard(resource)

    def allows(self, action: str, resource: str | None = None) -> bool:
        return not self._denied.get(action, set()) & {None, resource}

    def enforce(self, role: str, *documents: Any) -> None:
        """Hold the sessions of a role, named by its ARN or by its name in this account, to these policies (iam.py)."""
        self._policies[self._role(role)] = {f"attached-{number}": Policy.read(each) for number, each in enumerate(documents)}

    def put_role_policy(self, role: str, name: str, document: Any) -> None:
        """One more, or another in place of the one that has this name."""
        self._policies.setdefault(self._role(role), {})[name] = Policy.read(document)

    def _role(self, role: str) -> str:
        _, _, tail = role.rpartition("/")
        head = role.partition("role/")[0] if role.startswith("arn:") else f"arn:{self.partition}:iam::{self.account}:"
        return f"{head}role/{tail}"

    def permits(self, arn: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """Whether the policies of who asks, an ARN, allow it."""
        held = [self._policies[name] for name in principals(arn) if name in self._policies]
        return all(any(policy.allows(action, resource, context) for policy in policies.values()) for policies in held)

    def owner(self, resource: str | None) -> str:
        """The account of a route table; all else is ours."""
        table = self.tables.get(resource or "")
        return table.owner if table else self.account

    def arn(self, resource: str | None) -> str:
        """A table's or an interface's; "*" for what cannot be limited to a resource."""
        kind = {"rtb": "route-table", "eni": "network-interface"}.get((resource or "").split("-")[0])
        return f"arn:{self.partition}:ec2:{self.name}:{self.owner(resource)}:{kind}/{resource}" if kind else "*"

    def context(self, resource: str | None) -> dict[str, str]:
        """What a policy's conditions may ask of a request of EC2."""
        found = self.tables.get(resource or "") or self.enis.get(resource or "")
        told = {"ec2:Region": self.name, "aws:RequestedRegion": self.name}
        if found:
            told["ec2:Vpc"] = f"arn:{self.partition}:ec2:{self.name}:{self.vpcs[found.vpc].owner}:vpc/{found.vpc}"
        return told

    def authorize(self, action: str, resource: str | None, arn: str) -> None:
        """Also refused is who touches another account's resource, though its VPC be shared with him."""
        permitted = self.permits(arn, f"ec2:{action}", self.arn(resource), self.context(resource))
        foreign = resource is not None and self.owner(resource) != arn.split(":")[4]
        if not self.allows(action, resource) or foreign or not permitted:
            on = f" on resource: {self.arn(resource)}" if self.arn(resource) != "*" else ""
            blob = "".join(self.chance.choices(string.ascii_letters + string.digits + "-_", k=700))
            raise Refused("UnauthorizedOperation", "You are not authorized to perform this operation. "
                          f"User: {arn} is not authorized to perform: ec2:{action}{on} because no identity-based "
                          f"policy allows the ec2:{action} action. Encoded authorization failure message: {blob}", 403)

    # Names and times, as AWS writes them.

    def hosts(self) -> list[str]:
        """All names that the region's EC2 and STS endpoints go by."""
        return [f"{service}{fips}.{self.name}.{suffix}" for service in ("ec2", "sts") for fips in ("", "-fips")
                for suffix in (self.suffix, self.dual_suffix)]

    @staticmethod
    def iso_time(unix: float) -> str:
        return datetime.fromtimestamp(unix, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    # Serving.

    @contextmanager
    def serve(self, api: Iterable[Address] | None = None, imds: Mapping[str, Address] | None = None,
              control: Address | None = None, *, sts: Iterable[Address] | None = None, leaf: Literal["rsa", "ecdsa"] = "rsa",
              context: ssl.SSLContext | None = None) -> Iterator[Server]:
        """Serve EC2 at each `api` address, STS at each `sts` address, each instance's metadata at its `imds` address, and a control port.

        An address is (host, port), port 0 for any, or a socket that listens already, in whatever network
        namespace; it is closed in the end. If not given, `api`, `sts` and the `imds` of every instance are on the
        loopback. `leaf` is the kind of the server's key; `context` takes the place of the whole TLS set-up.
        `reset` goes back to this moment.
        """
        self.mark()
        server = Server(self, leaf, context)
        loopback = ("127.0.0.1", 0)
        try:
            for address in [loopback] if api is None else api:
                server.add_api(address)
            for address in [loopback] if sts is None else sts:
                server.add_sts(address)
            for instance, address in (dict.fromkeys(self.instances, loopback) if imds is None else imds).items():
                server.add_imds(instance, address)
            if control:
                server.add_control(control)
            yield server
        finally:
            server.close()

    def reset(self) -> None:
        """No faults, no denials, no policies, the right time, full buckets, an empty log, and the network as it was when serving
        began. Latency and the like stay as they are.
        """
        self.faults.clear()
        self._denied.clear()
        self._policies.clear()
        self.throttle.refill()
        self.clock_offset_s = 0.0
        self.restore()
        self.log.clear()
