"""TLS: a server that cannot prove who it is, or speaks something else, is sent no request."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from region import tls

from . import certificates
from .certificates import context, leaf
from .chains import curve_key
from .rig import CA_FILE, Rig, Run
from .servers import server, talking


def run(rig: Rig, made: ssl.SSLContext, *more: str, deadline: int = 3) -> Run:
    with server(rig, made) as options:
        return rig.run("acquire", *options, *more, endpoint=False, deadline=deadline)


def test_this_server_is_good(rig: Rig) -> None:
    """What the others differ from in one thing."""
    assert run(rig, certificates.good()).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def self_signed() -> ssl.SSLContext:
    path = tls.issue("lone", "leaf", hosts=("localhost",))
    return context(path, path.with_suffix(".key"))


CERTIFICATES: dict[str, tuple[Callable[[], ssl.SSLContext], str]] = {
    "22-self-signed": (self_signed, "issued by nobody that is trusted"),
    "22-unknown-root": (lambda: context(*leaf("stray", issuer=certificates.strangers())), "issued by nobody that is trusted"),
    "22-expired": (lambda: context(*leaf("old", end="20240101000000Z")), "not valid at this host's time"),
    "22-not-yet-valid": (lambda: context(*leaf("new", start="20480101000000Z")), "not valid at this host's time"),
    "22-another-host": (lambda: context(*leaf("other", subject="other", san="DNS:other.example")), "for another name"),
    "22-a-part-of-the-name": (lambda: context(*leaf("part", subject="x", san="DNS:localhos,DNS:*.localhost,DNS:localhost.example")),
                              "for another name"),
    "22-right-name-but-not-in-san": (lambda: context(*leaf("cn", san="DNS:other.example")), "for another name"),
    "22-no-san-but-right-cn": (lambda: context(*leaf("nosan", san="")), "for another name"),
    "24-issued-by-a-leaf": (lambda: context(*leaf("child", issuer=parent())), "may not issue any"),
    "24-critical-extension": (lambda: context(*leaf("odd", extensions="1.2.3.4=critical,ASN1:NULL\n")), "not understood"),
    "26-sha-1": (lambda: context(*leaf("sha1", digest="sha1")), "too old, or unknown"),
    "26-md5": (lambda: context(*leaf("md5", digest="md5")), "too old, or unknown"),
    # Of five primes, as two of such a size take long to find.
    "26-rsa-8192": (lambda: context(*leaf("large", key=("rsa:8192", "-pkeyopt", "rsa_keygen_primes:5"))), "larger than 4096 bits"),
    "26-rsa-1024": (lambda: context(*leaf("short", key=("rsa:1024",))), "shorter than 2048 bits"),
}


def parent() -> str:
    """A server's certificate that signs another's."""
    chain, private = leaf("parent")
    here = tls.folder()
    (here / "parent.pem").write_bytes(chain.read_bytes())
    (here / "parent.key").write_bytes(private.read_bytes())
    return "parent"


@pytest.mark.parametrize(("make", "says"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_that_proves_nothing(rig: Rig, make: Callable[[], ssl.SSLContext], says: str) -> None:
    done = run(rig, make())
    assert done.kind == "TLS" and says in done.text and "localhost" in done.text, done.err
    assert not rig.asked("ec2") and rig.connections("ec2") == 1
    rig.nothing_was_written()
    rig.recovers()


ECDSA = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.mark.parametrize("key",
                         [ECDSA, ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"), ("rsa:3072",)],
                         ids=["P-256", "P-384", "RSA-3072"])
def test_26_other_keys_that_are_good(rig: Rig, key: tuple[str, ...]) -> None:
    assert run(rig, context(*leaf("-".join(key).replace(":", "-"), key=key))).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_22_the_right_name_after_one_that_is_very_long(rig: Rig) -> None:
    labels = ".".join("x" * 60 for _ in range(5))
    assert run(rig, context(*leaf("long", subject="x", san=f"DNS:{labels},DNS:localhost"))).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def only(**settings: ssl.TLSVersion) -> ssl.SSLContext:
    made = certificates.good()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, value in settings.items():
            setattr(made, name, value)
    return made


def suite(name: str) -> ssl.SSLContext:
    made = only(maximum_version=ssl.TLSVersion.TLSv1_2)
    made.set_ciphers(f"{name}:@SECLEVEL=0")
    return made


PROFILES: dict[str, tuple[Callable[[], ssl.SSLContext], str]] = {
    "27-only-1.1": (lambda: only(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1),
                    "handshake_failure; it must offer TLS 1.2 with"),
    "27-only-1.3": (lambda: only(minimum_version=ssl.TLSVersion.TLSv1_3),
                    "offers only versions newer than TLS 1.2 (alert 70, protocol_version); it must offer TLS 1.2"),
    "28-cbc": (lambda: suite("ECDHE-RSA-AES128-SHA256"), "handshake_failure"),
    "28-cbc-sha1": (lambda: suite("ECDHE-RSA-AES128-SHA"), "handshake_failure"),
    "28-static-rsa": (lambda: suite("AES128-GCM-SHA256"), "handshake_failure"),
    "28-null": (lambda: suite("ECDHE-RSA-NULL-SHA"), "handshake_failure"),
}


@pytest.mark.parametrize(("make", "says"), PROFILES.values(), ids=PROFILES)
def test_a_server_with_another_profile(rig: Rig, make: Callable[[], ssl.SSLContext], says: str) -> None:
    done = run(rig, make())
    assert done.kind == "TLS" and says in done.text, done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"])
@pytest.mark.parametrize("key", ["RSA", "ECDSA"])
def test_28_a_server_with_one_suite_of_the_profile(rig: Rig, key: str, cipher: str) -> None:
    made = context(*leaf("good")) if key == "RSA" else context(*leaf("good-ecdsa", key=ECDSA))
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(f"ECDHE-{key}-{cipher}")
    assert run(rig, made).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("curve", ["prime256v1", "secp384r1", "secp521r1"])
def test_28_a_server_with_one_curve_of_the_profile(rig: Rig, curve: str) -> None:
    made = certificates.good()
    made.set_ecdh_curve(curve)
    assert run(rig, made).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def alert(description: int) -> bytes:
    return bytes([21, 3, 3, 0, 2, 2, description])


GREETINGS = {
    "29-garbage": b"\0" * 64,
    "29-plain-http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "29-ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "29-a-record-of-16-K-and-more": bytes([22, 3, 3, 0x48, 0x01]) + b"\2" * 0x4801,
    "29-a-record-of-64-K": bytes([22, 3, 3, 0xFF, 0xFF]) + b"\2" * 0xFFFF,
    "29-records-of-nothing": bytes([22, 3, 3, 0, 0]) * 100_000,
    "29-a-hello-of-garbage": bytes([22, 3, 3, 0, 44, 2, 0, 0, 40]) + b"\xff" * 40,
    "30-handshake-failure": alert(40),
    "30-unrecognized-name": alert(112),
    "30-warnings": bytes([21, 3, 3, 0, 2, 1, 112]) * 100_000,
}


@pytest.mark.parametrize("greeting", GREETINGS.values(), ids=GREETINGS)
def test_what_answers_speaks_no_tls(rig: Rig, greeting: bytes) -> None:
    rig.fault(service="ec2", match="connect", raw=greeting, end="close")
    done = rig.run(deadline=2)
    # Of a flood of records that mean nothing, the connection's end, or the run's, may be all there is to see.
    assert done.kind in (("TLS", "NETWORK", "DEADLINE") if len(greeting) > 400_000 else ("TLS",)), done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("greeting", ["29-garbage", "29-plain-http", "29-ssh"])
def test_29_it_is_said_to_be_no_tls(rig: Rig, greeting: str) -> None:
    rig.fault(service="ec2", match="connect", raw=GREETINGS[greeting], end="close")
    done = rig.run(deadline=2)
    assert done.kind == "TLS" and "what answers does not speak TLS" in done.text, done.err


@pytest.mark.parametrize("minor", [0, 1, 2])
def test_27_a_server_that_goes_on_with_an_older_version(rig: Rig, minor: int) -> None:
    version = bytes([3, minor])
    hello = version + b"\1" * 32 + b"\0" + b"\xc0\x2f" + b"\0"
    rig.fault(service="ec2", match="connect", raw=b"\x16" + version + bytes([0, len(hello) + 4, 2, 0, 0, len(hello)]) + hello, end="close")
    done = rig.run(deadline=2)
    assert done.kind == "TLS" and "the server is too old; it must offer TLS 1.2" in done.text, done.err
    rig.nothing_was_written()


@pytest.mark.parametrize(("description", "name"),
                         [(40, "handshake_failure"), (80, "internal_error"), (112, "unrecognized_name"), (99, "unknown")])
def test_30_the_alert_is_named(rig: Rig, description: int, name: str) -> None:
    rig.fault(service="ec2", match="connect", raw=alert(description), end="close")
    done = rig.run(deadline=5)
    assert done.kind == "TLS" and f"TLS alert {description}, {name};" in done.text, done.err


NOTHINGS = {"records-of-nothing": bytes([22, 3, 3, 0, 0]), "warnings": bytes([21, 3, 3, 0, 2, 1, 112])}


def for_ever(record: bytes) -> Callable[[socket.socket], object]:
    def talk(client: socket.socket) -> None:
        while True:
            client.sendall(record * 10_000)
    return talk


@pytest.mark.parametrize("record", NOTHINGS.values(), ids=NOTHINGS)
def test_29_30_what_means_nothing_for_ever(rig: Rig, record: bytes) -> None:
    with talking(rig, for_ever(record)) as options:
        done = rig.run("acquire", *options, endpoint=False, deadline=2)
    assert done.kind == "NETWORK" and "in the time there was" in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


def test_126_a_signal_while_what_means_nothing_comes_for_ever(rig: Rig) -> None:
    came = threading.Event()

    def talk(client: socket.socket) -> None:
        came.set()
        for_ever(NOTHINGS["warnings"])(client)
    with talking(rig, talk) as options:
        began, child = time.monotonic(), rig.start("acquire", *options, endpoint=False)
        assert came.wait(10)
        sent = time.monotonic()
        child.terminate()
        done = rig.end(child, began)
    assert done.kind == "INTERRUPTED" and time.monotonic() - sent < 0.5, done.err
    rig.nothing_was_written()


def test_the_end_inside_the_handshake(rig: Rig) -> None:
    with talking(rig, lambda client: client.recv(65536)) as options:
        done = rig.run("acquire", *options, endpoint=False, deadline=2)
    assert done.kind == "NETWORK" and "localhost ended the connection in the TLS handshake (closed)" in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


def test_the_end_right_after_the_handshake(rig: Rig) -> None:
    """The server's last words of the handshake and its goodbye come at once, each time: no new connection without a pause."""
    seen = []
    made = only(maximum_version=ssl.TLSVersion.TLSv1_2)

    def talk(client: socket.socket) -> None:
        seen.append(client)
        wire, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = made.wrap_bio(wire, out, server_side=True)
        finished = False
        while not finished:
            try:
                secure.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                pass
            # Held back until the goodbye goes with it.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, int(finished))
            client.sendall(out.read())
            if not finished and not wire.write(client.recv(65536)):
                return
    with talking(rig, talk) as options:
        done = rig.run("acquire", *options, endpoint=False, deadline=4)
    assert done.kind == "NETWORK" and "ended the connection" in done.text, done.err
    assert len(seen) < 20
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("cut", [30, 300, 900])
def test_32_the_end_inside_a_reply(rig: Rig, cut: int) -> None:
    rig.fault(match="DescribeRouteTables", cut=cut, end="close", count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("cut", [0, 700])
def test_32_it_is_said_how_far_a_reply_came(rig: Rig, cut: int) -> None:
    rig.fault(match="DescribeRouteTables", cut=cut, end="close")
    done = rig.run(deadline=2)
    assert done.kind == "NETWORK" and f"localhost ended the connection (closed) after {cut} bytes of its reply; " in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("cut", [0, 30, 200])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_32_the_end_inside_the_reply_to_a_write(rig: Rig, end: str, cut: int) -> None:
    rig.fault(match="ReplaceRoute", cut=cut, end=end, count=1)
    assert rig.run("acquire", "--route-table", rig.scene.tables[0]).kind == "OK"
    rig.is_here(ReplaceRoute=1)
    # A peer whose reply was cut has not gone under a request: the next connection serves both looks.
    assert end == "reset" or rig.connections("ec2") == (2 if cut else 3)


def test_32_the_end_after_a_whole_reply_without_goodbye(rig: Rig) -> None:
    rig.fault(service="ec2", cut=10**9, end="close")
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)
    assert rig.connections("ec2") >= 3


