"""HCL, as far as a document of policies needs it: read strictly, and held to the layout that `terraform fmt` gives it.

    file      = { newline | block }
    block     = name { string } "{" newline { newline | block | attribute } "}" newline
    attribute = name "=" ( string | list ) newline
    list      = "[" { newline } [ string { "," { newline } string } [ "," ] { newline } ] "]"

A string has no escapes and no templates: what an id or an ARN never has is refused.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'(?P<string>"[^"\\$%\n]*")|(?P<name>[a-z_]+)|(?P<mark>[{}\[\],=])|(?P<newline>\n)|(?P<blank> +)')


class Malformed(ValueError):
    """No HCL, or none of this kind."""


class _Reader:
    def __init__(self, text: str):
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise Malformed(text[at:at + 40])
            if found.lastgroup != "blank":
                self.tokens.append((str(found.lastgroup), found[0]))
            at = found.end()

    def is_at(self, kind: str, text: str | None = None) -> bool:
        return bool(self.tokens) and self.tokens[0][0] == kind and text in (None, self.tokens[0][1])

    def take(self, kind: str, text: str | None = None) -> str:
        if not self.is_at(kind, text):
            raise Malformed(f"{text or kind} expected before {self.tokens[:3]}")
        return self.tokens.pop(0)[1]

    def skip(self, kind: str, text: str | None = None) -> bool:
        return self.is_at(kind, text) and bool(self.take(kind, text))

    def string(self) -> str:
        return self.take("string")[1:-1]

    def list(self) -> list[str]:
        found: list[str] = []
        self.take("mark", "[")
        while True:
            while self.skip("newline"):
                pass
            if self.skip("mark", "]"):
                return found
            found.append(self.string())
            if not self.skip("mark", ","):
                while self.skip("newline"):
                    pass
                self.take("mark", "]")
                return found

    def body(self) -> dict[str, Any]:
        """Attributes by name, and under "blocks" each block: its name, its labels, its body."""
        found: dict[str, Any] = {"blocks": []}
        while not self.is_at("mark", "}") and self.tokens:
            if self.skip("newline"):
                continue
            name = self.take("name")
            if self.skip("mark", "="):
                if name in found:
                    raise Malformed(f"{name} stands twice")
                found[name] = self.list() if self.is_at("mark", "[") else self.string()
            else:
                found["blocks"].append(self.block(name))
            self.take("newline")
        return found

    def block(self, name: str) -> tuple[str, list[str], dict[str, Any]]:
        labels = []
        while self.is_at("string"):
            labels.append(self.string())
        self.take("mark", "{")
        self.take("newline")
        body = self.body()
        self.take("mark", "}")
        return name, labels, body


def _only(body: dict[str, Any], *names: str) -> None:
    if body.keys() != {"blocks", *names}:
        raise Malformed(f"{sorted(body)} are not {sorted(names)}")


def _statement(body: dict[str, Any]) -> dict[str, Any]:
    _only(body, "sid", "effect", "actions", "resources")
    made = {"Sid": body["sid"], "Effect": body["effect"], "Action": body["actions"], "Resource": body["resources"]}
    for name, labels, inner in body["blocks"]:
        _only(inner, "test", "variable", "values")
        if (name, labels) != ("condition", []) or not isinstance(inner["values"], list):
            raise Malformed(name)
        made.setdefault("Condition", {}).setdefault(inner["test"], {})[inner["variable"]] = inner["values"]
    return made


def policies(text: str) -> dict[str, Any]:
    """The policy that Terraform makes of each data source aws_iam_policy_document, by the data source's name."""
    reader = _Reader(text)
    file = reader.body()
    if reader.tokens:
        raise Malformed(f"more: {reader.tokens[:3]}")
    _only(file)
    made = {}
    for kind, labels, body in file["blocks"]:
        _only(body)
        if kind != "data" or len(labels) != 2 or labels[0] != "aws_iam_policy_document" or any(name != "statement" for name, _, _ in body["blocks"]):
            raise Malformed(f"{kind} {labels}")
        made[labels[1]] = {"Version": "2012-10-17", "Statement": [_statement(inner) for _, _, inner in body["blocks"]]}
    return made


def formatted(text: str) -> str:
    """The same text with the blanks that `terraform fmt` would put: two for each open bracket, and equals signs below each
    other where assignments of whole values stand on lines that follow each other.
    """
    lines: list[tuple[str, str, str]] = []
    depth = 0
    for line in (line.strip() for line in text.split("\n")):
        closes = line[:1] in ("}", "]")
        indent = "  " * (depth - closes)
        depth += sum(line.count(mark) for mark in "{[") - sum(line.count(mark) for mark in "}]")
        name, equals, value = (part.strip() for part in line.partition("="))
        whole = bool(equals) and name.isidentifier() and value.count("[") == value.count("]")
        lines.append((indent, name, value) if whole else (indent, "", re.sub(r"\s*=\s*", " = ", line)))
    made = []
    for number, (indent, name, value) in enumerate(lines):
        first = last = number
        while first > 0 and lines[first - 1][1]:
            first -= 1
        while last + 1 < len(lines) and lines[last + 1][1]:
            last += 1
        width = max(len(other) for _, other, _ in lines[first:last + 1])
        made.append(f"{indent}{name.ljust(width)} = {value}" if name else (indent + value).rstrip())
    return "\n".join(made)
