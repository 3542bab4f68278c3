"""A certificate authority for the run: an RSA root, an intermediate and server certificates, like AWS's chain.

Made by the `openssl` command, once per process, in a folder that goes away with the process, whatever ends that.
"""

from __future__ import annotations

import atexit
import ssl
import subprocess
import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

_KEYS = {"rsa": ["-newkey", "rsa:2048"], "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}
_EXTENSIONS = {
    "root": ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"],
    "issuer": ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"],
    "leaf": ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment",
             "extendedKeyUsage=serverAuth"],
}


_making = threading.RLock()


def _once(make: Callable[..., Any]) -> Callable[..., Any]:
    """What it makes is kept; two regions of one process never make the same at the same time."""
    kept = lru_cache(maxsize=8)(make)

    @wraps(make)
    def once(*arguments: Any) -> Any:
        with _making:
            return kept(*arguments)
    return once


# Makes the folder and removes it when its standard input ends, which is when the process that has the other end does:
# what `atexit` cannot promise. A last file may come into being while it removes them.
_KEEPER = """
trap '' HUP INT PIPE TERM
folder=$(mktemp -d -t region-tls-XXXXXXXX) || exit
echo "$folder"
cat
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"""


@_once
def folder() -> Path:
    """Where this process keeps its certificates."""
    keeper = subprocess.Popen(["sh", "-c", _KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, start_new_session=True, text=True)
    atexit.register(keeper.communicate)
    assert keeper.stdout
    path = keeper.stdout.readline().rstrip("\n")
    if not path:
        raise OSError("no temporary folder can be made for certificates")
    return Path(path)


def issue(name: str, role: str, key: str = "rsa", issuer: str | None = None, hosts: tuple[str, ...] = (),
          days: int = 2) -> Path:
    """Make NAME.pem and NAME.key for a role ("root", "issuer", "leaf"), signed by `issuer` or by itself."""
    here = folder()
    path = here / f"{name}.pem"
    extensions = list(_EXTENSIONS[role])
    if hosts:
        extensions.append("subjectAltName=" + ",".join(
            ("IP:" if host.replace(".", "").isdigit() or ":" in host else "DNS:") + host for host in hosts))
    command = ["openssl", "req", "-x509", "-nodes", "-sha256", *_KEYS[key], "-days", str(days),
               "-subj", f"/O=Region for tests/CN={hosts[0] if hosts else name}",
               "-keyout", str(here / f"{name}.key"), "-out", str(path)]
    if issuer:
        command += ["-CA", str(here / f"{issuer}.pem"), "-CAkey", str(here / f"{issuer}.key")]
    for extension in extensions:
        command += ["-addext", extension]
    # An empty configuration: openssl's own default would add a second set of extensions.
    subprocess.run([*command, "-config", "/dev/stdin"], input=b"[req]\ndistinguished_name=dn\n[dn]\n", check=True,
                   capture_output=True)
    return path


@_once
def authority() -> Path:
    """The root's certificate: what a client has to trust."""
    root = issue("root", "root")
    issue("issuer", "issuer", issuer="root")
    return root


@_once
def server_context(hosts: tuple[str, ...], leaf: str = "rsa") -> ssl.SSLContext:
    """What a server for these hosts needs: TLS 1.2 or 1.3, ECDHE, and a chain up to `authority()`."""
    authority()
    name = f"{hosts[0]}-{leaf}"
    chain = folder() / f"{name}.chain"
    chain.write_bytes(issue(name, "leaf", leaf, "issuer", hosts).read_bytes() + (folder() / "issuer.pem").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.load_cert_chain(chain, folder() / f"{name}.key")
    return context
