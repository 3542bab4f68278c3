"""Signature Version 4 from the server's side: who signed this request, and is it whole, fresh and meant for us?

Written from the specification, not from any client, so that a client's mistake cannot be ours as well.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache

from .errors import Refused

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_LIMIT_S = 300

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([A-Z0-9]{{8,128}})/([0-9]{{8}})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})")

_BAD_CREDENTIALS = "AWS was not able to validate the provided access credentials"
_BAD_SIGNATURE = ("The request signature we calculated does not match the signature you provided. Check your AWS "
                  "Secret Access Key and signing method. Consult the service documentation for details.")


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair that the region knows. `expires` is a Unix time; only temporary keys have it and a token."""

    access_key: str
    secret_key: str
    arn: str
    token: str | None = None
    expires: float | None = None

    def __repr__(self) -> str:
        return f"Key({self.access_key})"


def new_key(arn: str, expires: float) -> Key:
    """A fresh temporary key of the shapes AWS gives: ASIA..., 40 characters of secret, about 1000 of token."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    access_key = "ASIA" + "".join(secrets.choice(alphabet) for _ in range(16))
    # Base64's whole alphabet: a client that forgets to encode or to trim must be found out.
    letters = alphabet + alphabet[:26].lower() + "01/+"
    secret_key = "".join(secrets.choice(letters) for _ in range(40))
    token = "IQoJb3JpZ2luX2VjE" + "".join(secrets.choice(letters) for _ in range(980)) + "=="
    return Key(access_key, secret_key, arn, token, expires)


def canonical_request(method: str, path: str, query: str, headers: Mapping[str, str], signed: Sequence[str],
                      body: bytes) -> str:
    """The request in the one form that both sides sign. Header names are in lower case."""
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in signed)
    query = "&".join(sorted(part if "=" in part else part + "=" for part in query.split("&"))) if query else ""
    return f"{method}\n{path}\n{query}\n{lines}\n{';'.join(signed)}\n{hashlib.sha256(body).hexdigest()}"


def string_to_sign(stamp: str, scope: str, canonical: str) -> str:
    return f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


@lru_cache(maxsize=256)
def _signing_key(secret_key: str, scope: str) -> bytes:
    key = b"AWS4" + secret_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(secret_key: str, scope: str, text: str) -> str:
    return hmac.digest(_signing_key(secret_key, scope), text.encode(), "sha256").hex()


def unix_time(stamp: str) -> float:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Refused("IncompleteSignature", f"Date must be in ISO-8601 'basic format'. Got '{stamp}'.") from None


def access_key_of(headers: Mapping[str, str]) -> str | None:
    """Whose key a request claims, for the log; nothing is checked."""
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    return match[1] if match else None


def verify(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, *,
           keys: Mapping[str, Key], now: float, region: str, service: str, skew_limit_s: float = SKEW_LIMIT_S) -> Key:
    """The key that signed the request, or `Refused` as EC2 does it.

    `headers` has each name once, in lower case. What is checked, in this order: the form, the scope, the clock,
    the key and its token, the signature, and last whether a temporary key has expired.
    """
    if "authorization" not in headers:
        raise Refused("MissingParameter", "The request must contain the parameter AWSAccessKeyId")
    match = _AUTHORIZATION.fullmatch(headers["authorization"])
    if not match:
        raise Refused("IncompleteSignature", "Authorization header is not in the form that AWS4-HMAC-SHA256 needs.")
    access_key, day, signed_region, signed_service, names, claimed = match.groups()
    signed = names.split(";")
    missing = {name for name in headers if name == "host" or name.startswith("x-amz-")} - set(signed)
    if missing or signed != sorted(set(signed)) or not {"host", "x-amz-date"} <= set(signed) <= headers.keys():
        raise Refused("SignatureDoesNotMatch", f"The signed headers are not right: {names}", 403)
    if signed_region != region:
        raise Refused("SignatureDoesNotMatch",
                      f"Credential should be scoped to a valid region, not '{signed_region}'. ", 403)
    if signed_service != service:
        raise Refused("SignatureDoesNotMatch",
                      f"Credential should be scoped to correct service: '{service}'. ", 403)
    stamp = headers["x-amz-date"]
    ahead = unix_time(stamp) - now
    if stamp[:8] != day:
        raise Refused("SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                      f"version of date from HTTP: '{day}' != '{stamp[:8]}', from '{stamp}'.", 403)
    # EC2 tells a clock that is behind from one that is ahead: the former looks like a request kept too long.
    if ahead < -skew_limit_s:
        raise Refused("RequestExpired", "Request has expired.")
    if ahead > skew_limit_s:
        raise Refused("AuthFailure", _BAD_CREDENTIALS, 401)
    key = keys.get(access_key)
    if not key or headers.get("x-amz-security-token") != key.token:
        raise Refused("AuthFailure", _BAD_CREDENTIALS, 401)
    canonical = canonical_request(method, path, query, headers, signed, body)
    scope = f"{day}/{region}/{service}/aws4_request"
    if not hmac.compare_digest(signature(key.secret_key, scope, string_to_sign(stamp, scope, canonical)), claimed):
        raise Refused("SignatureDoesNotMatch", _BAD_SIGNATURE, 403)
    if key.expires is not None and key.expires <= now:
        raise Refused("RequestExpired", "Request has expired.")
    return key
