"""XML beside expat, which is the parser of Python's `xml.etree`: both take a document and mean the same, or both refuse it, but for what
STRICTER and LAXER list. Name spaces are not resolved, neither here nor in this program, which drops a name's prefix."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from .oracle import Told, mutated, told

COUNT = 6000
DEPTH, NAME, ATTRIBUTES = 16, 48, 8

_NAME = rb"[A-Za-z_:][A-Za-z0-9_:.-]*"

# What expat takes and this program refuses, why (wire/xml.h: "Refused, though XML has them"), and how that is seen.
STRICTER: dict[str, Callable[[Told], bool]] = {
    "a DTD, a comment, a CDATA section": lambda it: b"<!" in it.data,
    "a processing instruction": lambda it: re.search(rb"(?<=.)<\?|\A<\?(?!xml[ \t\r\n])", it.data, re.DOTALL) is not None,
    "a byte order mark": lambda it: it.data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")),
    "a name outside ASCII": lambda it: re.search(rb"(</?|\s)[^<>\"'=&]*[\x80-\xff]", it.data) is not None,
    "a name with more than one colon, or nothing beside it": lambda it: "colon" in it.why,
    "more than its limits of depth, of a name's length, of attributes": lambda it: it.why.endswith(("too deeply", "too long", "too many attributes")),
}

# What this program takes and expat refuses: why it may, and what makes the document one that expat takes.
LAXER: dict[str, Callable[[bytes], bytes]] = {
    "of an XML declaration only where it ends is looked for: UTF-8 is taken whatever it says": lambda data: _without_declaration(data),
}


def _without_declaration(data: bytes) -> bytes:
    found = re.match(rb"<\?xml(?=[ \t\r\n])([^<>?]*)\?>", data)
    try:
        is_text = found and all(char >= " " or char in "\t\r\n" for char in found[1].decode())
    except UnicodeDecodeError:
        return data
    return b"<?xml version='1.0'?>" + data[found.end():] if found and is_text else data


def parsed(data: bytes) -> Element | None:
    parser, builder = expat.ParserCreate("utf-8"), TreeBuilder()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.start(name, attributes)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ParseError, AssertionError):
        return None


def meaning(element: Element | None) -> object:
    """What this program keeps: local names, the children, and the text behind the last one."""
    if element is None:
        return None
    text = element[-1].tail if len(element) else element.text
    return element.tag.partition(":")[2] or element.tag, [meaning(child) for child in element], text or ""


def theirs(data: bytes) -> object:
    for otherwise in LAXER.values():
        data = otherwise(data)
    return meaning(parsed(data))


def _element(chance: random.Random, depth: int) -> str:
    name = chance.choice(("a", "b", "ns:item", "_x-1.y", "routeTableSet"))
    text = "".join(chance.choice(("x", " ", "\r\n", "\r", "é", "\U0001f642", "&lt;", "&amp;", "&#65;", "&#x10FFFF;", "]]", "]")) for _ in range(chance.randint(0, 5)))
    attributes = "".join(f"{chance.choice((' ', chr(10)))}{key}{chance.choice(('=', ' = '))}{quote}v&gt;]]>{quote}"
                         for key, quote in chance.sample((("k", '"'), ("xmlns", "'"), ("p:k", '"')), chance.randint(0, 3)))
    if depth == 0 or chance.random() < 0.2:
        return f"<{name}{attributes}/>" if chance.random() < 0.5 else f"<{name}{attributes} >{text}</{name} >"
    inside = "".join(f"{_element(chance, depth - 1)}{chance.choice(('', chr(10), text))}" for _ in range(chance.randint(0, 3)))
    return f"<{name}{attributes}>{text}{inside}</{name}>"


def test_documents_of_the_grammar_mean_the_same() -> None:
    chance = random.Random(1998)
    before, after = ("", '<?xml version="1.0" encoding="UTF-8"?>\n', "\n "), ("", "\r\n ")
    made = (f"{chance.choice(before)}{_element(chance, 4)}{chance.choice(after)}".encode() for _ in range(COUNT // 3))
    for it in told("xml", made):
        assert it.taken and meaning(parsed(it.meaning)) == theirs(it.data) is not None, it


def test_changed_documents_mean_the_same_or_are_refused_by_both() -> None:
    every = told("xml", mutated("xml", COUNT)) + told("xml", mutated("ec2", COUNT // 4))
    for it in every:
        other = theirs(it.data)
        if it.taken or other is None:
            assert it.taken == (other is not None) and (not it.taken or meaning(parsed(it.meaning)) == other), it
        else:
            assert any(is_so(it) for is_so in STRICTER.values()), it
    assert 100 < sum(it.taken for it in every) < len(every) - 100
