"""How a transform is declared: one decorated function, its options and its docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import partial
from typing import Final, TypeAlias

from crmsync.mapping.values import AtOnce, OnTexts, Remark, Transform, to_text
from crmsync.payloads import FieldKind
from crmsync.values import Value

Parser: TypeAlias = Callable[[object], object]
"""Checks an option as written in the configuration and gives what the function takes.
Raises ValueError with what would be right."""


class Takes(Enum):
    """What a transform's function wants to be given. It is never given None."""

    TEXT = auto()
    """Text; numbers are written as text, lists are gone through element by element."""
    VALUE = auto()
    """A single value as the CRM gave it; lists are gone through element by element."""
    ANYTHING = auto()
    """Lists too, whole: the transform is about lists."""


class Option(Value):
    """One option of a transform.

    Attributes:
        name: As written in the table form, and the function's keyword.
        parse: Checks and converts what was written.
        about: What it does, and its default, for people.
        required: Whether the transform means nothing without it.
    """

    name: str
    parse: Parser
    about: str
    required: bool = False


class TransformDoc(Value):
    """What a person needs to use a transform.

    Attributes:
        name: As written in a mapping.
        options: In the order of their weight. The first is what the short form
            (`{ clip = 49 }`) sets.
        summary: One sentence.
        description: The whole docstring: input, output, what is dropped, examples.
    """

    name: str
    options: tuple[Option, ...]
    summary: str
    description: str


class Definition(Value):
    """A transform as declared.

    Attributes:
        doc: For people.
        function: Called with the value and the options as keywords.
        takes: What the function wants to be given.
        whole_table: Whether a table is the first option's value and not named options.
        plain: Gives for the plainest texts what the function gives without options, else
            None; None where the function itself is as fast.
        at_once: The same for many texts; None where that is no quicker.
        gives: The kind of field that takes every text of the shortcut without options as it
            is, unless the field is shorter than a URL may be; None where that is not certain.
    """

    doc: TransformDoc
    function: Callable[..., object]
    takes: Takes
    whole_table: bool
    plain: Callable[[str], object] | None = None
    at_once: AtOnce | None = None
    gives: FieldKind | None = None

    def compile(self, options: object) -> Transform:
        """Bind the options (None for none). Raises ValueError with what would be right."""
        return _ADAPTERS[self.takes](self.bind(options))

    def bind(self, options: object) -> Callable[..., object]:
        """The function alone, with its options: for a text it gives what `compile`'s gives."""
        keywords = self._keywords(self._named(options))
        return partial(self.function, **keywords) if keywords else self.function

    def on_texts(self, options: object) -> OnTexts:
        """What a column's texts go through; where it gives None, one takes the long way."""
        if options is not None:
            return OnTexts(self.bind(options))
        return OnTexts(self.plain or self.function, self.at_once)

    def _named(self, options: object) -> Mapping[str, object]:
        if options is None or options is True:
            return {}
        if not self.doc.options:
            raise ValueError(f'"{self.doc.name}" takes no options: write "{self.doc.name}" alone')
        first = self.doc.options[0].name
        if isinstance(options, Mapping) and not (self.whole_table and not _named(options, first)):
            return options
        return {first: options}

    def _keywords(self, named: Mapping[str, object]) -> dict[str, object]:
        known = {option.name: option for option in self.doc.options}
        for name in named:
            if name not in known:
                names = ", ".join(known) or "none"
                raise ValueError(f'"{self.doc.name}" has no option "{name}"; its options: {names}')
        for option in self.doc.options:
            if option.required and option.name not in named:
                raise ValueError(f'"{self.doc.name}" needs {option.name}: {option.about}')
        keywords = {}
        for name, value in named.items():
            try:
                keywords[name] = known[name].parse(value)
            except ValueError as error:
                raise ValueError(f'"{self.doc.name}", {name}: {error}') from error
        return keywords


def transform(
    name: str,
    *options: Option,
    takes: Takes = Takes.TEXT,
    whole_table: bool = False,
    plain: Callable[[str], object] | None = None,
    at_once: AtOnce | None = None,
    gives: FieldKind | None = None,
) -> Callable[[Callable[..., object]], Definition]:
    """Declare the decorated function as a transform; its docstring becomes the manual."""

    def declare(function: Callable[..., object]) -> Definition:
        description = inspect.cleandoc(function.__doc__ or "")
        summary = description.partition("\n")[0]
        doc = TransformDoc(name=name, options=options, summary=summary, description=description)
        return Definition(
            doc=doc,
            function=function,
            takes=takes,
            whole_table=whole_table,
            plain=plain,
            at_once=at_once,
            gives=gives,
        )

    return declare


def _named(options: Mapping[str, object], name: str) -> bool:
    """Whether a table that may be a value is `{ name = value }` written out."""
    return list(options) == [name] and isinstance(options[name], list | Mapping)


def _of_text(function: Callable[[str], object]) -> Transform:
    def apply(value: object) -> object:
        if isinstance(value, str):
            return function(value)
        if isinstance(value, list | tuple):
            return _each(apply, value)
        text = to_text(value)
        return function(text) if isinstance(text, str) else text

    return apply


def _of_value(function: Callable[[object], object]) -> Transform:
    def apply(value: object) -> object:
        if value is None:
            return None
        if isinstance(value, list | tuple):
            return _each(apply, value)
        return function(value)

    return apply


def _of_anything(function: Callable[[object], object]) -> Transform:
    def apply(value: object) -> object:
        return None if value is None else function(value)

    return apply


_ADAPTERS: Final[Mapping[Takes, Callable[[Callable[..., object]], Transform]]] = {
    Takes.TEXT: _of_text,
    Takes.VALUE: _of_value,
    Takes.ANYTHING: _of_anything,
}


def _each(apply: Transform, values: list[object] | tuple[object, ...]) -> object:
    """Go through a list. What becomes empty is left out; remarks are counted into one."""
    kept: list[object] = []
    remarks: list[Remark] = []
    for value in values:
        result = apply(value)
        if isinstance(result, Remark):
            remarks.append(result)
            result = result.value
        if result is not None:
            kept.append(result)
    if not remarks:
        return kept or None
    first = remarks[0]
    message = f"{len(remarks)} of {len(values)} values: {first.message}"
    return Remark(kept or None, first.code, message)
