"""The Security Token Service, version 2011-06-15: who may, gets keys of a role; and who asks learns whose his own are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import ec2, http1, sigv4
from .errors import Refused
from .log import Request

if TYPE_CHECKING:
    from .region import Region

VERSION = "2011-06-15"
NAMESPACE = f"https://sts.amazonaws.com/doc/{VERSION}/"
SKEW_LIMIT_S = 900
_COMMON = {"Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds"}
_PARAMETERS = {"AssumeRole": _COMMON | {"ExternalId"}, "AssumeRoleWithWebIdentity": _COMMON | {"WebIdentityToken"},
               "GetCallerIdentity": {"Action", "Version"}}
_HEADERS = {"Content-Type": "text/xml"}
_PATTERNS = {"roleArn": r"arn:[!-~]{16,2044}", "roleSessionName": r"[\w+=,.@-]{2,64}", "externalId": r"[\w+=,.@:/-]{2,1224}"}


@dataclass(frozen=True)
class Role:
    """A role: `trusts` are the roles, users or accounts (":root") that may assume it, with `external_id` if there is one, or
    the subjects of web identities."""

    arn: str
    trusts: tuple[str, ...]
    external_id: str | None = None
    longest_s: int = 3600

    def session(self, name: str) -> str:
        """The ARN of who works as this role."""
        partition, account = self.arn.split(":")[1], self.arn.split(":")[4]
        return f"arn:{partition}:sts::{account}:assumed-role/{self.arn.rpartition('/')[2]}/{name}"


def principals(arn: str) -> set[str]:
    """What a trust policy may call the caller: itself, the role that it works as, its account."""
    _, partition, service, _, account, what = arn.split(":", 5)
    names = {arn, f"arn:{partition}:iam::{account}:root"}
    if service == "sts":
        names.add(f"arn:{partition}:iam::{account}:role/{what.split('/')[1]}")
    return names


def _check(name: str, value: str | None) -> None:
    if value is not None and not re.fullmatch(_PATTERNS[name], value, re.ASCII):
        raise Refused("ValidationError", f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
                      f"Member must satisfy regular expression pattern: {_PATTERNS[name]}")


class Service(ec2.Service):
    """STS as an HTTP service of one region."""

    name = "sts"

    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]:
        name, params = super().label(request)
        params.pop("WebIdentityToken", None)  # a secret
        return name, params

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        entry.access_key = sigv4.access_key_of(request.headers)
        try:
            if request.path != "/" or request.method not in ("POST", "GET"):
                raise Refused("InvalidAction", "Only POST / is served here", 404)
            form = ec2.Form(request.body.decode("latin-1") if request.method == "POST" else request.query)
            action = form.need("Action")
            if form.need("Version") != VERSION or action not in _PARAMETERS or form.values.keys() - _PARAMETERS[action]:
                raise Refused("InvalidAction", f"Could not find operation {action} for version {form.need('Version')}")
            if action == "AssumeRoleWithWebIdentity":
                # By who has no keys yet: a signature is not looked at.
                with self._region.lock:
                    return self._assume_role_with_web_identity(form)
            key = self._verify(request)
            with self._region.lock:
                return self._assume_role(form, key) if action == "AssumeRole" else self._identify(key)
        except Refused as refused:
            return self.refuse(refused)

    def _verify(self, request: http1.Request) -> sigv4.Key:
        """As EC2 does it, but with STS's words and its patience with clocks."""
        region = self._region
        ahead_s = sigv4.unix_time(request.headers.get("x-amz-date", "")) - region.now()
        if abs(ahead_s) > SKEW_LIMIT_S:
            raise Refused("SignatureDoesNotMatch", f"Signature {'not yet current' if ahead_s > 0 else 'expired'}: "
                          f"the request's time differs from {region.iso_time(region.now())}", 403)
        try:
            return sigv4.verify(request.method, request.path, request.query, request.headers, request.body, keys=region.keys,
                                now=region.now(), region=region.name, service="sts", skew_limit_s=math.inf)
        except Refused as refused:
            if refused.code == "AuthFailure":
                raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403) from None
            if refused.code == "RequestExpired":
                raise Refused("ExpiredToken", "The security token included in the request is expired", 403) from None
            raise

    def _assume_role(self, form: ec2.Form, key: sigv4.Key) -> http1.Reply:
        region = self._region
        arn, session, external = form.need("RoleArn"), form.need("RoleSessionName"), form.get("ExternalId")
        for name, value in (("roleArn", arn), ("roleSessionName", session), ("externalId", external)):
            _check(name, value)
        role = region.roles.get(arn)
        if not role or not self._may_assume(key.arn, role) or role.external_id not in (None, external):
            raise Refused("AccessDenied", f"User: {key.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
        return self._give("AssumeRole", role, session, form)

    def _identify(self, key: sigv4.Key) -> http1.Reply:
        """No policy can forbid to ask."""
        identifier = key.access_key if ":user/" in key.arn else f"AROAEXAMPLE:{key.arn.rpartition('/')[2]}"
        return self._success("GetCallerIdentity", {"UserId": identifier, "Account": key.arn.split(":")[4], "Arn": key.arn})

    def _assume_role_with_web_identity(self, form: ec2.Form) -> http1.Reply:
        """Of the token's contents nothing is known here but whose it is: the region has been told of it."""
        region = self._region
        arn, session, token = form.need("RoleArn"), form.need("RoleSessionName"), form.need("WebIdentityToken")
        for name, value in (("roleArn", arn), ("roleSessionName", session)):
            _check(name, value)
        if token not in region.web_identities:
            raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
        subject, expires = region.web_identities[token]
        if expires is not None and expires <= region.now():
            raise Refused("ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time")
        role = region.roles.get(arn)
        if not role or not region.allows("sts:AssumeRoleWithWebIdentity") or subject not in role.trusts:
            raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        return self._give("AssumeRoleWithWebIdentity", role, session, form)

    def _give(self, action: str, role: Role, session: str, form: ec2.Form) -> http1.Reply:
        region = self._region
        lifetime_s = int(form.get("DurationSeconds") or 3600)
        if not 900 <= lifetime_s <= role.longest_s:
            raise Refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        made = sigv4.new_key(role.session(session), region.now() + lifetime_s)
        region.keys[made.access_key] = made
        # Now and then with a fraction of a second.
        fraction = region.chance.choice(("", ".000", ".5"))
        return self._success(action, {
            "AssumedRoleUser": {"AssumedRoleId": f"AROAEXAMPLE:{session}", "Arn": made.arn},
            "Credentials": {"AccessKeyId": made.access_key, "SecretAccessKey": made.secret_key, "SessionToken": made.token,
                            "Expiration": region.iso_time(made.expires or 0).replace("Z", f"{fraction}Z")}})

    def _may_assume(self, arn: str, role: Role) -> bool:
        """Of one's own account the role's trust in whoever is named is enough; another's must be allowed by both."""
        region, own = self._region, arn.split(":")[4]
        named = principals(arn) & set(role.trusts)
        trusted_alone = own == role.arn.split(":")[4] and any(not name.endswith(":root") for name in named)
        permitted = region.permits(arn, "sts:AssumeRole", role.arn, {"aws:RequestedRegion": region.name})
        return bool(named) and region.allows("sts:AssumeRole") and (trusted_alone or permitted)

    def _success(self, action: str, members: dict[str, Any]) -> http1.Reply:
        told = {f"{action}Result": members, "ResponseMetadata": {"RequestId": self._region.request_id()}}
        return http1.Reply(200, self._document(f"{action}Response", told), dict(_HEADERS))

    def refuse(self, refused: Refused) -> http1.Reply:
        error = {"Error": {"Type": "Sender" if refused.status < 500 else "Receiver", "Code": refused.code, "Message": refused.message},
                 "RequestId": self._region.request_id()}
        return http1.Reply(refused.status, self._document("ErrorResponse", error), dict(_HEADERS), refused.code)

    def _document(self, root: str, members: dict[str, Any]) -> bytes:
        """On lines of their own, as STS writes its elements."""
        inner = ec2.to_xml(members, self._region.chance).replace("><", ">\n  <")
        return f'<{root} xmlns="{NAMESPACE}">\n  {inner}\n</{root}>\n'.encode()