BUNDLES = {
    "absent": (None, "No such file"),
    "empty": (b"", "holds no certificate"),
    "text": (b"hello\n", "holds no certificate"),
    "cut": (b"-----BEGIN CERTIFICATE-----\nMIIB", "no intact PEM"),
    "of-something-else": (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
    "garbage-within": (b"-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n", "holds no certificate"),
    "of-10-MB": (b"#" * 10_000_000, "larger than"),
}


def with_bundle(rig: Rig, path: str) -> Run:
    return rig.run("acquire", "--ca-bundle", path, "--endpoint-url", f"https://localhost:{rig.api_port}", endpoint=False)


@pytest.mark.parametrize(("bundle", "says"), BUNDLES.values(), ids=BUNDLES)
def test_35_a_ca_bundle_that_is_none(rig: Rig, bundle: bytes | None, says: str) -> None:
    path = "/etc/ssl/bad.pem"
    rig.place.run(["rm", "-f", path])
    if bundle is not None:
        rig.place.write(path, bundle)
    done = with_bundle(rig, path)
    assert done.kind == "USAGE" and says in done.text, done.err
    rig.nothing_was_attempted()


def test_35_a_ca_bundle_that_is_no_file(rig: Rig) -> None:
    for path in ("/etc/ssl", "/dev/zero"):
        done = with_bundle(rig, path)
        assert done.kind == "USAGE" and f"{path} is no regular file" in done.text, done.err
        rig.nothing_was_attempted()


@pytest.mark.parametrize(("kept", "says"),
                         [(lambda good: good + good[:len(good) // 2], "no intact PEM"), (lambda good: good * 513, "more than 512"),
                          (lambda good: good + named_at_length() * 200, "more than 512")],
                         ids=["cut-in-the-second", "of-513", "of-longer-names-than-there-is-room-for"])
def test_35_a_ca_bundle_that_is_good_in_part(rig: Rig, kept: Callable[[bytes], bytes], says: str) -> None:
    """What there is of it is not used: nobody meant so few."""
    rig.place.write("/etc/ssl/part.pem", kept(rig.place.call(Path(CA_FILE).read_bytes)))
    done = with_bundle(rig, "/etc/ssl/part.pem")
    assert done.kind == "USAGE" and says in done.text, done.err
    rig.nothing_was_attempted()


def named_at_length() -> bytes:
    """A certificate whose subject has 3000 bytes."""
    key = curve_key()
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60)] * 45)
    issuer_ = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = x509.CertificateBuilder(issuer_, subject, key.public_key(), 1, datetime(2020, 1, 1), datetime(2049, 12, 31))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_35_an_alias_comes_down_without_certificates(rig: Rig) -> None:
    rig.with_alias()
    done = rig.run("release", "--ca-bundle", "/nowhere.pem", endpoint=False)
    assert done.kind == "OK" and not rig.alias, done.err


def test_35_a_bundle_under_the_older_label(rig: Rig) -> None:
    path = "/etc/ssl/older.pem"
    rig.place.write(path, rig.place.call(Path(CA_FILE).read_bytes).replace(b" CERTIFICATE-", b" X509 CERTIFICATE-"))
    done = with_bundle(rig, path)
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)


def test_35_a_bundle_whose_last_line_has_no_end(rig: Rig) -> None:
    path = "/etc/ssl/unended.pem"
    rig.place.write(path, rig.place.call(Path("/etc/ssl/region.pem").read_bytes).rstrip(b"\n"))
    done = with_bundle(rig, path)
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)


def test_35_without_a_bundle_only_amazons_roots_are_trusted(rig: Rig) -> None:
    done = rig.run("acquire", "--endpoint-url", f"https://localhost:{rig.api_port}", endpoint=False)
    assert done.kind == "TLS", done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
