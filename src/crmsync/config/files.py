"""Finds the configuration file and reads it as TOML, with its permissions."""

from __future__ import annotations

import errno
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.reports import JSONObject

MAX_BYTES = 1_000_000
"""A larger file is no configuration; it is not parsed."""


_HINTS: Final = {
    errno.ENOENT: "write one with `crmsync init`, or name another with --config or $CRMSYNC_CONFIG",
    errno.EISDIR: "name the file in it, such as config.toml",
    errno.EACCES: "run crmsync as the user that owns it",
}


class ConfigFile(NamedTuple):
    """A configuration file as read.

    Attributes:
        path: Where it was.
        table: Its TOML.
        shared: Whether anybody but its owner may read or write it.
    """

    path: Path
    table: JSONObject
    shared: bool


def find_config(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration file: --config, $CRMSYNC_CONFIG, ./config.toml, the user's own.

    One that was not named but found must be the user's own or root's: whoever wrote it says where
    credentials are sent. In a folder that others write to, it may be anybody's.

    Raises:
        ConfigError: There is none, or a stranger's; the message says where it was looked for.
    """
    if explicit is not None:
        return explicit
    if named := environ.get("CRMSYNC_CONFIG"):
        return Path(named)
    home = environ.get("XDG_CONFIG_HOME") or "~/.config"
    places = (Path("config.toml"), Path(home).expanduser() / "crmsync" / "config.toml")
    for place in places:
        if place.is_file():
            return _of_ones_own(place)
    raise ConfigError(
        [Problem("config", "no_config", f"found neither {' nor '.join(map(str, places))}")],
        hint="Write one with `crmsync init`, or name one with --config or $CRMSYNC_CONFIG.",
    )


def _of_ones_own(path: Path) -> Path:
    owner = path.stat().st_uid
    if owner not in {0, os.geteuid()}:
        why = f"belongs to another user (number {owner}), who may send your credentials elsewhere"
        hint = f"if you trust it, name it: crmsync --config {path} …; else make it your own"
        raise _fault(path, "stranger", why, hint=hint)
    return path


def read_config(path: Path) -> ConfigFile:
    """Read a configuration file.

    Raises:
        ConfigError: It cannot be read, is too large, or is no TOML; the message says where.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise _fault(path, "unreadable", why, hint=_HINTS.get(error.errno or 0, "")) from error
    if len(raw) > MAX_BYTES:
        raise _fault(path, "too_large", "is larger than 1 MB, no configuration is")
    return ConfigFile(path, _parse(path, raw), bool(stat.S_IMODE(mode) & 0o077))


def _parse(path: Path, raw: bytes) -> JSONObject:
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _fault(path, "no_toml", "is not UTF-8 text") from error
    except RecursionError as error:
        raise _fault(path, "no_toml", "nests too deeply") from error
    except ValueError as error:  # a TOMLDecodeError, or a number of thousands of digits
        hint = "text stands in quotes; config.example.toml shows how every key is written"
        raise _fault(path, "no_toml", f"is not valid TOML: {error}", hint=hint) from error


def _fault(path: Path, code: str, message: str, *, hint: str = "") -> ConfigError:
    return ConfigError([Problem(str(path), code, message)], hint=hint)
