"""Certificates, clause by clause: RFC 5280 for the chain, RFC 9525 for the name; what each is taken for, and in which words.

Row 36 asks for the sets of x509-limbo and BetterTLS, which are others' data and none of this repository. This set is our
own, by the same headings. What BearSSL does otherwise than the RFC says is here too, as taken, and in src/host/verifier.h.
OpenSSL is asked about each chain as well: where it says otherwise, STRICTER and LAXER say why.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ObjectIdentifier

from .chains import (CA, NAME, Extension, Issued, Key, Purpose, authority, context, critical, curve_key, issue, issuer, names, optional,
                     root, rsa_key, usage)
from .rig import Rig, Run
from .servers import server
from .test_tls import CERTIFICATES

GOOD = (names(NAME), usage("digital_signature"))
SIGN = usage("key_cert_sign")


def leaf(by: Issued, *extensions: Extension, **more: object) -> Issued:
    return issue(by, extensions or GOOD, **more)


def chain(*extensions: Extension, **more: object) -> ssl.SSLContext:
    """A good chain but for the server's certificate."""
    by = issuer()
    return context(leaf(by, *extensions, **more), by)


def below(*extensions: Extension, **more: object) -> ssl.SSLContext:
    """A good server's certificate below an issuer that is not."""
    by = issuer(*extensions, **more)
    return context(leaf(by), by)


def line(count: int, *, length: int | None = None) -> list[Issued]:
    """So many certificates one below the other, the server's first; the root's first child may have a path length."""
    made = [issuer(authority(length), SIGN)]
    while len(made) < count - 1:
        made.append(issuer(by=made[-1]))
    return [leaf(made[-1]), *reversed(made)]


def unknown(size: int = 5) -> x509.ExtensionType:
    return x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\4\x83" + size.to_bytes(3, "big") + b"x" * size)


def forged(by: Issued, key: Key) -> Issued:
    """One with that name, and another key."""
    return Issued(by.certificate, key)


def forged_leaf() -> ssl.SSLContext:
    by = issuer()
    return context(leaf(forged(by, ec.generate_private_key(ec.SECP256R1()))), by)


def forged_issuer() -> ssl.SSLContext:
    by = issuer(by=forged(root(), rsa_key()))
    return context(leaf(by), by)


def reversed_chain() -> ssl.SSLContext:
    by = issuer(authority(), usage("key_cert_sign", "digital_signature"))
    return context(by, leaf(by))


def among(*order: str) -> ssl.SSLContext:
    by = issuer()
    have = {"leaf": leaf(by), "issuer": by, "root": root(), "junk": issuer(by=issue(None, CA))}
    return context(*(have[each] for each in order))


def allowed(*hosts: str) -> x509.NameConstraints:
    return x509.NameConstraints([x509.DNSName(host) for host in hosts], None)


def purposes(*which: ObjectIdentifier, is_critical: bool = False) -> ssl.SSLContext:
    return chain(*GOOD, (x509.ExtendedKeyUsage(which), is_critical))


def named(*given: object, subject: str = "") -> ssl.SSLContext:
    return chain(names(*given), usage("digital_signature"), subject=subject)


def away(hours: int) -> str:
    """A moment so many hours from now."""
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True)
class Case:
    make: Callable[[], ssl.SSLContext]
    says: str = ""
    """Of the final line, which is of kind TLS; without it the certificate is taken."""
    host: str = NAME


