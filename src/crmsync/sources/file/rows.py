"""An export as rows: opened once, checked whole, read in the order of its lines."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

import orjson

from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.receipts import Problem
from crmsync.sources.file.ids import Faults, Ids, id_of, is_rounded
from crmsync.sources.file.settings import FORMATS, FileSettings

Row: TypeAlias = Mapping[str, object]

_LONGEST: Final = 16_000_000
"""Characters of a cell or bytes of a line: one without an end would fill the memory."""
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
    found = [path for path in found if os.path.isfile(path)]  # noqa: PTH113 - Path's raises where a folder is closed or a name too long
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
        version: Of the bytes, and of the settings that say what they mean: another text
            after each change of either.
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
        """Look at every row. It costs about nine bytes a row, and one more reading at a fault.

        Raises:
            FatalError: Rows have no id, or the id of another; or the file is no such
                format. The message names the lines; nothing was read.
        """
        ids, faults = Ids(), Faults()
        columns: dict[str, None] = {}
        name = self._settings.id_column
        live = 0
        for line, row in self.rows():
            columns.update(dict.fromkeys(row))
            key = id_of(row, self._settings)
            if not key:
                faults.add(line, f"has no {name}")
            elif is_rounded(key):
                faults.add(line, f"has the {name} {key}, which a spreadsheet has rounded")
            ids.add(key)
            live += not is_deleted(row, self._settings)
        if twice := ids.twice():
            self._name_twice(twice, faults)
        if faults:
            raise FatalError(
                f"{self._path.name}: {faults}",
                hint="mend the file, or name the column of the ids with `id_column` in the "
                "source's table",
            )
        return Contents(live, tuple(columns))

    def _name_twice(self, twice: frozenset[int], faults: Faults) -> None:
        """Find the lines of ids that come twice, as far as faults are named."""
        first: dict[str, int] = {}
        for line, row in self.rows():
            key = id_of(row, self._settings)
            if key and hash(key) in twice and (came := first.setdefault(key, line)) != line:
                faults.add(line, f"has the {self._settings.id_column} of line {came}, {key}")

    def columns(self) -> tuple[str, ...]:
        """Every name, in the order in which they first occur. Ids may be missing."""
        return tuple(dict.fromkeys(name for _, row in self.rows() for name in row))

    def rows(self, *, skip: int = 0) -> Iterator[tuple[int, Row]]:
        """Each row with its line's number, 1-based, after so many rows; blank lines are none.

        Raises:
            FatalError: A line is none of the format's. What came before stays read.
            RetryableError: The file was changed while it was read, or its disk failed.
        """
        try:
            self._file.seek(0)
            lines = self._json_lines() if self._path.suffix in _JSON_LINES else self._csv_rows()
            yield from islice(lines, skip, None)
        except OSError as error:
            raise RetryableError(
                f"{self._path} cannot be read on: {error.strerror}",
                hint="run again; if it stays so, look at the disk, or the share, that it is on",
            ) from error
        if self._state() != (self.version, self.modified):
            raise RetryableError(
                f"{self._path.name} was changed while it was read",
                hint="run again; write exports under another name, and rename them when they "
                "are complete",
            )

    def _state(self) -> tuple[str, float]:
        state = os.fstat(self._file.fileno())
        meant = blake2b(self._settings.model_dump_json().encode(), digest_size=4).hexdigest()
        return f"{state.st_size}-{state.st_mtime_ns}-{meant}", state.st_mtime

    def _csv_rows(self) -> Iterator[tuple[int, Row]]:
        csv.field_size_limit(_LONGEST)
        text = io.TextIOWrapper(self._file, encoding=self._encoding(), newline="")
        delimiter = self._settings.delimiter or FORMATS[self._path.suffix]
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
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
                if lines.cut and len(cells) < len(names):
                    raise self._fault(
                        reader.line_num,
                        f"is the last one, has {len(cells)} of {len(names)} cells and no end: the "
                        "file seems cut off",
                    )
                yield reader.line_num, dict(zip(names, cells, strict=False))
        except UnicodeError as error:
            raise FatalError(
                f"{self._path.name} is not {text.encoding}: {error}",
                hint='save it as UTF-8, or say `encoding = "cp1252"` in the source\'s table',
            ) from error
        except csv.Error as error:
            raise self._fault(lines.number, str(error)) from error
        finally:
            text.detach()

    def _names(self, cells: list[str]) -> list[str]:
        names = [cell.strip() for cell in cells]
        twice = {name for name in names if names.count(name) > 1 and name}
        if twice or not any(names):
            what = f"names {', '.join(sorted(twice))} twice" if twice else "names no column"
            raise self._fault(1, what)
        return names

    def _encoding(self) -> str:
        start = self._file.read(4)
        self._file.seek(0)
        marked = (name for mark, name in _MARKS.items() if start.startswith(mark))
        return next(marked, self._settings.encoding)

    def _json_lines(self) -> Iterator[tuple[int, Row]]:
        if self._file.read(3) != codecs.BOM_UTF8:
            self._file.seek(0)
        lines = iter(lambda: self._file.readline(_LONGEST), b"")
        for number, line in enumerate(lines, start=1):
            if len(line) == _LONGEST:
                raise self._fault(number, f"has more than {_LONGEST:,} bytes")
            if line.isspace():
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


class _Lines:
    """A text's lines, none of them longer than may be.

    Attributes:
        number: Of the line asked for last, 1-based.
        cut: Whether the line given last has no end: it is the text's last one.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST):
            self.number += 1
            if len(line) == _LONGEST:
                raise csv.Error(f"has more than {_LONGEST:,} characters")
            self.cut = not line.endswith(("\n", "\r"))
            yield line


_JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins as UTF-16's does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def is_deleted(row: Row, settings: FileSettings) -> bool:
    """Whether a row is marked deleted."""
    return (
        bool(settings.deleted_column)
        and str(row.get(settings.deleted_column)).strip().lower() in _TRUE
    )
