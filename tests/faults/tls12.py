"""A server of TLS 1.2 (RFC 5246) by hand, since only such a one can be wrong in just one place.

It has one suite, ECDHE-ECDSA with AES-128-GCM and SHA-256 on P-256 (RFC 5289, RFC 8422), and leads to the region's API: what
it decrypts goes there, over TLS again, and what comes from there goes back. Before each step of its side a test may step in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from region import tls

from .chains import Issued

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
HELLO_REQUEST, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, HELLO_DONE, FINISHED = 0, 2, 11, 12, 14, 20
WARNING, FATAL = 1, 2
SUITE, P_256, ECDSA = 0xC02B, 23, 3
SHA_1, SHA_256, SHA_384, SHA_512 = 2, 4, 5, 6
DIGESTS: dict[int, hashes.HashAlgorithm] = {SHA_1: hashes.SHA1(), SHA_256: hashes.SHA256(), SHA_384: hashes.SHA384(),
                                            SHA_512: hashes.SHA512()}
RECORD_MOST = 16384

# What the server does, in this order; "request" is when the first bytes of a request have come.
STEPS = ("hello", "certificate", "key exchange", "done", "change", "finished", "request")


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """The pseudorandom function, RFC 5246, section 5."""
    seed, made, a = label + seed, b"", label + seed
    while len(made) < length:
        a = hmac.digest(secret, a, "sha256")
        made += hmac.digest(secret, a + seed, "sha256")
    return made[:length]


def vector(data: bytes, size: int) -> bytes:
    """The data after its length in so many bytes."""
    return len(data).to_bytes(size, "big") + data


class Keys:
    """One direction's, once it is encrypted."""

    def __init__(self, key: bytes, iv: bytes):
        self._cipher, self._iv, self._number = AESGCM(key), iv, 0

    def _next(self, kind: int, length: int) -> tuple[bytes, bytes]:
        number = struct.pack(">Q", self._number)
        self._number += 1
        return number, number + struct.pack(">BHH", kind, 0x0303, length)

    def seal(self, kind: int, data: bytes) -> bytes:
        number, head = self._next(kind, len(data))
        return number + self._cipher.encrypt(self._iv + number, data, head)

    def open(self, kind: int, data: bytes) -> bytes:
        _, head = self._next(kind, len(data) - 24)
        return self._cipher.decrypt(self._iv + data[:8], data[8:], head)


