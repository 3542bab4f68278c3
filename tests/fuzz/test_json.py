"""JSON beside Python's `json`: both take a document and mean the same, or both refuse it, but for what STRICTER lists."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from .oracle import Told, mutated, told

COUNT = 6000
DEPTH = 16

# What Python takes and this program refuses, why, and how that is seen.
STRICTER: dict[str, Callable[[Told], bool]] = {
    "NaN, Infinity and -Infinity are no JSON (RFC 8259, 6)": lambda it: re.search(rb"NaN|Infinity", it.data) is not None,
    "a surrogate alone stands for no character (RFC 8259, 8.2)": lambda it: _has_surrogate(json.loads(it.data, object_pairs_hook=list)),
    "depth is limited (RFC 8259, 9)": lambda it: _depth(json.loads(it.data)) > DEPTH,
}


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, (list, tuple)) and any(map(_has_surrogate, value))


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0) if isinstance(value, (dict, list)) else 0


def meaning(data: bytes) -> Any:
    """Numbers as they are written, members in their order, of two with one name both; None: no JSON in UTF-8."""
    try:
        return "json", json.loads(data.decode("utf-8"), parse_int=str, parse_float=str, object_pairs_hook=lambda pairs: ("object", pairs))
    except ValueError:
        return None


def _value(chance: random.Random, depth: int) -> str:
    blank = chance.choice(("", "", " ", "\n\t", "\r"))
    if depth == 0 or chance.random() < 0.4:
        number = f"{chance.choice(('', '-'))}{chance.choice(('0', '7', '120'))}{chance.choice(('', '.5', '.00', 'e9', 'E-2', '.1e+3'))}"
        text = json.dumps("".join(chance.choice('a"\\/\n\x01é€\U0001f642{}[]:,') for _ in range(chance.randint(0, 6))),
                          ensure_ascii=chance.random() < 0.5)
        return blank + chance.choice((number, text, "true", "false", "null")) + blank
    inside = [_value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    is_object = chance.random() < 0.5
    if is_object:
        inside = [f"{blank}{json.dumps(chance.choice(('a', 'é', '')))}{blank}:{each}" for each in inside]
    return f"{blank}{'{' if is_object else '['}{','.join(inside) or blank}{'}' if is_object else ']'}{blank}"


def test_documents_of_the_grammar_mean_the_same() -> None:
    chance = random.Random(8259)
    for it in told("json", (_value(chance, 5).encode() for _ in range(COUNT // 3))):
        assert it.taken and meaning(it.meaning) == meaning(it.data) is not None, it


def test_changed_documents_mean_the_same_or_are_refused_by_both() -> None:
    every = told("json", mutated("json", COUNT))
    for it in every:
        theirs = meaning(it.data)
        if it.taken or theirs is None:
            assert it.taken == (theirs is not None) and (not it.taken or meaning(it.meaning) == theirs), it
        else:
            assert any(is_so(it) for is_so in STRICTER.values()), it
    assert 100 < sum(it.taken for it in every) < len(every) - 100
