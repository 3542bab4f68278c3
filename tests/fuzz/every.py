"""Every input up to a length, for the four scanners: what fuzz.c claims of each of them is proved up to there.

Any bytes at all behind beginnings that lead into each of a scanner's states, and to the edge of each of its limits; and, for more of them
from the very start, inputs of those bytes that its grammar is about.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from .fuzzers import BUILD

_OK = "HTTP/1.1 200 OK\r\n"
_DEEP = "".join(f"<{chr(97 + depth)}>" for depth in range(16))

BEGINNINGS = {
    "http": ["", "HTTP/1.1 20", "HTTP/1.1 200", _OK, f"{_OK}\r", f"{_OK}A", f"{_OK}{'n' * 20}", f"{_OK}X: {'v' * 64}", f"{_OK}Content-Length:",
             f"{_OK}Content-Length: {'0' * 62}", f"{_OK}Content-Length: 2\r\n\r\n", f"{_OK}Transfer-Encoding: chunked\r\n\r\n",
             f"{_OK}Transfer-Encoding: chunked\r\n\r\n00000001", f"{_OK}Transfer-Encoding: chunked\r\n\r\n1\r\nx",
             f"{_OK}Transfer-Encoding: chunked\r\n\r\n0\r\n", f"{_OK}Connection:", f"{_OK}Date: Sun, 06 Nov 1994 08:49:3",
             "HTTP/1.1 100 \r\n\r\n" * 5 + "HTTP/1.1 100 \r\n\r"],
    "json": ["", "[", "{", '{"a"', '{"a":', "[0", "[0,", "-", "1.", "1e", '"', '"\\', '"\\u00', '"\\ud800', '"\\ud800\\u', '"\xe2', '"\xf0\x9f', "tru", "[" * 16],
    "uri": ["", "http", "http://", "https://a", "https://a:", "https://a:6553", "https://[", "https://[::1", "https://[::1]", "http://1.2.3.",
            f"http://{'a' * 63}.", f"http://{('a' * 49 + '.') * 5}a", "http://[1:2:3:4:5:6:255.255.255.25", "http://a@"],
    "xml": ["", "<?xm", "<?xml ", "<?xml ?", "<", "<a", "<a ", "<a b", "<a b=", '<a b="', '<a b="&', "<a b='c'", "<a/", "<a>", "<a>&", "<a>&#x10FFF",
            "<a>&#0000000000", "<a>]]", "<a>\r", "<a></", "<ab></a", "<a></a", "<a/>", f"<{'n' * 48}", f"<a {'n' * 48}", _DEEP, f"{_DEEP}<", f"{_DEEP}</p",
            "<a " + "".join(f"{chr(98 + i)}='' " for i in range(8)), "<a>\xe2\x82", "<a>\xef\xbf", "<a>\xf0\x9f\x99"],
}
LETTERS = {"http": "HTP/1.02 \r\n:a", "json": '[]{},:"\\u0.1-e t', "uri": "htps:/[]1.@a", "xml": "<>/a =\"&;#!?]\r"}


@dataclass(frozen=True)
class Bounds:
    any_bytes: int
    """How many bytes of any value, behind each beginning."""

    letters: int
    """How many of the grammar's bytes, from the start."""


QUICK, LONG = Bounds(1, 3), Bounds(2, 6)


def _every(grammar: str, letters: str, length: int, *beginnings: str) -> int:
    done = subprocess.run([BUILD / "every" / grammar, letters.encode("latin-1").hex() or "*", str(length),
                           *(begin.encode("latin-1").hex() for begin in beginnings)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{grammar}: {done.stderr}"
    return int(done.stdout)


def prove(grammar: str, bounds: Bounds) -> int:
    """How many inputs that were."""
    return _every(grammar, "", bounds.any_bytes, *BEGINNINGS[grammar]) + _every(grammar, LETTERS[grammar], bounds.letters, "")
