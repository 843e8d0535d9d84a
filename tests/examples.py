"""What properties are tried with, and how often."""

from __future__ import annotations

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
"""Every character that UTF-8 can hold. Where no alphabet is given, hypothesis finds the same ones
by encoding 1.1 million, which takes seconds in each process."""


def examples(times: float) -> settings:
    """So many times the profile's own number: fewer where one takes long, or cases are many."""
    return settings(max_examples=round(settings().max_examples * times))
