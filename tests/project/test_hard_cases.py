from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.project.pages import ROOT

CASES = {
    "D": 36,
    "S": 31,
    "E": 14,
    "T": 20,
    "O": 12,
    "N": 6,
    "P": 8,
    "U": 8,
    "L": 5,
    "B": 13,
    "A": 13,
    "G": 15,
    "K": 16,
    "X": 10,
}
"""How many hard cases there are of each kind: domains, strings, enums, timestamps, owners,
numbers, phones, addresses, locations, batches, Akita, Data Talks, Atoka, and what cuts
across all platforms."""

NOT_HERE: dict[str, str] = {}
"""Hard cases without a test, with the reason."""

SOURCE_LINES = range(1, 59)
"""The edge cases of the three CRMs: HubSpot's to 27, Salesforce's to 44, Pipedrive's after them."""


def sources_of_tests() -> str:
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


SOURCES = sources_of_tests()


@cache
def named() -> frozenset[str]:
    """Every word that may be a hard case's, in capitals."""
    words = re.sub(r"def test_s\d\d_", "", SOURCES)  # those are the CRMs' edge cases
    found = re.findall(r"(?<![A-Za-z0-9])[A-Za-z]\d\d", words)
    return frozenset(word.upper() for word in found)


@pytest.mark.parametrize("kind", CASES)
def test_every_hard_case_is_a_named_test(kind):
    wanted = {f"{kind}{number:02d}" for number in range(1, CASES[kind] + 1)} - NOT_HERE.keys()

    assert wanted <= named()


@pytest.mark.parametrize("line", SOURCE_LINES)
def test_every_edge_case_of_a_crm_is_a_named_test(line):
    assert f"def test_s{line:02d}_" in SOURCES
