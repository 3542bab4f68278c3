"""Chains of certificates that break one clause each, made one by one, as only a program makes them."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any, Optional, Union

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from region import tls

__all__ = ["CA", "Extension", "Issued", "NAME", "Purpose", "authority", "context", "critical", "curve_key", "issue", "issuer", "names",
           "optional", "root", "rsa_key", "usage"]

Key = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey]
Extension = tuple[x509.ExtensionType, bool]

NAME = "api.vpc.example"
_numbers = count(1)


@dataclass(frozen=True)
class Issued:
    """A certificate, and the key that it is about."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def critical(extension: x509.ExtensionType) -> Extension:
    return extension, True


def optional(extension: x509.ExtensionType) -> Extension:
    return extension, False


def usage(*bits: str) -> Extension:
    """Key usage: the bits by their names."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
             "crl_sign", "encipher_only", "decipher_only")
    return critical(x509.KeyUsage(**{name: name in bits for name in names}))


def authority(length: Optional[int] = None) -> Extension:
    """Basic constraints of one that may issue: so many below it, at most."""
    return critical(x509.BasicConstraints(ca=True, path_length=length))


CA = (authority(), usage("key_cert_sign", "crl_sign"))


def names(*given: Union[str, x509.GeneralName]) -> Extension:
    return optional(x509.SubjectAlternativeName([x509.DNSName(name) if isinstance(name, str) else name for name in given]))


@lru_cache(maxsize=None)
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@lru_cache(maxsize=None)
def curve_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def issue(by: Optional[Issued], extensions: Iterable[Extension] = (), *, subject: str = "", key: Optional[Key] = None,
          start: str = "2020-01-01", end: str = "2049-12-31", digest: hashes.HashAlgorithm = hashes.SHA256()) -> Issued:
    """A certificate with just these extensions, signed by `by` or by itself."""
    key = key or curve_key()
    number = next(_numbers)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject or f"number {number}")])
    made = x509.CertificateBuilder(issuer_name=by.certificate.subject if by else name, subject_name=name, public_key=key.public_key(),
                                   serial_number=number, not_valid_before=datetime.fromisoformat(start),
                                   not_valid_after=datetime.fromisoformat(end))
    for extension, is_critical in extensions:
        made = made.add_extension(extension, is_critical)
    signer = by.key if by else key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Issued(made.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest), key)


@lru_cache(maxsize=None)
def root() -> Issued:
    """The region's own, which the program is told to trust."""
    path = tls.authority()
    key = serialization.load_pem_private_key(path.with_suffix(".key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Issued(x509.load_pem_x509_certificate(path.read_bytes()), key)


def issuer(*extensions: Extension, by: Optional[Issued] = None, **more: Any) -> Issued:
    """One between the root and a server, with a key of its own kind."""
    return issue(by or root(), extensions or CA, **more)


def context(*chain: Issued) -> ssl.SSLContext:
    """A server that shows these, in this order, and has the key of the first."""
    path = tls.folder() / f"chain-{next(_numbers)}"
    private = chain[0].key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + b"".join(each.pem for each in chain))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.load_cert_chain(path)
    return made
