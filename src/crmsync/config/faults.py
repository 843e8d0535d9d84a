"""Turns what pydantic found into plain words, each with its path in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from crmsync.receipts import Problem
from crmsync.secrets import Secret

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
# What pydantic calls a fault, to what would be right. Its own words need no translation
# where they are missing here. None of them holds the value, which may be a secret.
_WORDS: Final = {
    "missing": "is required",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "finite_number": "must be a number that is not endless",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "value_error": "{error}",
}

_QUOTED: Final = {
    *("literal_error", "value_error", "int_type", "int_from_float", "float_type", "bool_type"),
    *("int_parsing", "float_parsing", "bool_parsing"),
    *("greater_than_equal", "greater_than", "less_than_equal", "less_than"),
}
# A credential in the wrong place must not be shown: words are none, nor are a few characters.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z_ ]{0,19}|.{0,4}")


def key_path(*parts: object) -> str:
    """A path in the file as TOML writes it: parts that are not bare keys are quoted."""
    texts = [f"[{part}]" if isinstance(part, int) else str(part) for part in parts]
    quoted = (
        text if isinstance(part, int) or _BARE.fullmatch(text) else f'"{text}"'
        for part, text in zip(parts, texts, strict=True)
    )
    return ".".join(quoted).replace(".[", "[")


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """A sentence that names the nearest of the names, and then all of them."""
    names = list(names)
    if not names:
        return "there are none"
    close = get_close_matches(wrong.lower(), names, n=1)
    hint = f'did you mean "{close[0]}"? There' if close else "there"
    return f"{hint} are: {', '.join(names)}"


def problems_of(error: ValidationError, model: type[BaseModel], *prefix: str) -> list[Problem]:
    """Every fault that pydantic found in a table, *prefix* being the table's path."""
    return [_problem(dict(one), model, prefix) for one in error.errors()]


def words_of(fault: Mapping[str, Any]) -> str:
    """What would be right, for one of the faults that pydantic found; never what was there."""
    words = _WORDS.get(fault["type"])
    if words is None:
        return str(fault["msg"])
    return words.format(**{name: _plain(value) for name, value in fault.get("ctx", {}).items()})


def _plain(value: object) -> object:
    """A bound without the `.0` that a whole number needs not."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _problem(fault: Mapping[str, Any], model: type[BaseModel], prefix: tuple[str, ...]) -> Problem:
    kind, where = fault["type"], fault["loc"]
    path = key_path(*prefix, *(part for part in where if part != "[key]"))
    if kind == "extra_forbidden":
        return Problem(path, "unknown_key", _unknown(model, where))
    code = "missing_key" if kind == "missing" else "wrong_value"
    return Problem(path, code, words_of(fault) + _instead(fault, model))


def _instead(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    """The value that was found, where it is plain and surely no secret."""
    *where, key = fault["loc"] or ("",)
    owner, found = _model_at(model, tuple(where)), fault["input"]
    field = owner.model_fields.get(str(key)) if owner else None
    if field is None or fault["type"] not in _QUOTED or not isinstance(found, str | int | float):
        return ""
    if Secret in (field.annotation, *get_args(field.annotation)) or str(key).endswith("url"):
        return ""
    if isinstance(found, str) and not _PLAIN.fullmatch(found):
        return ""
    shown, words = json.dumps(found, ensure_ascii=False), words_of(fault)
    told = isinstance(found, str) and (shown in words or repr(found) in words)
    return "" if told else f"; this is {shown}"


def _unknown(model: type[BaseModel], where: tuple[int | str, ...]) -> str:
    owner = _model_at(model, where[:-1])
    names = list(owner.model_fields) if owner else []
    return f"is no key here; {did_you_mean(str(where[-1]), names)}"


def _model_at(model: type[BaseModel], where: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model of the table at a location, through tables of tables."""
    here: Any = model
    for part in where:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:  # a table whose keys are names: dict[str, Model]
            here = next(iter(get_args(here)[1:]), None)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None
