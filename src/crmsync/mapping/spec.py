"""From what a person wrote to rules: the whole grammar, every fault at once."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

from crmsync.mapping.paths import path_fault
from crmsync.mapping.rules import (
    DROP,
    OFF,
    Const,
    Hook,
    Items,
    Join,
    Listing,
    Origin,
    Pair,
    Pairs,
    Paths,
    Rule,
    Step,
    Template,
)
from crmsync.receipts import Problem

ORIGINS = ("from", "const", "join", "template", "list", "pairs", "items", "python")
MODIFIERS = ("when", "transforms", "values", "otherwise", "default", "required")
COMPANIONS = {"separator": "join", "reads": "python"}
"""Keys that go with one origin only."""

_RULE_KEYS = (*ORIGINS, *MODIFIERS, *COMPANIONS)
_NOTHING = Rule(origin=Paths(()))
"""Stands in for a faulty rule while the other faults are looked for; never leaves here."""

_UNQUOTED: Final = 'a dotted field name is quoted in TOML: "{}" = …'


def parse_rules(
    raw: Mapping[str, object], *, path: str, fields: Collection[str] = ()
) -> tuple[dict[str, Rule], list[Problem]]:
    """Parse a mapping. *path* is where it stands in the file (`syncs.x.fields`).

    The rules are whole only where there is no problem; else they are of no use. By the names of
    the platform's *fields* it is seen where one with a dot was written without quotes.
    """
    faults = [
        Problem(at(path, name), "wrong_origin", _UNQUOTED.format(f"{name}.{next(iter(rule))}"))
        for name, rule in raw.items()
        if isinstance(rule, Mapping) and rule and _is_split(name, rule, fields)
    ]
    split = {fault.field for fault in faults}
    rules = {
        name: OFF if rule is False else _parse_rule(rule, at(path, name), faults)
        for name, rule in raw.items()
        if at(path, name) not in split
    }
    return rules, faults


def _is_split(name: str, rule: Mapping[str, object], fields: Collection[str]) -> bool:
    """Whether TOML made two keys of what is one field's name."""
    begins = any(field.startswith(f"{name}.") for field in fields)
    return begins and name not in fields and rule.keys().isdisjoint(ORIGINS)


