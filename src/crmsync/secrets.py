"""Secrets: references in the configuration, values only where a request is made."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from typing_extensions import override

from crmsync.errors import ConfigError
from crmsync.receipts import Problem

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema
    from pydantic_core.core_schema import ValidationInfo

MASK = "***"
FOLDER = "folder"
"""The key of pydantic's validation context that holds the configuration file's folder."""

# "$CREDENTIALS_DIRECTORY is considered the primary interface to look for credentials": it is
# another folder in each unit. https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html,
# LoadCredential=, read 2026-11-22.
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Secret:
    """A credential. Its value shows in no repr, string, pickle or JSON.

    It is made from a reference, `"${NAME}"` or `"file:PATH"`, and looked up when `reveal`
    is called, so that commands which need no credential ask for none. Literal text works
    too; `literal` tells, so that a warning can be given. A relative PATH begins at *folder*, one
    that begins with `${CREDENTIALS_DIRECTORY}/` where systemd keeps the unit's credentials.
    Two are equal where they refer to the same, whatever is found there.
    """

    __slots__ = ("_folder", "_reference")

    def __init__(self, reference: str, *, folder: Path = Path()) -> None:
        self._reference = reference
        self._folder = folder

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self._reference, self._folder) == (other._reference, other._folder)

    @override
    def __hash__(self) -> int:
        return hash((self._reference, self._folder))

    @property
    def literal(self) -> bool:
        """Whether the value itself stands in the configuration."""
        return not (_ENV.fullmatch(self._reference) or self._reference.startswith("file:"))

    def reveal(self) -> str:
        """Give the value, looked up now.

        Raises:
            ConfigError: The variable is not set, the file cannot be read, or the value is
                empty or has characters that no header may carry. The message names the
                reference, never the value.
        """
        value = self._look_up().strip()
        if not value:
            raise self._fault(f"{self._where()} is empty", "give it the credential")
        if not value.isascii() or not value.isprintable():
            raise self._fault(
                f"{self._where()} holds characters that no credential has",
                "check for line breaks or quotes copied with it",
            )
        return value

    def replace(self, value: str) -> None:
        """Write a new value where the old one came from: a rotated token outlives the run.

        Raises:
            ConfigError: It came from no file, or the file cannot be written; the old value
                still stands there. The message names the reference, never the value.
        """
        if not self._reference.startswith("file:"):
            raise self._fault(
                f"{self._where()} was replaced by the platform, and cannot be written back",
                "keep it in a file of its own, readable by you alone: file:PATH",
            )
        path = self._path()
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            fresh.unlink(missing_ok=True)  # of a process of this number that was killed
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{value}\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise self._fault(f"{path} cannot be written", "check its folder's rights") from error

    def _path(self) -> Path:
        named = self._reference.removeprefix("file:")
        kept = named.removeprefix(f"${{{_CREDENTIALS}}}/")
        if kept == named:
            return self._folder / Path(named).expanduser()
        folder = os.environ.get(_CREDENTIALS)
        if not folder:
            raise self._fault(
                f"${_CREDENTIALS} is not set, where systemd keeps a unit's credentials",
                "start crmsync by its unit, or by hand with `systemd-run -p LoadCredential=…`, as "
                "docs/operations.md shows",
            )
        return Path(folder) / kept

    def _look_up(self) -> str:
        if match := _ENV.fullmatch(self._reference):
            value = os.environ.get(match[1])
            if value is None:
                raise self._fault(f"${match[1]} is not set", f"export {match[1]}=…")
            return value
        if self._reference.startswith("file:"):
            path = self._path()
            try:
                return path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise self._fault(f"{path} cannot be read", "check the path") from error
        return self._reference

    def _where(self) -> str:
        return "the literal secret" if self.literal else self._reference

    @staticmethod
    def _fault(message: str, hint: str) -> ConfigError:
        return ConfigError([Problem("secret", "secret_unavailable", message)], hint=hint)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not written anywhere"
        raise TypeError(msg)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415 - only the configuration needs it

        def made(reference: str, info: ValidationInfo) -> Secret:
            return cls(reference, folder=(info.context or {}).get(FOLDER, Path()))

        return core_schema.with_info_after_validator_function(
            made, core_schema.str_schema(min_length=1)
        )
