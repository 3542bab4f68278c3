"""Certificates that are not as they should be, made by `openssl ca`, which is free in dates, digests and extensions."""

from __future__ import annotations

import ssl
import subprocess
from functools import lru_cache
from pathlib import Path

from region import tls

_CONFIG = """
[ca]
default_ca = it
[it]
database = {here}/index-{name}
new_certs_dir = {here}
rand_serial = yes
unique_subject = no
policy = any
x509_extensions = extensions
copy_extensions = none
[any]
commonName = supplied
[extensions]
{extensions}
"""
_LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@lru_cache(maxsize=None)
def leaf(name: str, *, subject: str = "localhost", san: str = "DNS:localhost", start: str = "20200101000000Z", end: str = "20491231235959Z",
         digest: str = "sha256", key: tuple[str, ...] = ("rsa:2048",), issuer: str = "issuer", extensions: str = _LEAF) -> tuple[Path, Path]:
    """A server's chain and its key, as the arguments have it."""
    tls.authority()
    here = tls.folder()
    request, config, certificate, private = (here / f"{name}.{end_}" for end_ in ("csr", "cnf", "leaf", "priv"))
    (here / f"index-{name}").write_text("")
    config.write_text(_CONFIG.format(here=here, name=name, extensions=extensions + (f"subjectAltName={san}\n" if san else "")))
    _openssl("req", "-new", "-nodes", "-newkey", *key, "-subj", f"/CN={subject}", "-keyout", str(private), "-out", str(request))
    _openssl("ca", "-batch", "-notext", "-config", str(config), "-cert", str(here / f"{issuer}.pem"), "-keyfile", str(here / f"{issuer}.key"),
             "-md", digest, "-startdate", start, "-enddate", end, "-in", str(request), "-out", str(certificate))
    chain = here / f"{name}.chain"
    chain.write_bytes(certificate.read_bytes() + (here / f"{issuer}.pem").read_bytes())
    return chain, private


def strangers() -> str:
    """The name of an authority that nobody trusts."""
    if not (tls.folder() / "stranger.pem").exists():
        tls.issue("stranger", "root")
    return "stranger"


def context(chain: Path, private: Path) -> ssl.SSLContext:
    """A server that takes any key, any digest, any version."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.load_cert_chain(chain, private)
    return made


def good() -> ssl.SSLContext:
    return context(*leaf("good"))
