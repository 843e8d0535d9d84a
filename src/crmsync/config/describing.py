"""What each key of a settings model is for: the docstring that stands below it.

Read from the sources when it is asked for. pydantic would read them whenever a model is made,
which cost every run a twentieth of a second and serves only `init` and the JSON Schema.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from pydantic import BaseModel


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """By key, the docstring below it, or else its `Field`'s own description.

    A model without sources at hand has the latter alone.
    """
    fields = model.model_fields
    found = {name: field.description or "" for name, field in fields.items()}
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            with suppress(OSError):
                found.update((name, text) for name, text in _below(owner) if name in fields)
    return {name: text for name, text in found.items() if text}


def _below(owner: type) -> Iterator[tuple[str, str]]:
    """Each annotated name of a class that has a docstring below it, and that."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    for key, text in pairwise(tree.body if isinstance(tree, ast.ClassDef) else ()):
        match key, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                yield name, inspect.cleandoc(words)
            case _:
                pass