@dataclass
class Session:
    """One connection. What is sent can be changed by its name before it is."""

    wire: socket.socket
    chain: tuple[Issued, ...]
    before: Mapping[str, Callable[[Session], object]] = field(default_factory=dict)
    shown: tuple[Issued, ...] | None = None  # in place of the chain
    random: bytes = field(default_factory=lambda: os.urandom(32))
    id: bytes = b""  # of the session; what this server gives out it does not know any more
    version: int = 0x0303
    suite: int = SUITE
    compression: int = 0
    extensions: bytes = b"\xff\1\0\1\0"  # renegotiation_info, RFC 5746
    curve: int = P_256
    point: bytes | None = None
    digest: int = SHA_256  # under the key exchange
    spoil: Callable[[bytes], bytes] = lambda signature: signature
    """What becomes of the signature under the key exchange, and of `finished`."""
    spoil_finished: Callable[[bytes], bytes] = lambda data: data
    behind: tuple[bytes, ...] = ()  # each piece of a reply
    alerts: list[tuple[int, int]] = field(default_factory=list)
    """The client's, level and description."""
    offered: bytes = b""
    """The id of the session that the client would take up again."""
    client_random: bytes = b""
    master: bytes = b""
    secured: bool = False

    _sent: Keys | None = None
    _received: Keys | None = None
    _said: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # Records.

    def send(self, kind: int, *records: bytes) -> None:
        """Records, of whatever size, all at once."""
        with self._lock:
            bodies = [self._sent.seal(kind, data) if self._sent else data for data in records]
            self.wire.sendall(b"".join(struct.pack(">BHH", kind, 0x0303, len(body)) + body for body in bodies))

    def say(self, kind: int, body: bytes) -> None:
        """One message of the handshake."""
        message = bytes([kind]) + vector(body, 3)
        self._said += message
        self.send(HANDSHAKE, message)

    def alert(self, level: int, description: int) -> None:
        self.send(ALERT, bytes([level, description]))

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self.wire.recv(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self) -> tuple[int, bytes]:
        kind, _, length = struct.unpack(">BHH", self._exactly(5))
        data = self._exactly(length)
        return kind, self._received.open(kind, data) if self._received else data

    def hear(self, wanted: int) -> bytes:
        """The body of the client's next record, of this kind; alerts are noted."""
        kind, data = self.receive()
        if kind == ALERT:
            self.alerts.append((data[0], data[1]))
            return self.hear(wanted)
        assert kind == wanted, (kind, wanted)
        if kind == HANDSHAKE:
            self._said += data
        return data

    # The conversation.

    def _step(self, name: str) -> None:
        self.before.get(name, lambda session: None)(self)

    def _finished(self, label: bytes) -> bytes:
        return prf(self.master, label, hashlib.sha256(self._said).digest(), 12)

    def _key_exchange(self) -> ec.EllipticCurvePrivateKey:
        own, signer = ec.generate_private_key(ec.SECP256R1()), self.chain[0].key
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        point = own.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        share = struct.pack(">BH", 3, self.curve) + vector(self.point or point, 1)
        signature = signer.sign(self.client_random + self.random + share, ec.ECDSA(DIGESTS[self.digest]))
        self.say(SERVER_KEY_EXCHANGE, share + bytes([self.digest, ECDSA]) + vector(self.spoil(signature), 2))
        return own

    def _keys(self, shared: bytes) -> tuple[Keys, Keys]:
        self.master = prf(shared, b"master secret", self.client_random + self.random, 48)
        block = prf(self.master, b"key expansion", self.random + self.client_random, 40)
        return Keys(block[:16], block[32:36]), Keys(block[16:32], block[36:])

    def handshake(self) -> None:
        heard = self.hear(HANDSHAKE)
        self.client_random, self.offered = heard[6:38], heard[39:39 + heard[38]]
        self._step("hello")
        hello = struct.pack(">H", self.version) + self.random + vector(self.id, 1) + struct.pack(">HB", self.suite, self.compression)
        self.say(SERVER_HELLO, hello + vector(self.extensions, 2))
        self._step("certificate")
        ders = (each.certificate.public_bytes(serialization.Encoding.DER) for each in (self.chain if self.shown is None else self.shown))
        self.say(CERTIFICATE, vector(b"".join(vector(der, 3) for der in ders), 3))
        self._step("key exchange")
        own = self._key_exchange()
        self._step("done")
        self.say(HELLO_DONE, b"")
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.hear(HANDSHAKE)[5:])
        received, sent = self._keys(own.exchange(ec.ECDH(), theirs))
        self.hear(CHANGE_CIPHER_SPEC)
        self._received = received
        expected = self._finished(b"client finished")
        assert self.hear(HANDSHAKE)[4:] == expected
        self._step("change")
        self.send(CHANGE_CIPHER_SPEC, b"\1")
        self._sent = sent
        self._step("finished")
        self.say(FINISHED, self.spoil_finished(self._finished(b"server finished")))
        self.secured = True

    def serve(self, api_port: int, place: Callable[..., socket.socket]) -> None:
        """Handshake, then pass on what either side says until one ends."""
        self.handshake()
        trust = ssl.create_default_context(cafile=str(tls.authority()))
        with trust.wrap_socket(place(("127.0.0.1", api_port)), server_hostname="localhost") as api:
            back = threading.Thread(target=self._pass_back, args=(api,), daemon=True)
            back.start()
            with suppress(EOFError, OSError):
                while True:
                    request = self.hear(APPLICATION)
                    self._step("request")
                    api.sendall(request)
            with suppress(OSError):
                socket.socket.shutdown(api, socket.SHUT_RDWR)
            back.join(5)

    def _pass_back(self, api: ssl.SSLSocket) -> None:
        with suppress(OSError):
            while reply := api.recv(RECORD_MOST):
                self.send(APPLICATION, reply, *self.behind)
