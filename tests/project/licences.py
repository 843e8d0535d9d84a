"""The licences of what is installed with crmsync, as they are written down and as packages tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageMetadata
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.pages import ROOT, text_of

LICENCES: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    (ROOT / "tests/project/licences.toml").read_text(encoding="utf-8")
)
_LONGEST: Final = 30
"""Characters of a field that names a licence; a longer one is its text."""
_SAYS_NOTHING: Final = {"Dual License"}


def told(package: PackageMetadata) -> str:
    """A package's licence in its own words: an SPDX expression, a name, or what it is listed as."""
    if "License-Expression" in package:
        return package["License-Expression"]
    name = package["License"].strip() if "License" in package else ""
    if name and "\n" not in name and len(name) <= _LONGEST and name not in _SAYS_NOTHING:
        return name
    listed = package.get_all("Classifier") or []
    return "; ".join(one.rpartition(" :: ")[2] for one in listed if one.startswith("License"))


def rows() -> Iterator[tuple[str, str, str]]:
    """A row a package: its name, its licence, and who asks for it."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    own = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    for name, licence in LICENCES["locked"].items():
        yield f"`{name}`", licence, "crmsync" if name in own else "another of these"
    for name, licence in LICENCES["postgres"].items():
        yield f"`{name}`", licence, "the extra `postgres`, where it is installed"
