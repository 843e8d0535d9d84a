from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import pytest

from crmsync.cli.output.html import STATIC_ROWS, render
from tests.cli.output.dry_runs import document, problem, record, sync

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an attribute": '"><img src=x onerror=alert(1)>',
    "an end": "</script></style></title><b>",
    "a comment": "<!--<script>",
    "a template": "{{ 7 * 7 }}{% raw %}",
}


class Tags(HTMLParser):
    """The tags of a page in order, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def embedded(page):
    """The data that the page's script reads."""
    return json.loads(page.partition('type="application/json" id="data">')[2].split("</script>")[0])


def one_of_everything(text):
    faults = [problem(text, code=text)]
    made = record(1, id=text, key=text, diff={text: [text, text]}, problems=faults)
    made["payload"] = {"properties": {"displayName": text}}
    skipped = record(2, "skipped", key=None, problems=faults)
    return sync(made, skipped, sync=text, error=text, status="guarded", notes=[text])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.security(31)
def test_what_comes_from_a_crm_never_becomes_markup(text):
    plain = Tags(render(document(one_of_everything("plain"))))
    hostile = Tags(render(document(one_of_everything(text))))
    assert hostile.tags == plain.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_comes_from_a_crm_is_in_the_page_to_the_letter(text):
    page = render(document(one_of_everything(text)))
    assert unescape(page).count(text) >= 8
    assert embedded(page)[0]["rows"][1][0] == text


@pytest.mark.parametrize("text", ["\u202e", "\ud800", "\x1b", "\u2028", "\u200b"], ids=ascii)
@pytest.mark.security(31)
def test_what_a_browser_obeys_or_hides_is_written_by_its_code(text):
    page = render(document(one_of_everything(f"a{text}b")))
    assert text not in page
    page.encode()
    assert embedded(page)[0]["rows"][1][1] == f"a{text}b"


@pytest.mark.security(32)
def test_the_policy_lets_in_the_pages_own_style_and_script_and_nothing_else():
    page = render(document(sync()))
    policy = unescape(page.partition('Content-Security-Policy" content="')[2].split('"')[0])
    style = page.partition("<style>")[2].split("</style>")[0]
    script = page.rpartition("<script>")[2].split("</script>")[0]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'",
        "script-src": f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
    }


def test_nothing_in_the_page_asks_for_another_file():
    page = Tags(render(document(one_of_everything("https://elsewhere.example/x.png"))))
    asking = {"src", "srcset", "data", "action", "background", "style", "onclick", "onload"}
    assert not asking & {name for name, _ in page.attributes}
    links = [value for name, value in page.attributes if name == "href"]
    assert all(str(link).startswith("#") for link in links)
    assert not {"link", "iframe", "object", "img", "base", "form"} & set(page.tags)


def test_without_a_script_the_first_rows_show_and_say_how_many_there_are():
    page = render(document(sync(*(record(n) for n in range(STATIC_ROWS + 5)))))
    assert page.count('<tr class="row">') == STATIC_ROWS
    assert "The first 200 of 205 records." in page
    assert len(embedded(page)[0]["rows"]) == STATIC_ROWS + 5


def test_the_head_tells_from_where_to_where_when_and_whether_the_books_balance():
    text = " ".join(Tags(render(document(sync(record(1))))).text.split())
    assert "21 November 2026, 19:26 UTC" in text
    assert "A run would create 1 record." in text
    assert "Balanced 1 read, as many as the CRM counts" in text


def test_what_would_stop_a_run_is_an_alert_and_notes_are_told():
    page = render(document(sync(status="guarded", error="too few\nraise it", notes=["2 left"])))
    assert '<div class="notice stop" role="alert"><h3>A guard would stop this run</h3>' in page
    assert "<p>too few\nraise it</p>" in page
    assert '<div class="notice" role="note"><h3>Note</h3><p>2 left</p>' in page


def test_books_that_do_not_balance_are_an_alert():
    counts = {"source_total": 1302, "read": 1300}
    page = render(document(sync(balanced=False, counts=counts)))
    assert "The books do not balance</h3><p>1,300 read, the CRM counts 1,302" in page
    assert 'class="mark good"' not in page


def test_the_chart_tells_its_numbers_in_words():
    page = render(document(sync(record(1), record(2), record(3, "skipped"))))
    assert ">Outcomes of 3 records</title>" in page
    assert ">Create: 2, Skipped: 1.</desc>" in page


def test_a_preview_without_records_says_so():
    page = render(document(sync()))
    assert "No records came up in this preview." in page
    assert "<table" not in page
    assert 'class="chart"' not in page


def test_a_failed_preview_without_records_gives_no_other_reason():
    page = render(document(sync(status="failed", error="the token was refused")))
    assert "nothing changed in the CRM" not in page


def test_several_syncs_are_listed_first_with_what_each_would_do():
    page = render(document(sync(record(1)), sync(sync="other", status="failed", error="no")))
    assert '<a href="#sync-1">other</a>' in page
    assert '<b class="bad">The preview failed.</b>' in page
    assert page.count('<section class="sync"') == 2


def test_no_sync_at_all_is_a_page_too():
    assert "No sync was chosen." in render(document())
