"""Every row of the fault matrix is shown by a test, or left out for a reason."""

from __future__ import annotations

import re

import pytest

from tests.project.matrix import matrix, rows_of, shown

TABLE = "pytest.mark.parametrize"
COUNTS = {"F": 114, "SEC": 68, "I": 27}


def every_row() -> set[str]:
    return {row for letters in COUNTS for row in matrix()[letters]}


@pytest.mark.parametrize("letters", COUNTS)
def test_each_number_has_a_title(letters):
    wanted = [f"{letters}{number}" for number in range(1, COUNTS[letters] + 1)]
    assert list(matrix()[letters]) == wanted


def test_every_row_is_either_shown_or_left_out_for_a_reason():
    assert every_row() - shown().keys() == matrix()["left_out"].keys()


def test_no_test_names_a_row_that_is_none():
    assert shown().keys() <= every_row()


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("def test_f51_it_holds(): ...", {"F51"}),
        ("def test_sec7_and_f9_hold(): ...", {"SEC7", "F9"}),
        ("@pytest.mark.fault(1, 2)\ndef test_it(): ...", {"F1", "F2"}),
        (f"@{TABLE}(ids=['SEC16 a link'])\ndef test_it(a): ...", {"SEC16"}),
        (f"A = [param(1, marks=mark.fault(8))]\n@{TABLE}(A)\ndef test_it(a): ...", {"F8"}),
        ("pytestmark = pytest.mark.invariant(3)\ndef test_it(): ...", {"I3"}),
        ("@pytest.mark.security(5)\nclass TestIt:\n def test_it(self): ...", {"SEC5"}),
        (f"@{TABLE}(['1F51', 'f', 'F0'])\ndef test_half1_of_it(a): ...", set()),
    ],
)  # fmt: skip
def test_a_test_names_its_rows_by_markers_and_words(source, rows):
    assert set().union(*rows_of(source).values()) == rows


def test_a_title_is_a_line():
    titles = [title for letters in COUNTS for title in matrix()[letters].values()]
    assert [title for title in titles if len(title) > 100 or re.search(r"[|\n]", title)] == []
