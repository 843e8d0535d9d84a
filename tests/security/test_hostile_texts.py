"""What anybody can type into a web form, or a stranger into a configuration, holds nothing up."""

from __future__ import annotations

import time

import pytest

from benchmarks.mangled import try_many
from crmsync.mapping.transforms import catalogue, compile_transform

LONG = 20_000
OPTIONS = {"clip": 49, "replace": {"a": "b"}, "prefix": "x", "suffix": "x", "const": "x"}
HOSTILE = {
    "letters": "a",
    "digits": "1",
    "spaces": " ",
    "semicolons": ";",
    "dots": "a.",
    "dashes": "1-",
    "at-signs": "a@",
    "brackets": "(",
    "tags": "<a ",
    "comments": "<!--",
    "entities": "&#",
    "schemes": "http://",
    "accents": "e\u0301\u0301",
    "families": "👨‍👩‍👧",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=[f"SEC38-{name}" for name in HOSTILE])
def test_no_transform_takes_long_over_any_text(text):
    texts = [text * (LONG // len(text)), f"1 {text * (LONG // len(text))} 1x"]
    slow = []
    for one in catalogue():
        change = compile_transform(one.name, OPTIONS.get(one.name))
        began = time.process_time()
        for hostile in texts:
            change(hostile)
        slow += [one.name] if time.process_time() - began > 1.5 else []
    assert slow == []


def test_sec35_sec36_sec39_no_configuration_breaks_the_program_or_shows_its_secret():
    outcomes = try_many(100, 7)
    assert outcomes["refused"] > 50
    assert outcomes["loaded"] > 0
