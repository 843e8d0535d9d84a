"""What is installed with crmsync, and under which licence, is what a person has looked at."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from tests.project.licences import LICENCES, told
from tests.project.pages import text_of
from tests.project.test_locks import DEVELOP, RUN, pinned

FREE = (
    "Apache", "BSD", "CNRI-Python", "ISC", "MIT", "MPL-2.0", "PSF-2.0",
)  # fmt: skip
"""What licences begin with whose code may be used beside any other, unchanged."""
ALL = {**LICENCES["locked"], **LICENCES["postgres"]}
OF_OTHER_MACHINES = set(re.findall(r"^([\w.-]+)==\S+ ; ", text_of(RUN), re.MULTILINE))


@pytest.mark.security(66)
def test_what_is_locked_is_what_is_written_down():
    assert list(LICENCES["locked"]) == sorted(pinned(RUN))
    assert LICENCES["postgres"].keys() <= pinned(DEVELOP).keys()


@pytest.mark.security(66)
@pytest.mark.parametrize("name", ALL)
def test_a_licence_is_what_the_package_tells(name):
    try:
        package = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        assert name in OF_OTHER_MACHINES
    else:
        assert told(package) == ALL[name]


def test_what_everybody_installs_may_be_used_beside_anything():
    licences = LICENCES["locked"].values()
    parts = [part.strip("()") for one in licences for part in re.split(r" AND | OR |; ", one)]
    assert [part for part in parts if not part.startswith(FREE)] == []
