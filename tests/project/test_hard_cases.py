from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project.pages import ROOT

CASES = {"D": 36, "S": 31, "E": 14, "T": 20, "O": 12, "N": 6, "P": 8, "U": 8, "L": 5, "B": 13}
"""How many hard cases there are of each kind: domains, strings, enums, timestamps, owners,
numbers, phones, addresses, locations, batches."""

NOT_HERE = {
    "T20": "a date of Akita's answers: with that platform",
    "O10": "Akita's roles: with that platform",
    "O11": "Atoka's assignees: with that platform",
    "O12": "Atoka's form encoding: with that platform",
}

HUBSPOT_LINES = {*range(1, 9), 12, *range(14, 22), 23, *range(25, 28)}
"""The edge cases of HubSpot that concern companies and owners; the others are about
associations, deals and activities."""

PIPEDRIVE_LINES = {*range(45, 59)}
"""The edge cases of Pipedrive, all of them."""


def sources_of_tests() -> str:
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


SOURCES = sources_of_tests()


@pytest.mark.parametrize("kind", CASES)
def test_every_hard_case_is_a_named_test(kind):
    wanted = {f"{kind}{number:02d}" for number in range(1, CASES[kind] + 1)} - NOT_HERE.keys()
    found = {f"{kind}{digits}" for digits in re.findall(rf"(?i)(?<![a-z0-9]){kind}(\d\d)", SOURCES)}

    assert wanted <= found


def test_every_edge_case_of_hubspot_companies_and_owners_is_a_named_test():
    found = {int(digits) for digits in re.findall(r"def test_s(\d\d)_", SOURCES)}

    assert found >= HUBSPOT_LINES


def test_every_edge_case_of_pipedrive_is_a_named_test():
    found = {int(digits) for digits in re.findall(r"def test_s(\d\d)_", SOURCES)}

    assert found >= PIPEDRIVE_LINES
