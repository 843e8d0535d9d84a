"""The mappings that ship: one file a (source, object, destination), in the person's grammar.

Other packages bring theirs by an entry point in the group `crmsync.presets`, which names a
package with a folder `presets` in it. What ships with crmsync is looked for first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable
from typing import NamedTuple

from crmsync.adapters import BROKEN_PLUGIN, MEND_PACKAGE
from crmsync.errors import ConfigError
from crmsync.receipts import Problem

PRESETS = "crmsync.presets"
_FOLDER = "presets"
_SUFFIX = ".toml"


class Preset(NamedTuple):
    """A mapping that ships."""

    source: str
    object: str
    destination: str

    @property
    def file(self) -> str:
        """What its file is called."""
        return ".".join(self) + _SUFFIX


def presets() -> list[Preset]:
    """Every preset, sorted, those of other packages among them.

    Raises:
        ConfigError: A package has no such folder, or a file in it is not called
            SOURCE.OBJECT.DESTINATION.toml.
    """
    return sorted({_named(file.name) for folder in _folders() for file in _files(folder)})


def preset_text(preset: Preset) -> str:
    """The preset's file, comments included; `presets` says which there are."""
    found = (folder.joinpath(preset.file) for folder in _folders())
    return next(file for file in found if file.is_file()).read_text(encoding="utf-8")


def load_preset(source: str, object: str, destination: str) -> dict[str, object] | None:  # noqa: A002 - the configuration's own word
    """The preset's rules as written; None where none ships for these three.

    Raises:
        ConfigError: Its file is no TOML.
    """
    preset = Preset(source, object, destination)
    try:
        return tomllib.loads(preset_text(preset))
    except StopIteration:
        return None
    except ValueError as error:  # bytes that are no UTF-8 among them
        raise _fault(f"{preset.file} is no TOML: {error}") from error


def _folders() -> Iterator[Traversable]:
    """Our own folder, then the other packages', which are looked for only when asked for."""
    yield resources.files(__package__).joinpath(_FOLDER)
    yield from map(_brought, brought_by_others())


@cache
def brought_by_others() -> tuple[EntryPoint, ...]:
    """The entry points of packages that bring presets; looked for once a process."""
    return tuple(sorted(entry_points(group=PRESETS)))


def _brought(point: EntryPoint) -> Traversable:
    try:
        folder = resources.files(point.value).joinpath(_FOLDER)
    except ImportError as error:
        raise _fault(f'"{point.name}" cannot be imported: {error}') from error
    if not folder.is_dir():
        raise _fault(f'"{point.name}" ({point.value}) has no folder {_FOLDER}')
    return folder


def _files(folder: Traversable) -> Iterator[Traversable]:
    return (file for file in folder.iterdir() if file.name.endswith(_SUFFIX))


def _named(file: str) -> Preset:
    parts = file.removesuffix(_SUFFIX).split(".")
    if len(parts) != len(Preset._fields):
        raise _fault(f"{file} is not called SOURCE.OBJECT.DESTINATION{_SUFFIX}")
    return Preset(*parts)


def _fault(message: str) -> ConfigError:
    return ConfigError([Problem(PRESETS, BROKEN_PLUGIN, message)], hint=MEND_PACKAGE)


def effective(
    preset: Mapping[str, object] | None, overrides: Mapping[str, object]
) -> dict[str, object]:
    """The preset with a person's own rules in place of, and after, its own.

    A field that was switched off stays, as false: `parse_rules` and the compiler know it.
    """
    return {**(preset or {}), **overrides}
