"""IAM policies, as far as the region enforces them: Allow, actions and resources with `*` and `?`, StringEquals.

A document that AWS would not take is refused, and so is one that says what is not known here: nothing is passed over.
Where a role has policies, it may do what one of them allows, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

# Characters of a managed policy, white space not counted.
SIZE_LIMIT = 6144

_KEYS = ("ec2:Region", "ec2:Vpc", "aws:RequestedRegion")
_ACTION = re.compile(r"(ec2|sts):[A-Za-z*?]+")
_RESOURCE = re.compile(r"\*|arn:aws[a-z-]*:(ec2:[a-z0-9*-]+:(?:[0-9]{12}|\*)|iam::[0-9]{12}):[A-Za-z0-9/+=,.@_*?-]+")


class Malformed(ValueError):
    """A document that is no policy, or one that this module does not understand."""


def _texts(value: Any, what: str) -> tuple[str, ...]:
    """One text, or a list of them, which is not empty."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise Malformed(f"{what}: {value!r}")
    if len(set(texts)) < len(texts):
        raise Malformed(f"{what} has something twice: {value!r}")
    return tuple(texts)


def _all_match(texts: Iterable[str], pattern: re.Pattern[str]) -> None:
    for text in texts:
        if not pattern.fullmatch(text):
            raise Malformed(text)


def _members(value: Any, needed: Set[str], more: Set[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(value, dict) or not needed <= value.keys() <= needed | more:
        raise Malformed(f"members other than {sorted(needed | more)}: {value!r}")
    return value


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


@dataclass(frozen=True)
class Statement:
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, value: Any) -> Statement:
        members = _members(value, {"Effect", "Action", "Resource"}, {"Sid", "Condition"})
        if members["Effect"] != "Allow" or not re.fullmatch("[A-Za-z0-9]*", sid := members.get("Sid", "")):
            raise Malformed(f"{members!r}")
        actions, resources = _texts(members["Action"], "Action"), _texts(members["Resource"], "Resource")
        _all_match(actions, _ACTION)
        _all_match(resources, _RESOURCE)
        equals = _members(members.get("Condition", {"StringEquals": {}}), {"StringEquals"})["StringEquals"]
        conditions = {key: _texts(wanted, key) for key, wanted in _members(equals, set(), set(_KEYS)).items()}
        return cls(sid, actions, resources, conditions)

    def allows(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """An action that is limited to no resource asks for "*", which only "*" allows."""
        return (any(_fits(pattern.lower(), action.lower()) for pattern in self.actions) and
                any(_fits(pattern, resource) for pattern in self.resources) and
                all(context.get(key) in wanted for key, wanted in self.conditions.items()))


@dataclass(frozen=True)
class Policy:
    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: Any) -> Policy:
        """A document, as text or as what JSON makes of it."""
        value = json.loads(document) if isinstance(document, str) else document
        if len(re.sub(r"\s", "", json.dumps(value))) > SIZE_LIMIT:
            raise Malformed(f"more than {SIZE_LIMIT} characters")
        members = _members(value, {"Version", "Statement"})
        if members["Version"] != "2012-10-17" or not isinstance(members["Statement"], list) or not members["Statement"]:
            raise Malformed("another version, or no statement")
        statements = tuple(Statement.read(each) for each in members["Statement"])
        sids = [statement.sid for statement in statements if statement.sid]
        if len(set(sids)) < len(sids):
            raise Malformed(f"a Sid stands twice: {sids}")
        return cls(statements)

    def allows(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        return any(statement.allows(action, resource, context) for statement in self.statements)
