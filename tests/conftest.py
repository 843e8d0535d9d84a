from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.examples import CHARACTERS

# A busy machine is no failure: how long an example takes is for benchmarks to say.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("calm", CALM, max_examples=25)
# For who changes what a property is about: pytest --hypothesis-profile=thorough tests/engine
settings.register_profile("thorough", CALM, max_examples=1_000)
settings.load_profile("calm")
st.register_type_strategy(str, st.text(CHARACTERS))

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ENOUGH = 1 << 30
"""Bytes that must be free there; the whole suite writes an eighth of them."""


def in_memory() -> bool:
    """Whether files can be in memory: a ledger waits for its disk at every step."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return False
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return runs_programs and shutil.disk_usage(MEMORY).free > ENOUGH


if in_memory():  # else where the machine has them; workers and commands inherit it
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays: nothing of it is garbage, and looking for some takes a while."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds begins first: begun last, one worker would be waited for."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
