from __future__ import annotations

import re

import pytest

from tests.cli.output.dry_runs import problem, record, sync

pytestmark = pytest.mark.browser

UNFIT = problem("the domain is empty")
VAGUE = problem('"x" is no e-mail address; left out', "BAD_EMAIL", "warning")


def named(number, name, action="create", **values):
    payload = {"domain": f"{number}.example", "properties": {"displayName": name}}
    return record(number, action, payload=payload, **values)


MIXED = sync(
    named(9, "Zeta", problems=[VAGUE]),
    named(10, "Malmö Bygg", diff={"properties.displayName": [None, "Malmö Bygg"]}),
    record(2, "change", diff={"properties.displayName": ["Old & grey name", "Company 2"]}),
    record(3, "skipped", key=None, problems=[UNFIT]),
    record(4, "merged", key="9.example"),
    record(5, "unchanged"),
)


def test_what_wants_attention_is_on_top(preview):
    assert preview(MIXED).rows() == [
        "3",
        "Company 2",
        "Zeta",
        "Malmö Bygg",
        "9.example",
        "company-5.example",
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("zeta", ["Zeta"]),
        ("malmo BYGG", ["Malmö Bygg"]),
        ("grey", ["Company 2"]),
        ("10.example", ["Malmö Bygg"]),
        ("e-mail address", ["Zeta"]),
    ],
    ids=["name", "without accents", "a value delivered before", "payload", "a reason"],
)
def test_searching_looks_at_all_of_a_record(preview, text, names):
    opened = preview(MIXED)
    opened.search(text, leaves="1 of 6 records")
    assert opened.rows() == names


def test_a_search_for_what_is_nowhere_says_so_and_escape_shows_all_again(preview):
    opened = preview(MIXED)
    opened.search("nowhere", leaves="0 of 6 records")
    assert opened.rows() == []
    assert opened.page.get_by_text("No record matches.").is_visible()
    opened.page.get_by_role("searchbox").press("Escape")
    assert len(opened.rows()) == 6


def test_chips_choose_actions_and_records_with_problems(preview):
    opened = preview(MIXED)
    opened.page.get_by_role("button", name="Create 2").click()
    opened.page.get_by_role("button", name="Change 1", exact=True).click()
    assert opened.rows() == ["Company 2", "Zeta", "Malmö Bygg"]
    opened.page.get_by_role("button", name="Has problems 2").click()
    assert opened.rows() == ["Zeta"]
    opened.page.get_by_role("button", name="Show all", exact=True).click()
    assert len(opened.rows()) == 6


def test_a_tile_chooses_its_records(preview):
    opened = preview(MIXED)
    opened.page.get_by_role("link", name="Skipped").click()
    assert opened.rows() == ["3"]


def test_a_reason_chooses_its_records_and_a_second_press_lets_go(preview):
    opened = preview(MIXED)
    reason = opened.page.get_by_role("button", name="without a usable domain")
    reason.click()
    assert opened.rows() == ["3"]
    assert reason.get_attribute("aria-pressed") == "true"
    reason.click()
    assert len(opened.rows()) == 6


def test_a_field_chooses_the_records_that_write_it(preview):
    opened = preview(MIXED)
    opened.page.locator(".line", has_text="properties.displayName").click()
    assert opened.rows() == ["Company 2", "Zeta", "Malmö Bygg"]


@pytest.mark.parametrize(
    ("by", "first", "last"),
    [("Name", "3", "Zeta"), ("ID", "Company 2", "Malmö Bygg")],
    ids=["name", "id as a number"],
)
def test_a_column_sorts_one_way_and_then_the_other(preview, by, first, last):
    opened = preview(MIXED)
    head = opened.page.get_by_role("columnheader", name=by)
    head.get_by_role("button").click()
    assert (opened.rows()[0], opened.rows()[-1]) == (first, last)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert (opened.rows()[0], opened.rows()[-1]) == (last, first)


def test_a_row_opens_to_its_fields_old_and_new(preview):
    page = preview(MIXED).page
    page.get_by_role("button", name="Company 2").click()
    line = page.locator(".diff tbody tr")
    assert line.get_attribute("class") == "changed"
    assert line.locator("del").inner_text() == "Old & grey name"
    assert line.locator("ins").inner_text() == "Company 2"
    assert page.get_by_role("button", name="Company 2").get_attribute("aria-expanded") == "true"


@pytest.mark.parametrize(
    ("pair", "old", "new"),
    [
        (["a red fox", "a brown fox"], ["red"], ["brown"]),
        ([["x", "y"], ["x", "z"]], ["y"], ["z"]),
        ([{"a@b.example": "CSM"}, {}], ["a@b.example: CSM"], ["(nothing in it)"]),
        ([None, True], [], ["true"]),
        ([5, None], ["5"], []),
    ],
    ids=["words", "a list", "an object", "added", "removed"],
)
def test_only_what_differs_is_marked(preview, pair, old, new):
    page = preview(sync(record(1, "change", diff={"field": pair}))).page
    page.get_by_role("button", name="Company 1").click()
    assert page.locator(".diff del").all_inner_texts() == old
    assert page.locator(".diff ins").all_inner_texts() == new


