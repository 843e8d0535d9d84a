from __future__ import annotations

import json

import pytest

from crmsync.cli.output.documents import document, line

NASTY = "\x1b[2J \x7f \x9b \u202e \u200b \u2028 \ufeff \u2066 \r\n é 日"


@pytest.mark.parametrize("write", [document, line])
@pytest.mark.security(27)
def test_what_a_terminal_obeys_is_escaped_and_nothing_is_changed(write):
    text = write({"name": NASTY})
    assert json.loads(text) == {"name": NASTY}
    assert not any(char in text for char in "\x1b\x7f\x9b\u202e\u200b\u2028\ufeff\u2066\r")
    assert "é 日" in text


def test_a_line_is_one_line():
    assert len(line({"a": "x\ny", "b": [1, 2]}).splitlines()) == 1


@pytest.mark.parametrize("value", ["\ud800", 2**70], ids=["lone_surrogate", "large_integer"])
def test_what_the_fast_encoder_refuses_is_written_all_the_same(value):
    assert json.loads(document({"x": value})) == {"x": value}
