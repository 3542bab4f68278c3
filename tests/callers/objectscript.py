"""Enough of ObjectScript to read a routine of procedures: its settings, its procedures, its calls and what they pass.

It is no interpreter. It knows strings, comments, `#define` without arguments, `Label(formals) [PUBLIC] { ... }`, and
the expressions in which a call's arguments are written: strings, numbers, macros, names, and `_` between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Value = str | int

_PAIRS = {"(": ")", "{": "}"}


class Malformed(Exception):
    """The text is no routine; the argument says where and why."""


@dataclass(frozen=True)
class Procedure:
    name: str
    formals: list[str]
    public: bool
    body: str


@dataclass
class Routine:
    """A routine's parts. In their texts there is no comment left, and a string's quotes still stand around it."""

    name: str
    macros: dict[str, str] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)

    def expand(self, text: str) -> str:
        """The text with its macros replaced."""
        def value(match: re.Match[str]) -> str:
            if match[1] not in self.macros:
                raise Malformed(f"no such macro: {match[0]}")
            return self.macros[match[1]]
        return re.sub(r"\$\$\$(\w+)", value, text)

    def evaluate(self, expression: str, names: Mapping[str, Value]) -> Value:
        """The value of strings, numbers, macros and names, joined by `_`."""
        values: list[Value] = []
        for part in split(self.expand(expression), "_"):
            if part.startswith('"'):
                values.append(part[1:-1].replace('""', '"'))
            elif re.fullmatch(r"-?\d+", part):
                values.append(int(part))
            elif part in names:
                values.append(names[part])
            else:
                raise Malformed(f"cannot tell what {part!r} is")
        return values[0] if len(values) == 1 else "".join(map(str, values))

    def calls(self, procedure: str, function: str) -> list[list[str]]:
        """The arguments of each call of a function, such as `$ZF` or `$$Label`, as they are written."""
        body = self.procedures[procedure].body
        found = []
        for match in re.finditer(re.escape(function) + r"\(", blank_strings(body), re.IGNORECASE):
            found.append(split(body[match.end():closing(body, match.end() - 1)], ","))
        return found


def strings(text: str) -> Iterator[tuple[int, int]]:
    """Where the strings are, quotes included. A doubled quote stands for one."""
    at = 0
    while (start := text.find('"', at)) >= 0:
        match = re.compile(r'"(?:[^"\n]|"")*"').match(text, start)
        if not match:
            raise Malformed(f"a string without an end: {text[start:start + 40]!r}")
        yield start, match.end()
        at = match.end()


def blank_strings(text: str) -> str:
    """The text, as long as it was, with nothing but blanks between quotes."""
    made = list(text)
    for start, end in strings(text):
        made[start + 1:end - 1] = " " * (end - start - 2)
    return "".join(made)


def closing(text: str, at: int) -> int:
    """Where the bracket that opens at `at` is closed."""
    plain = blank_strings(text)
    want: list[str] = []
    for index in range(at, len(plain)):
        if plain[index] in _PAIRS:
            want.append(_PAIRS[plain[index]])
        elif plain[index] in _PAIRS.values():
            if plain[index] != want.pop():
                raise Malformed(f"{plain[index]!r} closes the wrong bracket: {text[at:index + 1]!r}")
            if not want:
                return index
    raise Malformed(f"a bracket without an end: {text[at:at + 40]!r}")


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand in no string and no bracket."""
    plain, depth, parts, start = blank_strings(text), 0, [], 0
    for index, character in enumerate(plain + separator):
        depth += (character in _PAIRS) - (character in _PAIRS.values())
        if character == separator and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return parts


def without_comments(text: str) -> str:
    """The lines, each cut where `;` or `//` begins a comment. Quotes must be balanced within every line."""
    lines = []
    for line in text.split("\n"):
        at = 0
        while match := re.compile(r'"|;|//').search(line, at):
            if match[0] != '"':
                line = line[:match.start()]
                break
            at = next(strings(line[match.start():]))[1] + match.start()
        lines.append(line.rstrip())
    return "\n".join(lines)


def read(text: str) -> Routine:
    """A routine from its file's text; `Malformed` if it is none."""
    head, _, rest = text.partition("\n")
    match = re.fullmatch(r"ROUTINE (\w+) \[Type=MAC\]", head)
    if not match:
        raise Malformed(f"the first line is {head!r}")
    routine = Routine(match[1])
    code = without_comments(rest)
    for name, value in re.findall(r"^#define (\w+) (.*)$", code, re.MULTILINE):
        routine.macros[name] = value
    at = 0
    while label := re.compile(r"^(\w+)\(([\w, ]*)\)( PUBLIC)? (?=\{)", re.MULTILINE).search(code, at):
        end = closing(code, label.end())
        formals = [formal.strip() for formal in label[2].split(",") if formal.strip()]
        routine.procedures[label[1]] = Procedure(label[1], formals, bool(label[3]), code[label.end() + 1:end])
        code, at = code[:label.start()] + code[end + 1:], label.start()
    if left := set("{}()") & set(blank_strings(code)):
        raise Malformed(f"outside of all procedures there is {left}")
    return routine