def test_a_row_opens_to_its_reasons_and_its_payload(preview):
    page = preview(MIXED).page
    page.get_by_role("button", name="Zeta").click()
    said = page.locator(".problems li").inner_text().split("\n")
    assert " ".join(said) == 'warning "x" is no e-mail address; left out domain · BAD_EMAIL'
    page.get_by_text("Payload as JSON").click()
    page.wait_for_function("document.querySelector('pre').textContent")  # filled when it opens
    assert page.locator("pre").inner_text().startswith('{\n  "domain": "9.example",')


def test_a_merged_record_leads_to_the_one_that_goes_out(preview):
    opened = preview(MIXED)
    opened.page.get_by_role("button", name="9.example").click()
    opened.page.get_by_role("button", name="Show all records of 9.example").click()
    assert opened.rows() == ["Zeta", "9.example"]


@pytest.mark.parametrize(
    ("address", "links"),
    [("https://crm.example/1", 1), ("javascript:alert(1)", 0), ("data:text/html,x", 0), (7, 0)],
)
@pytest.mark.security(31)
def test_only_a_web_address_becomes_a_link_to_the_crm(preview, address, links):
    payload = {"properties": {"displayName": "Linked", "objectUrl": address}}
    page = preview(sync(record(1, payload=payload))).page
    page.get_by_role("button", name="Linked").click()
    assert page.locator(".detail a").count() == links


def test_keys_alone_reach_everything(preview):
    opened = preview(MIXED)
    keys = opened.page.keyboard
    keys.press("/")
    keys.type("change")
    opened.page.get_by_text("2 of 6 records", exact=True).wait_for()
    opened.page.locator("td.name button").first.focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    assert opened.page.locator("tr.detail").count() == 1
    focused = opened.page.evaluate("document.activeElement.textContent")
    assert focused == "company-5.example"


HOSTILE = '<script>document.title="x"</script>"><img src=x onerror=alert(1)></script>\u202eevil'


@pytest.mark.security(31)
def test_a_hostile_record_is_text_and_runs_nothing(preview):
    payload = {HOSTILE: HOSTILE, "properties": {"displayName": HOSTILE, "objectUrl": HOSTILE}}
    faults = [{"field": HOSTILE, "code": HOSTILE, "message": HOSTILE, "severity": "error"}]
    changed = {HOSTILE: [HOSTILE, [HOSTILE]], "properties.displayName": [{HOSTILE: HOSTILE}, None]}
    page = preview(
        sync(record(1, "change", payload=payload, diff=changed, problems=faults), notes=[HOSTILE])
    ).page
    page.locator("td.name button").click()
    page.get_by_text("Payload as JSON").click()
    page.locator(".line").first.click()
    shown = HOSTILE.replace("\u202e", "\\u202e")
    assert page.locator("td.name button").inner_text() == shown
    assert page.locator("main").inner_text().count(shown) >= 8
    assert page.locator("main img, main script").count() == 0
    assert page.title().startswith("Dry run of main")


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(preview, width, script):
    long = "a" * 300
    records = [record(1, "change", key=long, diff={long: [long, long + "b"]}), *MIXED["records"]]
    page = preview(
        sync(*records, error=long, status="failed", sync=long),
        viewport={"width": width, "height": 800},
        java_script_enabled=script,
    ).page
    if script:
        page.get_by_role("button", name="Open all on this page").click()
    room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert room[0] <= room[1]


def test_without_a_script_counts_chart_and_rows_are_there(preview):
    page = preview(MIXED, java_script_enabled=False).page
    assert page.locator(".tile .count").all_inner_texts() == ["2", "1", "1", "1", "0", "1", "0"]
    assert page.get_by_role("img", name=re.compile("Outcomes of 6 records")).is_visible()
    assert page.get_by_role("cell", name="Malmö Bygg").is_visible()
    assert not page.get_by_role("searchbox").is_visible()


def test_rows_come_a_hundred_at_a_time(preview):
    opened = preview(sync(*(record(number) for number in range(250))))
    assert len(opened.rows()) == 100
    opened.page.get_by_role("button", name="Next").click()
    opened.page.get_by_role("button", name="Next").click()
    assert len(opened.rows()) == 50
    assert opened.page.get_by_text("201–250 of 250").is_visible()
    assert opened.page.get_by_role("button", name="Next").is_disabled()


def test_every_sync_has_its_own_records(preview):
    other = sync(named(1, "Elsewhere"), sync="other")
    page = preview(MIXED, other, sync(sync="idle")).page
    page.get_by_role("searchbox").last.fill("nothing")
    page.get_by_text("0 of 1 record", exact=True).wait_for()
    assert page.locator("#sync-0 tr.row").count() == 6


def test_paper_gets_more_rows_than_a_page_of_the_screen(preview):
    page = preview(sync(*(record(number) for number in range(250)))).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tr.row").count() == 250
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("tr.row").count() == 100


def test_twenty_thousand_records_open_and_answer_within_seconds(preview):
    text = "Its teams in sales and service work in five languages. " * 12
    records = []
    for number in range(20_000):
        one = record(number)
        one["payload"]["properties"]["description"] = text
        one["diff"]["properties.description"] = [None, text]
        records.append(one)
    opened = preview(sync(*records))
    opened.page.get_by_text("20,000 records", exact=True).wait_for()
    opened.search("company-19999", leaves="1 of 20,000 records")
    assert opened.rows() == ["Company 19999"]
    assert opened.page.evaluate("performance.now()") < 15_000  # since it was opened
