"""The package that CONTRIBUTING takes for its example: its files, and what each came to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.pages import ROOT

PACKAGE = ROOT / "docs/examples/crmsync-webhook"
STEPS = {
    "pyproject.toml": 1,
    "py.typed": 1,
    "settings.py": 2,
    "fields.py": 3,
    "encoding.py": 4,
    "answers.py": 5,
    "signing.py": 6,
    "client.py": 6,
    "__init__.py": 7,
    "presets": 8,
    "tests": 9,
}
"""Which step of "How to add a destination" asked for a file, by its name or its folder's."""
_FIRST_WORDS = re.compile(r'\A(?:"""|# )([^.:\n]+[^\n]*?)(?:\.?"""|\.$|\.\s|$)', re.MULTILINE)
_LEFT_BEHIND = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


def package_files() -> list[Path]:
    """Every file of the package, sorted."""
    found = (path for path in PACKAGE.rglob("*") if path.is_file())
    return sorted(path for path in found if not _LEFT_BEHIND & set(path.parts))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def worked_example() -> Iterator[tuple[str, ...]]:
    """A row a file, by step: (step, file, lines, its first words); the sum is last."""
    rows = sorted((step_of(path), path) for path in package_files())
    for step, path in rows:
        name = path.relative_to(PACKAGE)
        yield (
            str(step) if step in STEPS.values() else "",
            f"`{name}`",
            str(lines_of(path)),
            told(path),
        )
    total = sum(lines_of(path) for _, path in rows)
    yield "", f"{len(rows)} files", f"{total:,}", ""


def step_of(path: Path) -> int:
    """The step that asked for a file; what no step asked for comes last."""
    return STEPS.get(path.parent.name) or STEPS.get(path.name) or max(STEPS.values()) + 1


def told(path: Path) -> str:
    found = _FIRST_WORDS.match(path.read_text(encoding="utf-8"))
    return found[1] if found else ""
