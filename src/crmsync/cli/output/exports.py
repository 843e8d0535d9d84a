"""Writes files that hold customers' data: 0600 from the start, CSV without formulas."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from crmsync.errors import CrmsyncError

# What a spreadsheet takes for a formula, behind white space and in full width too:
# OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection, read 2026-11-21.
_FORMULA: Final = re.compile(r"[\s\0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n\0]")


STDOUT: Final = Path("-")
"""As the name of a file: stdout, as everywhere."""


def write_private(path: Path, text: str | Iterable[str], *, fresh: bool = False) -> None:
    """Write a file that only its owner may read. A symbolic link is not followed.

    Of several texts, what comes before one that cannot be had is written.

    With *fresh*, a file that exists is left alone.

    Raises:
        CrmsyncError: It cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_EXCL if fresh else 0)
    try:
        descriptor = os.open(path, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            os.fchmod(descriptor, 0o600)
            os.ftruncate(descriptor, 0)
            file.writelines([text] if isinstance(text, str) else text)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise CrmsyncError(message, hint="name a plain file in a folder you may write") from error


def csv_text(head: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would compute is text, behind an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[_cell(row.get(name)) for name in head] for row in rows])
    return text.getvalue()


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if _FORMULA.match(str(value)) else text
