"""Turns what pydantic found into plain words, each with its path in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from crmsync.receipts import Problem

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
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "value_error": "{error}",
}


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
    close = get_close_matches(wrong.lower(), names, n=1)
    hint = f'did you mean "{close[0]}"? ' if close else ""
    return f"{hint}There are: {', '.join(names)}" if names else "There are none"


def problems_of(error: ValidationError, model: type[BaseModel], *prefix: str) -> list[Problem]:
    """Every fault that pydantic found in a table, *prefix* being the table's path."""
    return [_problem(dict(one), model, prefix) for one in error.errors(include_input=False)]


def _problem(fault: Mapping[str, Any], model: type[BaseModel], prefix: tuple[str, ...]) -> Problem:
    kind, where = fault["type"], fault["loc"]
    path = key_path(*prefix, *(part for part in where if part != "[key]"))
    if kind == "extra_forbidden":
        return Problem(path, "unknown_key", _unknown(model, where))
    code = "missing_key" if kind == "missing" else "wrong_value"
    words = _WORDS.get(kind)
    if words is None:
        return Problem(path, code, str(fault["msg"]))
    return Problem(path, code, words.format(**fault.get("ctx", {})))


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
