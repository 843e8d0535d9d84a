"""The mappings that ship: one file a (source, object, destination), in the person's grammar."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import NamedTuple

_FOLDER = "presets"
_SUFFIX = ".toml"


class Preset(NamedTuple):
    """A mapping that ships."""

    source: str
    object: str
    destination: str


def presets() -> list[Preset]:
    """Every preset, sorted."""
    names = (file.name for file in resources.files(__package__).joinpath(_FOLDER).iterdir())
    parts = [name.removesuffix(_SUFFIX).split(".") for name in names if name.endswith(_SUFFIX)]
    return sorted(Preset(*part) for part in parts)


def preset_text(preset: Preset) -> str:
    """The preset's file, comments included."""
    name = ".".join(preset) + _SUFFIX
    return resources.files(__package__).joinpath(_FOLDER, name).read_text(encoding="utf-8")


def load_preset(source: str, object: str, destination: str) -> dict[str, object] | None:  # noqa: A002 - the configuration's own word
    """The preset's rules as written; None where none ships for these three."""
    preset = Preset(source, object, destination)
    return tomllib.loads(preset_text(preset)) if preset in presets() else None


def effective(
    preset: Mapping[str, object] | None, overrides: Mapping[str, object]
) -> dict[str, object]:
    """The preset with a person's own rules in place of, and after, its own.

    A field that was switched off stays, as false: `parse_rules` and the compiler know it.
    """
    return {**(preset or {}), **overrides}
