"""Transforms: named, pure, documented functions from a value to a value.

Adding one is a decorated function in one of the modules below; its docstring is its manual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from crmsync.mapping.transforms import (
    addresses,
    countries,
    domains,
    links,
    lists,
    markup,
    numbers,
    phones,
    profiles,
    sizes,
    texts,
    timestamps,
)
from crmsync.mapping.transforms.definitions import Definition, TransformDoc
from crmsync.mapping.values import OnTexts, Transform
from crmsync.payloads import FieldKind

__all__ = ["TransformDoc", "catalogue", "compile_on_texts", "compile_transform", "gives"]

_MODULES = (
    domains,
    links,
    addresses,
    phones,
    profiles,
    countries,
    timestamps,
    numbers,
    sizes,
    texts,
    markup,
    lists,
)


def compile_transform(name: str, options: object = None) -> Transform:
    """Make a transform ready to be called.

    Args:
        name: As in the catalogue.
        options: As written in the mapping: None where only the name stands there, a value for
            the transform's first option, or a table of named options.

    Raises:
        ValueError: An unknown name, or options that do not fit. The message says what would
            be right; the caller adds the path in the configuration.
    """
    return _found(name).compile(options)


def compile_on_texts(name: str, options: object = None) -> OnTexts:
    """Make what gives a transform's value for texts only, or None; as `compile_transform` else."""
    return _found(name).on_texts(options)


def gives(name: str) -> FieldKind | None:
    """The kind of field that takes, as it is, every text of the shortcut without options."""
    return _found(name).gives


def _found(name: str) -> Definition:
    definition = _definitions().get(name)
    if definition is None:
        close = get_close_matches(name, _definitions(), n=1)
        hint = f'did you mean "{close[0]}"?' if close else f"there are: {', '.join(_definitions())}"
        raise ValueError(f'there is no transform "{name}"; {hint}')
    return definition


def catalogue() -> Sequence[TransformDoc]:
    """Give every transform's manual, related ones together."""
    return tuple(definition.doc for definition in _definitions().values())


@cache
def _definitions() -> Mapping[str, Definition]:
    return {
        found.doc.name: found
        for module in _MODULES
        for found in vars(module).values()
        if isinstance(found, Definition)
    }
