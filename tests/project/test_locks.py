"""Both lock files are hashed, name no registry, and hold what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.project.pages import text_of

RUN, DEVELOP = "requirements.lock", "tests/requirements.lock"
PROJECT = tomllib.loads(text_of("pyproject.toml"))
_PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


def pinned(lock: str) -> dict[str, Version]:
    found = _PINNED.findall(text_of(lock))
    return {canonicalize_name(name): Version(version) for name, version in found}


def asked(group: str) -> Iterator[Requirement]:
    """What a dependency group asks for, those that it includes too."""
    for one in PROJECT["dependency-groups"][group]:
        if isinstance(one, dict):
            yield from asked(one["include-group"])
        else:
            yield Requirement(one)


def wanted() -> list[Any]:
    own = [Requirement(one) for one in PROJECT["project"]["dependencies"]]
    found = [(RUN, one) for one in own] + [(DEVELOP, one) for one in (*own, *asked("dev"))]
    return [pytest.param(*one, id=f"{one[0]}: {one[1]}") for one in found]


@pytest.mark.parametrize(("lock", "requirement"), wanted())
def test_a_dependency_is_locked_within_its_range(lock, requirement):
    version = pinned(lock)[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version, prereleases=True)


def test_developers_run_what_users_run():
    developed = pinned(DEVELOP)
    assert {name: developed.get(name) for name in pinned(RUN)} == pinned(RUN)


@pytest.mark.parametrize("lock", [RUN, DEVELOP])
def test_a_lock_names_no_address_and_no_index(lock):
    text = text_of(lock)
    assert "://" not in text
    assert not re.search(r"^\s*(--?\w*index|--find-links|-f |-i )", text, re.MULTILINE)


@pytest.mark.parametrize("lock", [RUN, DEVELOP])
@pytest.mark.security(65)
def test_every_locked_package_has_hashes(lock):
    packages = re.split(r"^(?=\S)", text_of(lock), flags=re.MULTILINE)
    assert [one for one in packages if "==" in one and "--hash=sha256:" not in one] == []
