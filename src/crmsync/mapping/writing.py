"""Rules as TOML: for `mapping show`, for `explain`, and as the form that is digested."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import singledispatch

from crmsync.mapping.rules import (
    DROP,
    Const,
    Hook,
    Items,
    Join,
    Listing,
    Off,
    Pairs,
    Paths,
    Rule,
    Template,
)

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def to_toml(rules: Mapping[str, object]) -> str:
    """A mapping as a person writes it, a line a field. Rules may be parsed or as written.

    What is parsed from it is what was given.
    """
    lines = []
    for name, rule in rules.items():
        written = unparse(rule) if isinstance(rule, Rule) else rule
        lines.append(f"{_key(name)} = {inline(written)}\n")
    return "".join(lines)


def inline(value: object) -> str:
    """A JSON value as TOML, on one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {inline(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(inline(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return _quoted(str(value))


def _key(key: str) -> str:
    return key if _BARE.match(key) else _quoted(key)


def _quoted(text: str) -> str:
    # TOML forbids a raw DEL, which JSON lets through; the other escapes are the same.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def unparse(rule: Rule) -> object:
    """The rule as it would be written: equal for equal rules, however they were written."""
    if isinstance(rule.origin, Off):
        return False
    written: dict[str, object] = _origin(rule.origin)
    if rule.when:
        written["when"] = rule.when
    if rule.steps:
        steps = [s.name if s.options is None else {s.name: s.options} for s in rule.steps]
        written["transforms"] = steps[0] if len(steps) == 1 else steps
    if rule.values is not None:
        written["values"] = dict(rule.values)
        if rule.otherwise != DROP:
            written["otherwise"] = rule.otherwise
    if rule.default is not None:
        written["default"] = _default(rule.default)
    if rule.required:
        written["required"] = True
    path = written.get("from")
    return path if len(written) == 1 and isinstance(path, str) else written


def _default(rule: Rule) -> object:
    bare = rule == Rule(origin=rule.origin)
    if isinstance(rule.origin, Const) and bare and not isinstance(rule.origin.value, Mapping):
        return rule.origin.value
    written = unparse(rule)
    return {"from": written} if isinstance(written, str) else written


@singledispatch
def _origin(origin: object) -> dict[str, object]:
    raise TypeError(f"no origin to write: {type(origin).__name__}")


@_origin.register
def _(origin: Paths) -> dict[str, object]:
    paths = origin.paths
    return {"from": paths[0] if len(paths) == 1 else list(paths)}


@_origin.register
def _(origin: Const) -> dict[str, object]:
    return {"const": origin.value}


@_origin.register
def _(origin: Join) -> dict[str, object]:
    parts = [unparse(part) for part in origin.parts]
    return {"join": parts, "separator": origin.separator}


@_origin.register
def _(origin: Template) -> dict[str, object]:
    return {"template": origin.text}


@_origin.register
def _(origin: Listing) -> dict[str, object]:
    return {"list": [unparse(part) for part in origin.parts]}


@_origin.register
def _(origin: Pairs) -> dict[str, object]:
    written: list[dict[str, object]] = []
    for pair in origin.pairs:
        entry = {"key": unparse(pair.key), "value": unparse(pair.value)}
        written.append(entry | ({"when": pair.when} if pair.when else {}))
    return {"pairs": written}


@_origin.register
def _(origin: Items) -> dict[str, object]:
    return {"items": [{name: unparse(r) for name, r in item.items()} for item in origin.items]}


@_origin.register
def _(origin: Hook) -> dict[str, object]:
    reads: dict[str, object] = {"reads": list(origin.reads)} if origin.reads else {}
    return {"python": origin.target} | reads
