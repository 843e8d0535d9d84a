"""An export as rows: opened once, checked whole, read in the order of its lines."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

import orjson

from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.receipts import Problem
from crmsync.sources.file.settings import FORMATS, FileSettings

Row: TypeAlias = Mapping[str, object]

_NAMED_FAULTS: Final = 5
_BOM: Final = "\ufeff"
_LONGEST_CELL: Final = 16_000_000
_TRUE: Final = frozenset({"true", "yes", "y", "1", "x"})


class Contents(NamedTuple):
    """What a whole export holds.

    Attributes:
        live: Rows that are not marked deleted.
        columns: Every name, in the order in which they first occur.
    """

    live: int
    columns: tuple[str, ...]


def path_of(settings: FileSettings, object_name: str) -> Path:
    """The one file of an object.

    Raises:
        ConfigError: There is none, or more than one; or the name would leave the folder.
    """
    folder = Path(settings.folder)
    found = [folder / f"{object_name}{suffix}" for suffix in FORMATS]
    found = [path for path in found if path.is_file()]
    if len(found) == 1 and found[0].parent == folder:
        return found[0]
    names = ", ".join(path.name for path in found) or "none"
    message = (
        f'"{object_name}" must be one file of {", ".join(FORMATS)} in {folder}; there is {names}'
    )
    there = ", ".join(objects_in(folder)) or "no such file"
    raise ConfigError([Problem("object", "unknown_object", message)], hint=f"there is: {there}")


def objects_in(folder: Path) -> list[str]:
    """The objects that a folder holds, sorted."""
    if not folder.is_dir():
        return []
    return sorted({path.stem for path in folder.iterdir() if path.suffix in FORMATS})


class Export:
    """One file, kept open, so that one put in its place while it is read changes nothing.

    Attributes:
        version: Of the bytes: another text after each change.
        modified: When it was last changed, seconds since 1970.
    """

    def __init__(self, path: Path, settings: FileSettings) -> None:
        self._path = path
        self._settings = settings
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise FatalError(
                f"{path} cannot be read: {error.strerror}", hint="check its rights"
            ) from error
        self.version, self.modified = self._state()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def contents(self) -> Contents:
        """Look at every row.

        Raises:
            FatalError: Rows have no id, or the id of another; or the file is no such
                format. The message names the lines; nothing was read.
        """
        lines: dict[str, int] = {}
        faults: list[str] = []
        columns: dict[str, None] = {}
        live = 0
        for line, row in self.rows():
            columns.update(dict.fromkeys(row))
            key = id_of(row, self._settings)
            if not key:
                faults.append(f"line {line} has no {self._settings.id_column}")
            elif (first := lines.setdefault(key, line)) != line:
                faults.append(
                    f"line {line} has the {self._settings.id_column} of line {first}, {key}"
                )
            live += not is_deleted(row, self._settings)
        if faults:
            more = len(faults) - _NAMED_FAULTS
            shown = "; ".join(faults[:_NAMED_FAULTS]) + (f"; and {more} more" if more > 0 else "")
            raise FatalError(
                f"{self._path.name}: {shown}",
                hint="mend the file, or name the column of the ids with `id_column` in the source's table",
            )
        return Contents(live, tuple(columns))

    def columns(self) -> tuple[str, ...]:
        """Every name, in the order in which they first occur. Ids may be missing."""
        return tuple(dict.fromkeys(name for _, row in self.rows() for name in row))

    def rows(self, *, skip: int = 0) -> Iterator[tuple[int, Row]]:
        """Each row with its line's number, 1-based, after so many rows; blank lines are none.

        Raises:
            FatalError: A line is none of the format's. What came before stays read.
            RetryableError: The file was changed while it was read.
        """
        self._file.seek(0)
        lines = self._json_lines() if self._path.suffix in _JSON_LINES else self._csv_rows()
        yield from islice(lines, skip, None)
        if self._state() != (self.version, self.modified):
            raise RetryableError(
                f"{self._path.name} was changed while it was read",
                hint="run again; write exports under another name, and rename them when they "
                "are complete",
            )

    def _state(self) -> tuple[str, float]:
        state = os.fstat(self._file.fileno())
        return f"{state.st_size}-{state.st_mtime_ns}", state.st_mtime

    def _csv_rows(self) -> Iterator[tuple[int, Row]]:
        csv.field_size_limit(_LONGEST_CELL)
        text = io.TextIOWrapper(self._file, encoding=self._encoding(), newline="")
        delimiter = self._settings.delimiter or FORMATS[self._path.suffix]
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            names = self._names(next(reader, []))
            for cells in reader:
                if not any(cells):
                    continue
                if len(cells) > len(names):
                    raise self._fault(
                        reader.line_num,
                        f"has {len(cells)} cells, but the first line names {len(names)} columns",
                    )
                yield reader.line_num, dict(zip(names, cells, strict=False))
        except UnicodeDecodeError as error:
            raise FatalError(
                f"{self._path.name} is not {text.encoding}: {error.reason} at byte {error.start}",
                hint='save it as UTF-8, or say `encoding = "cp1252"` in the source\'s table',
            ) from error
        except csv.Error as error:
            raise self._fault(reader.line_num, str(error)) from error
        finally:
            text.detach()

    def _names(self, cells: list[str]) -> list[str]:
        names = [cell.lstrip(_BOM).strip() for cell in cells]
        twice = {name for name in names if names.count(name) > 1 and name}
        if twice or not any(names):
            what = f"names {', '.join(sorted(twice))} twice" if twice else "names no column"
            raise self._fault(1, what)
        return names

    def _encoding(self) -> str:
        start = self._file.read(4)
        self._file.seek(0)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        return self._settings.encoding

    def _json_lines(self) -> Iterator[tuple[int, Row]]:
        for number, line in enumerate(self._file, start=1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise self._fault(number, f"is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise self._fault(number, "is no JSON object")
            yield number, row

    def _fault(self, line: int, what: str) -> FatalError:
        return FatalError(
            f"{self._path.name}: line {line} {what}", hint="mend the file and run again"
        )


_JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})


def id_of(row: Row, settings: FileSettings) -> str:
    """A row's id as text; empty where it has none."""
    value = row.get(settings.id_column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet's 17.0
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def is_deleted(row: Row, settings: FileSettings) -> bool:
    """Whether a row is marked deleted."""
    return (
        bool(settings.deleted_column)
        and str(row.get(settings.deleted_column)).strip().lower() in _TRUE
    )
