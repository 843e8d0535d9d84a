"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from crmsync.patterns import later


def test_a_pattern_is_compiled_when_it_is_first_used():
    broken = later("(")

    with pytest.raises(re.error, match="unterminated"):
        broken.search("x")


def test_a_later_pattern_does_what_a_pattern_does():
    letters = later("[a-z]+", re.IGNORECASE)

    assert letters.findall("a B 1 c") == ["a", "B", "c"]
    assert letters.sub("x", "a B 1") == "x x 1"
    assert letters.fullmatch("aB")
    assert letters.pattern == "[a-z]+"