CASES = {
    "36-good": Case(lambda: chain()),
    # The order and the number: RFC 5246, 7.4.2. Nothing is sorted, and nothing fetched.
    "23-missing-intermediate": Case(lambda: among("leaf"), "issued by nobody that is trusted"),
    "23-reversed": Case(reversed_chain, "for another name"),
    "23-root-before-its-child": Case(lambda: among("leaf", "root", "issuer"), "do not come in order"),
    "23-junk-in-between": Case(lambda: among("leaf", "junk", "issuer"), "do not come in order"),
    "23-junk-at-the-end": Case(lambda: among("leaf", "issuer", "junk", "junk", "junk")),
    "23-with-the-root": Case(lambda: among("leaf", "issuer", "root")),
    "23-20-certificates": Case(lambda: context(*line(20))),
    "23-a-leaf-of-64-KiB": Case(lambda: chain(*GOOD, optional(unknown(65536)))),
    "23-an-issuer-of-64-KiB": Case(lambda: below(*CA, optional(unknown(65536)))),
    # Validity: RFC 5280, 6.1.3 (a) (2).
    "23-expired-intermediate": Case(lambda: below(end="2024-01-01"), "not valid at this host's time"),
    "23-intermediate-not-yet-valid": Case(lambda: below(start="2048-01-01"), "not valid at this host's time"),
    "22-ends-before-it-begins": Case(lambda: chain(start="2040-01-01", end="2041-01-01"), "not valid at this host's time"),
    "22-for-an-hour-more": Case(lambda: chain(end=away(1))),
    "22-for-an-hour-so-far": Case(lambda: chain(start=away(-1))),
    "22-since-an-hour-no-more": Case(lambda: chain(end=away(-1)), "not valid at this host's time"),
    "22-in-an-hour": Case(lambda: chain(start=away(1)), "not valid at this host's time"),
    # Signatures: RFC 5280, 6.1.3 (a) (1).
    "22-signed-in-the-name-of-its-issuer": Case(forged_leaf, "a certificate's signature is wrong"),
    "23-signed-in-the-name-of-the-root": Case(forged_issuer, "issued by nobody that is trusted"),
    # Basic constraints: RFC 5280, 6.1.4 (k) to (m).
    "24-issuer-is-no-CA": Case(lambda: below(critical(x509.BasicConstraints(False, None)), SIGN), "may not issue any"),
    "24-issuer-without-basic-constraints": Case(lambda: below(SIGN), "may not issue any"),
    "24-path-too-long": Case(lambda: context(*line(4, length=1)), "may not issue any"),
    "24-path-just-long-enough": Case(lambda: context(*line(4, length=2))),
    # Key usage: RFC 5280, 6.1.4 (n), 4.2.1.3.
    "24-no-keyCertSign": Case(lambda: below(authority(), usage("crl_sign")), "may not be used for this"),
    "24-issuer-without-key-usage": Case(lambda: below(authority())),
    "24-leaf-that-may-not-sign": Case(lambda: chain(names(NAME), usage("key_encipherment"), key=rsa_key()), "may not be used to sign"),
    "24-leaf-without-key-usage": Case(lambda: chain(names(NAME))),
    # Unknown extensions: RFC 5280, 6.1.4 (o), 6.1.5 (f).
    "24-leaf-with-a-critical-extension": Case(lambda: chain(*GOOD, critical(unknown())), "not understood"),
    "24-issuer-with-a-critical-extension": Case(lambda: below(*CA, critical(unknown())), "not understood"),
    "24-leaf-with-an-optional-extension": Case(lambda: chain(*GOOD, optional(unknown()))),
    # Name constraints: RFC 5280, 4.2.1.10.
    "24-critical-name-constraints": Case(lambda: below(*CA, critical(allowed("vpc.example"))), "not understood"),
    "24-critical-name-constraints-of-others": Case(lambda: below(*CA, critical(allowed("other.example"))), "not understood"),
    "24-optional-name-constraints-of-others": Case(lambda: below(*CA, optional(allowed("other.example")))),
    # Extended key usage: RFC 5280, 4.2.1.12.
    "25-server": Case(lambda: purposes(Purpose.SERVER_AUTH)),
    "25-server-and-client": Case(lambda: purposes(Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH)),
    "25-any": Case(lambda: purposes(Purpose.ANY_EXTENDED_KEY_USAGE)),
    "25-client": Case(lambda: purposes(Purpose.CLIENT_AUTH), "not for a server"),
    "25-client-critical": Case(lambda: purposes(Purpose.CLIENT_AUTH, is_critical=True), "not understood"),
    "25-server-critical": Case(lambda: purposes(Purpose.SERVER_AUTH, is_critical=True), "not understood"),
    "25-code-and-mail": Case(lambda: purposes(Purpose.CODE_SIGNING, Purpose.EMAIL_PROTECTION), "not for a server"),
    "25-issuer-for-clients": Case(lambda: below(*CA, optional(x509.ExtendedKeyUsage([Purpose.CLIENT_AUTH])))),
    # Algorithms: this program's profile.
    "26-issuer-signed-with-sha-1": Case(lambda: below(digest=hashes.SHA1()), "too old, or unknown"),
    "26-issuer-signed-with-md5": Case(lambda: below(digest=hashes.MD5()), "too old, or unknown"),
    "26-sha-384": Case(lambda: chain(digest=hashes.SHA384())),
    "26-sha-512": Case(lambda: chain(digest=hashes.SHA512())),
    "26-issuer-of-rsa-1024": Case(lambda: below(key=rsa_key(1024)), "shorter than 2048 bits"),
    "26-leaf-of-rsa-2048": Case(lambda: chain(key=rsa_key(2048))),
    "26-leaf-of-rsa-2047": Case(lambda: chain(key=rsa_key(2047))),
    "26-leaf-of-rsa-2040": Case(lambda: chain(key=rsa_key(2040)), "shorter than 2048 bits"),
    "26-leaf-of-P-384": Case(lambda: chain(key=curve_key(ec.SECP384R1))),
    "26-leaf-of-P-521": Case(lambda: chain(key=curve_key(ec.SECP521R1))),
    "26-issuer-of-P-521": Case(lambda: below(key=curve_key(ec.SECP521R1))),
    "26-leaf-of-Ed25519": Case(lambda: chain(key=ed25519.Ed25519PrivateKey.generate()), "handshake_failure"),
    "26-issuer-of-Ed25519": Case(lambda: below(key=ed25519.Ed25519PrivateKey.generate()), "too old, or unknown"),
    "26-issuer-of-secp256k1": Case(lambda: below(key=curve_key(ec.SECP256K1)), "too old, or unknown"),
    # Names: RFC 9525, 6.3; addresses, 6.4.
    "22-wildcard": Case(lambda: named("*.vpc.example")),
    "22-letters": Case(lambda: named("API.vpc.EXAMPLE")),
    "22-wildcard-of-two-labels": Case(lambda: named("*.example"), "for another name"),
    "22-wildcard-not-left-most": Case(lambda: named("api.*.example"), "for another name"),
    "22-wildcard-in-a-label": Case(lambda: named("a*.vpc.example", "*i.vpc.example", "*api.vpc.example"), "for another name"),
    "22-wildcard-below": Case(lambda: named("*.api.vpc.example"), "for another name"),
    "22-wildcard-alone": Case(lambda: named("*"), "for another name", "localhost"),
    "22-a-dot-at-the-end": Case(lambda: named(f"{NAME}."), "for another name"),
    "22-NUL-after-the-name": Case(lambda: named(f"{NAME}\0.evil.example"), "for another name"),
    "22-NUL-before-the-name": Case(lambda: named(f"evil.example\0{NAME}", f"\0{NAME}"), "for another name"),
    "22-no-name-but-right-CN": Case(lambda: chain(usage("digital_signature"), subject=NAME), "no subjectAltName"),
    "22-empty-list-but-right-CN": Case(lambda: named(subject=NAME), "for another name"),
    "22-empty-name-but-right-CN": Case(lambda: named("", subject=NAME), "for another name"),
    "22-as-mail-and-URI": Case(lambda: named(x509.RFC822Name(NAME), x509.UniformResourceIdentifier(NAME), subject=NAME),
                               "for another name"),
    "22-an-address": Case(lambda: named(x509.IPAddress(ipaddress.ip_address("127.0.0.1"))), "for another name", "127.0.0.1"),
    "22-an-address-as-a-name": Case(lambda: named("127.0.0.1"), host="127.0.0.1"),
}

