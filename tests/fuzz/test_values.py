"""Percent-encoding and URLs beside `urllib`, addresses and prefixes beside `ipaddress`, signatures beside botocore as it runs."""

from __future__ import annotations

import datetime
import ipaddress
import random
import re
from unittest import mock
from urllib.parse import quote, unquote_to_bytes, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .oracle import mutated, told

COUNT = 4000
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def test_percent_encoding() -> None:
    chance = random.Random(3986)
    for it in told("encoded", [bytes(range(256)), *(chance.randbytes(chance.randint(0, 50)) for _ in range(COUNT))]):
        assert it.meaning.decode() == quote(it.data, safe="-._~") and unquote_to_bytes(it.meaning) == it.data, it


def test_urls() -> None:
    """What is taken is an URL of nothing but an origin, of which urllib sees the same parts."""
    every = told("uri", mutated("uri", COUNT))
    for it in every:
        if it.taken:
            theirs, ours = urlsplit(it.data.decode()), urlsplit(it.meaning.decode())
            assert (theirs.scheme, theirs.hostname) == (ours.scheme, ours.hostname) and not (theirs.username or theirs.query or theirs.fragment), it
            assert (theirs.port or {"http": 80, "https": 443}[theirs.scheme]) == ours.port and theirs.path in ("", "/"), it
    assert 100 < sum(it.taken for it in every) < len(every) - 100


def test_urls_of_the_grammar_are_taken() -> None:
    chance = random.Random(3)
    hosts = ("localhost", "Ec2.eu-central-1.amazonaws.com", "127.0.0.1", "[::1]", "[fd00:ec2::254]")
    made = [f"{chance.choice(('http', 'https'))}://{chance.choice(hosts)}{chance.choice(('', f':{chance.randint(1, 65535)}'))}{chance.choice(('', '/'))}"
            for _ in range(COUNT // 4)]
    assert all(it.taken for it in told("uri", map(str.encode, made)))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def test_addresses_and_prefixes() -> None:
    """Python takes as well: a zone, a mask in place of a prefix, and a prefix with a zero before it."""
    chance = random.Random(4291)
    made = [f"{ipaddress.IPv6Address(chance.getrandbits(128) & chance.getrandbits(128) & chance.getrandbits(128) & chance.getrandbits(128))}"
            f"/{chance.randint(0, 130)}" for _ in range(COUNT // 4)]
    made += [f"{ipaddress.IPv4Address(chance.getrandbits(32))}/{chance.randint(0, 34)}" for _ in range(COUNT // 4)]
    every = told("cidr", mutated("cidr", COUNT, map(str.encode, made)))
    for it in every:
        theirs = _network(it.data.decode("latin-1"))
        if it.taken:
            assert theirs is not None and theirs == _network(it.meaning.decode()), it
        else:
            assert theirs is None or re.search(rb"%|/.*\.|/0\d", it.data), it
    assert 1000 < sum(it.taken for it in every) < len(every) - 1000


def _request(chance: random.Random) -> list[str]:
    service, region = chance.choice(("ec2", "sts")), f"{chance.choice(('eu', 'us-gov', 'cn'))}-{chance.choice(('west', 'north'))}-{chance.randint(1, 9)}"
    host = chance.choice((f"{service}.{region}.amazonaws.com", "vpce-0a1b.ec2.vpce.example", "127.0.0.1"))
    word = lambda most, of: "".join(chance.choices(of, k=chance.randint(1, most)))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    body = "&".join(f"{word(12, letters + '.')}={quote(word(30, letters + '/ :=é'), safe='-._~')}" for _ in range(chance.randint(0, 8)))
    return [host, region, service, word(20, letters), word(40, letters + "/+"), chance.choice(("", word(200, letters + "/+="))),
            str(chance.randint(0, 4102444800)), body]


def _signed(host: str, region: str, service: str, access: str, secret: str, token: str, utc_s: str, body: str) -> dict[str, str]:
    request = AWSRequest("POST", f"https://{host}/", headers={"Content-Type": FORM}, data=body.encode())
    now = datetime.datetime.fromtimestamp(int(utc_s), datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch("botocore.auth.datetime") as clock:
        clock.datetime.utcnow.return_value = now
        botocore.auth.SigV4Auth(Credentials(access, secret, token or None), service, region).add_auth(request)
    return dict(request.headers.items())


def test_signatures() -> None:
    chance = random.Random(4)
    made = [_request(chance) for _ in range(COUNT // 2)]
    for it, request in zip(told("signed", ("\n".join(each).encode() for each in made)), made):
        head, _, body = it.meaning.decode().partition("\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        theirs = _signed(*request)
        assert it.taken and body == request[-1] and headers["Host"] == request[0], it
        assert {name: headers.get(name) for name in theirs} == theirs, it
