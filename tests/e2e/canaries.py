"""Credentials that would be known again anywhere, and a search of all that e2e tests leave behind.

Each process of the tests makes a mark of its own, by chance, which stands at the beginning of every
credential that a test configures. Percent-encoding and JSON leave the mark as it is; what base64
makes of it, at each of its three alignments, is looked for too.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

MARK: Final = f"c{secrets.token_hex(7)}"
_AWKWARD: Final = "/+=&%\"'\\"
"""Characters that one encoding or another changes."""

# What the simulators give to those who sign in: sessions of Salesforce, tokens of Pipedrive.
_GIVEN: Final = (b"!AQ", b"v1u:made-up-")
_PLAIN: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z (?:DEBUG  |INFO   ) ")


LITERAL: Final = ("--datatalks-secret-access-key", "sandbox")
"""Of a sandbox whose configuration is another's, with what signs written there: no canary."""


def canary(name: str) -> str:
    """A credential for one place, of no other's value; ids are plain, as those of accounts are."""
    return f"{MARK}-{name.lower()}{'' if name.endswith('_ID') else _AWKWARD}"


def canaries(*names: str) -> Mapping[str, str]:
    """One for each of these variables."""
    return {name: canary(name) for name in names}


def _needles(mark: str) -> tuple[bytes, ...]:
    whole = mark.encode()
    found = {whole, whole.upper(), whole.hex().encode(), whole[::-1]}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + whole)
        # Without the characters that what stands before and behind has a part in.
        found.add(coded[-(-before * 8 // 6) : (before + len(whole)) * 8 // 6])
    return tuple(found)


NEEDLES: Final = (*_needles(MARK), *_GIVEN)


def shown(text: str | bytes) -> str:
    """Where a credential shows, with what stands around it; empty where none does."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    for needle in NEEDLES:
        at = data.find(needle)
        if at >= 0:
            return repr(data[max(at - 120, 0) : at + 120])
    return ""


def must_not_show(text: str | bytes, where: str) -> None:
    """Fail where a credential shows."""
    found = shown(text)
    assert not found, f"a credential shows in {where}: {found}"


def search(folder: Path, homes: Iterable[Path] = ()) -> int:
    """Search every file of a folder but the *homes* of credentials; gives how many were read.

    The names of files are searched as well.
    """
    searched = 0
    for path in folder.rglob("*"):
        must_not_show(str(path.relative_to(folder)), "a file's name")
        if path.is_file() and not path.is_symlink() and path not in homes:
            must_not_show(path.read_bytes(), str(path))
            searched += 1
    return searched


def without_events(err: str) -> str:
    """What a command told people: stderr without the lines that only --log-level debug adds."""
    return "".join(line for line in err.splitlines(keepends=True) if not _PLAIN.match(line))
