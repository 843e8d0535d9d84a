from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from crmsync.alerts.messages import encoded, told, trial
from crmsync.alerts.standing import Reason, Trouble
from crmsync.transport.redaction import register
from tests.alerts.conftest import reported
from tests.project.pages import blocks, text_of

SINCE = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
BAD = Trouble(since=SINCE, times=2, bad=True)


def body(code=7, reason=Reason.FAILING, trouble=BAD, **facts):
    return told(reason, trouble, reported(code, **facts).to_json(), "run-1")


FAILS = "crmsync: main fails since 2026-11-22T02:15:00.000Z (2 times): "
TEXTS = {
    FAILS + "the token expired; make a new one. Next: mend the credential or scope that the error "
    "names; `crmsync check --sync main` tries it": body(),
    FAILS + "went blank. Next: look in the CRM first; `crmsync dry-run --full --sync main` shows "
    "what would be sent; if it is meant, `crmsync run --sync main --allow blank`": body(
        6, error="went blank", guard="blank"
    ),
    "crmsync: main is well again; it was failing since 2026-11-22T02:15:00.000Z": body(
        0, trouble=replace(BAD, bad=False, ended=SINCE)
    ),
    "crmsync: main has 120 records in quarantine. Next: `crmsync quarantine list --sync main` has "
    "the reasons": body(3, Reason.QUARANTINE, quarantined=120),
    "crmsync: main has not succeeded for too long. Next: `crmsync status --sync main`: does cron "
    "or the daemon still start it?": body(9, Reason.STALE),
}


@pytest.mark.parametrize(
    "text", TEXTS, ids=["failing", "guard", "recovered", "quarantine", "stale"]
)
def test_the_text_says_what_happened_and_what_to_do_next(text):
    assert TEXTS[text]["text"] == text


@pytest.mark.parametrize("code", [1, 2, 5, 6, 7])
def test_every_failure_has_a_next_step(code):
    step = str(body(code, guard="blank")["next"])

    assert len(step) > 20
    assert "{" not in step


def test_a_chat_is_brought_no_mark_of_its_own_by_somebody_else_s_words():
    made = body(1, error="<!channel> <https://evil.example.com|click> & more")

    assert "&lt;!channel&gt; &lt;https://evil.example.com|click&gt; &amp; more" in str(made["text"])
    assert "<!channel>" in str(made["happened"])


def test_no_secret_is_in_a_message():
    register("canary-of-the-message")

    sent = encoded(body(1, error='said: "canary-of-the-message"'))

    assert b"canary" not in sent
    assert orjson.loads(sent)["happened"].endswith('said: "***"')


def test_an_endless_error_is_cut():
    assert len(str(body(1, error="x" * 100_000)["text"])) < 3_000


def test_a_test_says_that_it_is_one():
    made = trial(SINCE)

    assert (made["state"], made["version"]) == ("test", 1)
    assert "this is a test" in str(made["text"])


def test_the_page_shows_a_message_with_every_key():
    (shown,) = (block.text for block in blocks(text_of("docs/alerts.md"), "json"))

    assert list(json.loads(shown)) == list(body())
