from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest

from crmsync.values import Value


class Place(Value):
    """Made by names."""

    city: str
    zips: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    token: str = field(default="", repr=False)


class Pair(Value, kw_only=False):
    left: int
    right: int = 0


class Nothing(Value):
    """Without fields."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """What `Place` is to be like."""

    city: str
    zips: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    token: str = field(default="", repr=False)


@pytest.mark.parametrize(
    "tell",
    [
        lambda kind: repr(kind(city="Ulm", token="t0ken")).replace("Model", "Place"),
        lambda kind: asdict(kind(city="Ulm", zips=("89073",))),
        lambda kind: [(one.name, one.default) for one in fields(kind)],
        lambda kind: asdict(replace(kind(city="Ulm", token="t0ken"), city="Bonn")),
        lambda kind: list(vars(kind(zips=(), city="Ulm")).items()),
        lambda kind: hash(replace(kind(city="Ulm"), notes=())),
        lambda kind: kind(city="Ulm") == kind(city="Ulm", zips=()),
        lambda kind: kind(city="Ulm") == kind(city="Bonn"),
        lambda kind: kind(city="Ulm") == "Ulm",
        lambda kind: kind.__match_args__,
        lambda kind: kind.__doc__ is not None,
    ],
    ids=["repr", "dict", "fields", "replace", "vars", "hash", "eq", "ne", "other", "match", "doc"],
)
def test_a_value_is_as_a_frozen_dataclass_of_the_same_fields(tell: Callable[[type], object]):
    assert tell(Place) == tell(Model)


def test_values_of_two_classes_are_not_equal():
    assert Place(city="Ulm") != Model(city="Ulm")
    assert Nothing() == Nothing()
    assert {Pair(1), Pair(1, 0), Pair(1, right=0)} == {Pair(1)}


@pytest.mark.parametrize("change", [setattr, lambda one, name, _: delattr(one, name)])
@pytest.mark.parametrize("name", ["city", "zips", "unheard"])
def test_nothing_of_a_value_changes(change, name):
    one = Place(city="Ulm")
    with pytest.raises(FrozenInstanceError, match=name):
        change(one, name, "Bonn")
    assert one == Place(city="Ulm")


def test_what_a_factory_makes_is_each_values_own():
    assert Place(city="Ulm").notes is not Place(city="Ulm").notes


@pytest.mark.parametrize(
    ("kind", "placed", "named"),
    [
        (Place, (), {"zips": ()}),
        (Place, ("Ulm",), {}),
        (Place, (), {"city": "Ulm", "town": "Ulm"}),
        (Pair, (), {}),
        (Pair, (1, 2, 3), {}),
        (Pair, (1,), {"left": 2}),
    ],
    ids=["lacking", "by place", "unknown", "none", "too many", "twice"],
)
def test_what_does_not_make_a_value_is_told_without_what_it_holds(kind, placed, named):
    with pytest.raises(
        TypeError, match=rf"^{kind.__name__}\(\w+.* by place and .* by name$"
    ) as told:
        kind(*placed, **named)
    assert "Ulm" not in str(told.value)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_value_is_copied_whole(copied):
    assert copied(Place(city="Ulm", zips=("89073",))) == Place(city="Ulm", zips=("89073",))
