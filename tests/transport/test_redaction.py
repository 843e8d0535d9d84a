"""Secrets scrubbed, terminals kept safe."""

from __future__ import annotations

import base64
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmsync.secrets import Secret
from crmsync.transport.redaction import (
    RedactingFilter,
    excerpt,
    redact,
    register,
    reveal,
    safe,
)
from tests.examples import CHARACTERS

TOKEN = 'pat-na1-c4n/ary+1"2&3=9f31c2'  # every character that some encoding changes

FORMS = {
    "plain": TOKEN,
    "percent": quote(TOKEN, safe=""),
    "percent-lower": quote(TOKEN, safe="").replace("%2F", "%2f").replace("%2B", "%2b")
    .replace("%22", "%22").replace("%3D", "%3d"),
    "percent-path": quote(TOKEN),
    "form": quote_plus(TOKEN),
    "json": json.dumps(TOKEN),
    "base64": base64.b64encode(TOKEN.encode()).decode(),
    "base64-url": base64.urlsafe_b64encode(TOKEN.encode()).decode(),
    "basic-auth": base64.b64encode(f"user:{TOKEN}".encode()).decode(),
    "basic-auth-user": base64.b64encode(f"{TOKEN}:password".encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.security(6)
def test_a_secret_is_scrubbed_in_every_form(form):
    text = f"GET /x?token={form}&a=1 failed"

    scrubbed = redact(text, TOKEN)

    assert "***" in scrubbed
    for part in (form, form[4:-4]):
        assert part not in scrubbed
    assert scrubbed.endswith("failed")


@pytest.mark.security(4, 6)
def test_a_secret_is_scrubbed_however_often_it_is_quoted():
    secret = "0123456789abcdef-\\'\""
    told = json.dumps(repr(json.dumps({"authorization": f"Bearer {secret}"})))

    assert "0123456789abcdef" not in redact(told, secret)


@given(
    st.text(CHARACTERS, max_size=9),
    st.text("abcXYZ019-_./+=", min_size=8, max_size=40),
    st.text(CHARACTERS),
)
@pytest.mark.security(6)
def test_base64_of_anything_around_a_secret_is_scrubbed(before, secret, after):
    assume(secret not in before + after)
    packed = base64.b64encode(f"{before}{secret}{after}".encode()).decode()

    scrubbed = redact(packed, secret)

    assert scrubbed != packed


def test_a_revealed_secret_is_scrubbed_from_then_on(monkeypatch):
    monkeypatch.setenv("THE_TOKEN", "canary-revealed-1")

    assert reveal(Secret("${THE_TOKEN}")) == "canary-revealed-1"
    assert redact("it is canary-revealed-1.") == "it is ***."


def test_the_longer_of_two_secrets_is_scrubbed_whole():
    assert redact("x canary-long-tail y", "canary-long", "canary-long-tail") == "x *** y"


def test_a_value_too_short_to_be_a_secret_is_left():
    assert redact("a status of 204", "204", "") == "a status of 204"


SHOWN = {
    "escape": ("a\x1b[2Jb", r"a\x1b[2Jb"),
    "osc-52": ("\x1b]52;c;eA==\x07", r"\x1b]52;c;eA==\x07"),
    "carriage-return": ("ok\rFAILED", r"ok\rFAILED"),
    "line-break": ('a\n{"level":"error"}', r'a\n{"level":"error"}'),
    "c1": ("a\x9bb", r"a\x9bb"),
    "bidi": ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
    "zero-width": ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
    "line-separator": ("a\u2028b", r"a\u2028b"),
    "nul": ("a\x00b", r"a\x00b"),
    "lone-surrogate": ("a\ud83db", r"a\ud83db"),
    "tag": ("a\U000e0041b", r"a\U000e0041b"),
    "letters-and-emoji": ("Åsa 👍 株式会社", "Åsa 👍 株式会社"),
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN.keys())
@pytest.mark.security(27, 28)
def test_what_could_move_a_terminal_is_made_visible(text, shown):
    assert safe(text) == shown


@pytest.mark.security(30)
def test_a_long_text_is_shortened_and_says_so():
    assert safe("x" * 5000, limit=10) == "xxxxxxxxxx… (5,000 characters)"


def test_a_secret_is_not_saved_by_the_cut_in_its_middle():
    register("canary-at-the-cut")

    assert "canary" not in safe("x" * 8 + "canary-at-the-cut", limit=14)


def test_an_excerpt_is_one_line_of_the_beginning():
    assert excerpt(b'{\n  "message":\t"no"\n}\n' + b" " * 9999) == '{ "message": "no" }'
    assert excerpt(b"\xff\xfe") == "��"
    assert excerpt(b"") == ""


class Lines(logging.Handler):
    """What the root handler writes: formatted lines, with the event's values."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.addFilter(RedactingFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{self.format(record)} {record.__dict__.get('values')}"


def logged(log):
    lines = Lines()
    logger = logging.getLogger("crmsync.tests.redaction")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.handlers = [lines]
    log(logger)
    return lines.text


def fail_with(secret):
    def log(logger):
        try:
            int(secret)
        except ValueError:
            logger.exception("failed")

    return log


LOGS = {
    "message": lambda logger: logger.info("GET https://x/?token=canary-logged-1"),
    "arguments": lambda logger: logger.info("GET %s as %r", "x", {"t": "canary-logged-1"}),
    "wrong-arguments": lambda logger: logger.info("GET %d", "canary-logged-1"),
    "traceback": fail_with("canary-logged-1"),
    "stack": lambda logger: logger.info("canary-logged-1", stack_info=True),
    "values": lambda logger: logger.info(
        "event",
        extra={"values": {"a": ["canary-logged-1", 1, None], "b": ValueError("canary-logged-1")}},
    ),
}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS.keys())
@pytest.mark.security(2)
def test_no_record_carries_a_secret_out(log):
    register("canary-logged-1")

    text = logged(log)

    assert "***" in text
    assert "canary-logged-1" not in text


def test_a_record_without_secrets_passes_unchanged():
    text = logged(lambda logger: logger.info("%d pages", 3, extra={"values": {"n": 1}}))

    assert text == "3 pages {'n': 1}"
