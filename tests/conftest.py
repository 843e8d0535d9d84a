from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.examples import CHARACTERS

# A busy machine is no failure: how long an example takes is for benchmarks to say.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("calm", CALM, max_examples=40)
# For who changes what a property is about: pytest --hypothesis-profile=thorough tests/engine
settings.register_profile("thorough", CALM, max_examples=1_000)
settings.load_profile("calm")
st.register_type_strategy(str, st.text(CHARACTERS))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays: nothing of it is garbage, and looking for some takes a while."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