# Where OpenSSL's verdict is another than ours, and why ours may be what it is.
STRICTER = {
    "23-root-before-its-child": "the chain must come in order (RFC 5246, 7.4.2): nothing is sorted",
    "23-junk-in-between": "the same",
    "24-leaf-that-may-not-sign": "an ECDHE handshake is signed (RFC 5280, 4.2.1.3), which OpenSSL lets any key do",
    "24-critical-name-constraints": "BearSSL knows none, so that a critical one is refused (4.2.1.10)",
    "25-server-critical": "nor does it know extended key usages, which are looked at here where they are not critical (4.2.1.12)",
    "26-leaf-of-rsa-2040": "OpenSSL finds it as strong as one of 2048 bits; of one that is shorter by less than a byte so does BearSSL",
    "26-leaf-of-Ed25519": "no such key in the profile",
    "26-issuer-of-Ed25519": "the same",
    "26-issuer-of-secp256k1": "no such curve in the profile",
    "22-an-address": "an address of iPAddress is not looked for (RFC 9525, 6.4): an API is known by its name",
}
LAXER = {
    "24-optional-name-constraints-of-others": "BearSSL passes over constraints that are not critical, which a CA must not issue (4.2.1.10)",
    "25-any": "anyExtendedKeyUsage serves, as 4.2.1.12 lets it; OpenSSL wants the server's own",
    "25-issuer-for-clients": "of an issuer the RFC asks for none (4.2.1.12): that is a custom of browsers",
    "22-an-address-as-a-name": "BearSSL looks for an address among the DNS names",
}


