"""Frozen values: dataclasses that share their methods.

`dataclass(frozen=True)` writes six methods for every class and compiles them when it is imported:
for the classes of a run, an eighth of what it takes to start one (docs/adr/0012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from typing import Any, ClassVar, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Value:
    """Whose subclasses are as `dataclass(frozen=True, kw_only=True)` would make them.

    `replace`, `fields` and `asdict` of `dataclasses` serve them. With `kw_only=False` their fields
    may be given by place. What checks or derives fields when it is made (`__post_init__`,
    `init=False`) is a dataclass instead.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]
    _factories: ClassVar[dict[str, Callable[[], Any]]]

    def __init_subclass__(cls, *, kw_only: bool = True) -> None:
        super().__init_subclass__()
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        fields = cls.__dataclass_fields__.values()
        cls._defaults = {one.name: one.default for one in fields if one.default is not MISSING}
        made = ((one.name, one.default_factory) for one in fields)
        cls._factories = {name: factory for name, factory in made if factory is not MISSING}

    def __init__(self, *placed: object, **named: object) -> None:
        given = {**dict(zip(self.__match_args__, placed, strict=False)), **named}
        made = {name: make() for name, make in self._factories.items() if name not in given}
        whole = {**self._defaults, **made, **given}
        names = self.__dataclass_fields__.keys()
        if whole.keys() != names or len(given) < len(placed) + len(named):
            whole_of = f"{type(self).__name__}({', '.join(names)})"
            told = f"{len(placed)} by place and {list(named)} by name"
            raise TypeError(f"{whole_of} was given {told}")
        self.__dict__.update({name: whole[name] for name in names})

    def __repr__(self) -> str:
        fields = self.__dataclass_fields__.values()
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields if one.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _all(self) -> tuple[object, ...]:
        return tuple(map(self.__dict__.__getitem__, self.__dataclass_fields__))
