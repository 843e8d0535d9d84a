"""Decisions and changes are written down in their form."""

from __future__ import annotations

import re

import pytest

from tests.project.pages import ROOT, headings, text_of

DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
PARTS = ("**Context.**", "**Decision.**", "**Given up.**", "**Wrong if**")
KINDS = ("Security", "Removed", "Deprecated", "Added", "Changed", "Fixed")
A_PAGE = 60


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts_in_order_on_a_page(path):
    text = path.read_text(encoding="utf-8")
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    assert len(text.splitlines()) <= A_PAGE


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    for number, path in zip(numbers, DECISIONS, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_the_changelog_has_what_is_not_released_yet():
    changes = text_of("CHANGELOG.md")
    assert headings(changes)[0] == "Unreleased"
    assert set(re.findall(r"^### (.+)$", changes, re.MULTILINE)) <= set(KINDS)