def verdict_of_openssl(server_side: ssl.SSLContext, host: str) -> str:
    """Why a client of it ends the handshake; empty when it does not."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.hostname_checks_common_name = False
    trusting.load_verify_locations(cadata=root().pem.decode())
    client = trusting.wrap_bio(to_client, to_server, server_hostname=host)
    peer = server_side.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (client, peer):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as why:
                return why.reason or str(why)
    assert client.version()
    return ""


def test_openssl_says_the_same_but_for_what_is_listed() -> None:
    ours = {name: (case.make(), case.host, bool(case.says)) for name, case in CASES.items()}
    # But a key that takes long to find: BearSSL has room for 4096 bits.
    ours |= {name: (make(), "localhost", True) for name, (make, _) in CERTIFICATES.items() if name != "26-rsa-8192"}
    stricter, laxer = set(), set()
    for name, (made, host, refused) in ours.items():
        theirs = verdict_of_openssl(made, host)
        if bool(theirs) != refused:
            (stricter if refused else laxer).add(name)
    assert (stricter, laxer) == (set(STRICTER), set(LAXER))


@pytest.fixture
def named_api(rig: Rig) -> Rig:
    rig.place.write("/etc/hosts", f"127.0.0.1 localhost {NAME}\n")
    return rig


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_chain(named_api: Rig, case: Case) -> None:
    rig = named_api
    with server(rig, case.make(), case.host) as options:
        run = rig.run("acquire", *options, endpoint=False, deadline=3)
    if not case.says:
        assert run.kind == "OK", run.err
        rig.is_here(ReplaceRoute=1)
        return
    assert run.kind == "TLS" and case.says in run.text and case.host in run.text, run.err
    assert not rig.asked("ec2") and rig.connections("ec2") == 1
    rig.nothing_was_written()
    rig.recovers()


def test_35_a_servers_own_certificate_in_the_bundle_issues_no_other(named_api: Rig) -> None:
    """It stands for itself alone, whatever it has signed."""
    own = leaf(issuer())
    named_api.place.write("/etc/ssl/own.pem", own.pem)

    def run(made: ssl.SSLContext) -> Run:
        with server(named_api, made, NAME) as options:
            return named_api.run("acquire", *options[:2], "--ca-bundle", "/etc/ssl/own.pem", endpoint=False, deadline=3)
    refused = run(context(leaf(own), own))
    assert refused.kind == "TLS" and not named_api.asked("ec2"), refused.err
    named_api.nothing_was_written()
    assert run(context(own)).kind == "OK"
    named_api.is_here(ReplaceRoute=1)