def at(path: str, key: str | int) -> str:
    """The path of *key* below *path*, as TOML writes it."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    bare = key.replace("_", "").replace("-", "")
    return f"{path}.{key}" if bare.isalnum() and bare.isascii() else f'{path}."{key}"'


def did_you_mean(word: str, known: object) -> str:
    """` (did you mean "x"?)`, or nothing where nothing is close."""
    close = get_close_matches(word, list(known), n=1) if hasattr(known, "__iter__") else []
    return f' (did you mean "{close[0]}"?)' if close else ""


def _fault(faults: list[Problem], path: str, code: str, message: str) -> None:
    faults.append(Problem(path, code, message))


def _parse_rule(raw: object, path: str, faults: list[Problem]) -> Rule:
    if isinstance(raw, str):
        return Rule(origin=Paths((_path(raw, path, faults),)))
    if isinstance(raw, Mapping):
        return _parse_table(raw, path, faults)
    message = "a rule is a source path (text), a table, or false to switch a field off"
    if isinstance(raw, list):
        message = "write { from = […] } for the first non-empty, or { list = […] } for all"
    _fault(faults, path, "wrong_type", message)
    return _NOTHING


def _parse_table(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Rule:
    _check_keys(raw, path, faults)
    found = [key for key in ORIGINS if key in raw]
    if len(found) != 1:
        _fault(faults, path, "wrong_origin", _origin_message(found))
    origin = _ORIGIN_PARSERS[found[0]](raw, at(path, found[0]), faults) if found else Paths(())
    return Rule(
        origin=origin,
        when=_when(raw, path, faults),
        steps=_steps(raw.get("transforms", ()), at(path, "transforms"), faults),
        values=_values(raw, path, faults),
        otherwise=_constant(raw.get("otherwise", DROP), at(path, "otherwise"), faults),
        default=_default(raw, path, faults),
        required=_required(raw, path, faults),
    )


def _check_keys(raw: Mapping[str, object], path: str, faults: list[Problem]) -> None:
    for key in raw:
        if key not in _RULE_KEYS:
            hint = did_you_mean(key, _RULE_KEYS)
            _fault(faults, at(path, key), "unknown_key", f'a rule has no key "{key}"{hint}')
    for key, origin in COMPANIONS.items():
        if key in raw and origin not in raw:
            _fault(faults, at(path, key), "conflict", f'"{key}" goes with "{origin}" only')
    if "otherwise" in raw and "values" not in raw:
        message = '"otherwise" says what becomes of a value that "values" lacks: add "values"'
        _fault(faults, at(path, "otherwise"), "conflict", message)


def _origin_message(found: list[str]) -> str:
    if found:
        return f"one of {', '.join(found)} is enough: a rule has exactly one of them"
    return f"a rule has exactly one of {', '.join(ORIGINS)}"


def _path(raw: object, path: str, faults: list[Problem]) -> str:
    if not isinstance(raw, str):
        _fault(faults, path, "wrong_type", "a source path is text, like owner.email")
        return "?"
    message = path_fault(raw)
    if message:
        _fault(faults, path, "bad_path", message)
    return raw


def _array(raw: object, path: str, faults: list[Problem]) -> list[object]:
    if isinstance(raw, list) and raw:
        return raw
    _fault(faults, path, "wrong_type", "an array with at least one element is wanted here")
    return []


def _text(raw: object, path: str, faults: list[Problem]) -> str:
    if isinstance(raw, str):
        return raw
    _fault(faults, path, "wrong_type", "text is wanted here")
    return ""


def _table(
    raw: object, keys: tuple[str, ...], path: str, faults: list[Problem]
) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        _fault(faults, path, "wrong_type", f"a table with {', '.join(keys)} is wanted here")
        return {}
    for key in raw:
        if key not in keys:
            hint = did_you_mean(key, keys)
            _fault(faults, at(path, key), "unknown_key", f'no such key here: "{key}"{hint}')
    return raw


def _constant(raw: object, path: str, faults: list[Problem]) -> object:
    if isinstance(raw, list):
        return [_constant(one, at(path, i), faults) for i, one in enumerate(raw)]
    if isinstance(raw, Mapping):
        return {key: _constant(one, at(path, key), faults) for key, one in raw.items()}
    if not isinstance(raw, (str, bool, int, float)):
        message = "a constant is text, a number, true, false, or a list or table of these"
        _fault(faults, path, "wrong_type", f"{message}; write a date as text")
    elif isinstance(raw, float) and not math.isfinite(raw):
        _fault(faults, path, "wrong_type", "JSON has no such number")
    return raw


def _from(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    value = raw["from"]
    if isinstance(value, str):
        return Paths((_path(value, path, faults),))
    parts = _array(value, path, faults)
    return Paths(tuple(_path(one, at(path, i), faults) for i, one in enumerate(parts)))


def _const(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    return Const(_constant(raw["const"], path, faults))


def _parts(raw: object, path: str, faults: list[Problem]) -> tuple[Rule, ...]:
    parts = enumerate(_array(raw, path, faults))
    return tuple(_parse_rule(one, at(path, i), faults) for i, one in parts)


def _join(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    separator = _text(raw.get("separator", " "), f"{path[:-4]}separator", faults)
    return Join(_parts(raw["join"], path, faults), separator)


def _template(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    return Template(_text(raw["template"], path, faults))


def _list(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    return Listing(_parts(raw["list"], path, faults))


def _pairs(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    parts = enumerate(_array(raw["pairs"], path, faults))
    return Pairs(tuple(_pair(one, at(path, i), faults) for i, one in parts))


def _pair(raw: object, path: str, faults: list[Problem]) -> Pair:
    table = _table(raw, ("key", "value", "when"), path, faults)
    missing = [key for key in ("key", "value") if key not in table]
    if missing:
        _fault(faults, path, "missing_key", f"a pair has {' and '.join(missing)} too")
        return Pair(_NOTHING, _NOTHING)
    return Pair(
        _parse_rule(table["key"], at(path, "key"), faults),
        _parse_rule(table["value"], at(path, "value"), faults),
        _when(table, path, faults),
    )


def _items(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    parts = enumerate(_array(raw["items"], path, faults))
    return Items(tuple(_item(one, at(path, i), faults) for i, one in parts))


def _item(raw: object, path: str, faults: list[Problem]) -> Mapping[str, Rule]:
    if not isinstance(raw, Mapping) or not raw:
        _fault(faults, path, "wrong_type", "an item is a table from names to rules")
        return {}
    return {name: _parse_rule(one, at(path, name), faults) for name, one in raw.items()}


def _python(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Origin:
    reads: list[object] = []
    where = f"{path[:-6]}reads"
    if "reads" in raw:
        reads = _array(raw["reads"], where, faults)
    paths = tuple(_path(one, at(where, i), faults) for i, one in enumerate(reads))
    return Hook(_text(raw["python"], path, faults), paths)


_ORIGIN_PARSERS = {
    "from": _from,
    "const": _const,
    "join": _join,
    "template": _template,
    "list": _list,
    "pairs": _pairs,
    "items": _items,
    "python": _python,
}


def _when(raw: Mapping[str, object], path: str, faults: list[Problem]) -> str:
    return _path(raw["when"], at(path, "when"), faults) if "when" in raw else ""


def _steps(raw: object, path: str, faults: list[Problem]) -> tuple[Step, ...]:
    if isinstance(raw, (str, Mapping)):
        return _step(raw, path, faults)
    if not isinstance(raw, (list, tuple)):
        _fault(faults, path, "wrong_type", "a transform's name, { name = options }, or an array")
        return ()
    return tuple(step for i, one in enumerate(raw) for step in _step(one, at(path, i), faults))


def _step(raw: object, path: str, faults: list[Problem]) -> tuple[Step, ...]:
    if isinstance(raw, str):
        return (Step(raw),)
    if isinstance(raw, Mapping) and len(raw) == 1:
        return tuple(Step(name, _constant(o, at(path, name), faults)) for name, o in raw.items())
    message = 'one transform is "name" or { name = options }; several stand in an array'
    _fault(faults, path, "wrong_type", message)
    return ()


def _values(
    raw: Mapping[str, object], path: str, faults: list[Problem]
) -> Mapping[str, object] | None:
    if "values" not in raw:
        return None
    where, table = at(path, "values"), raw["values"]
    if not isinstance(table, Mapping) or not table:
        message = "a table from the CRM's values to the destination's is wanted here"
        _fault(faults, where, "wrong_type", message)
        return {}
    values: dict[str, object] = {}
    for key, target in table.items():
        if lookup_key(key) in values:
            _fault(faults, at(where, key), "conflict", "stands here twice: case does not count")
        values[lookup_key(key)] = _constant(target, at(where, key), faults)
    return values


def lookup_key(text: str) -> str:
    """How `values` compares: without outer blanks, in lower case, by no locale's rules."""
    return text.strip().lower()


def _default(raw: Mapping[str, object], path: str, faults: list[Problem]) -> Rule | None:
    if "default" not in raw:
        return None
    value, where = raw["default"], at(path, "default")
    if isinstance(value, Mapping):
        return _parse_table(value, where, faults)
    return Rule(origin=Const(_constant(value, where, faults)))


def _required(raw: Mapping[str, object], path: str, faults: list[Problem]) -> bool:
    value = raw.get("required", False)
    if not isinstance(value, bool):
        _fault(faults, at(path, "required"), "wrong_type", "true or false is wanted here")
    return value is True
