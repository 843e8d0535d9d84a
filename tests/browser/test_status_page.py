"""The status page in a real Chromium, as people see it and as somebody would attack it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from crmsync.testing.servers import FaultServer, reply
from tests.browser.scenery import HOSTILE, Scenery
from tests.browser.screenshots import places, take
from tests.web.world import TOKEN, Asking, World

pytestmark = pytest.mark.browser

PATHS = [*places("", "20261122T084800Z-1c4f1a").values(), "/quarantine?sync=sheet-companies"]
WIDTHS = (320, 390, 1280)


@pytest.fixture(scope="module")
def platform() -> Iterator[FaultServer]:
    with FaultServer([reply(204, b"")]) as server:
        yield server


@pytest.fixture(scope="module")
def scenery(tmp_path_factory, platform) -> Scenery:
    return Scenery(tmp_path_factory.mktemp("scenery"), platform=platform.url)


@pytest.fixture(scope="module")
def shown(scenery) -> Iterator[Asking]:
    with scenery.served() as asking:
        yield asking


@pytest.fixture
def visit(tab, shown) -> Iterator[Any]:
    """Goes to a page; by the test's end nothing may have been said, or asked for elsewhere."""
    tabs = []

    def visit(path: str, **options: Any) -> Any:
        one = tab(**options)
        one.said.clear()
        one.asked.clear()
        one.page.goto(shown.url + path)
        tabs.append(one)
        return one.page

    yield visit
    for one in tabs:
        one.page.locator("main").wait_for()
        assert one.said == []
        assert [url for url in one.asked if not url.startswith(f"{shown.url}/")] == []


@dataclass(frozen=True)
class Look:
    """What a page showed by day; taken of each page once, since to open one takes a while."""

    path: str
    whole: bool
    rooms: list[list[int]]
    foreign: list[str]
    levels: list[str]
    labels: list[int]
    faint: list[str]


@pytest.fixture(scope="module")
def looks(tabs, shown) -> list[Look]:
    one, found = tabs(), []
    for path in PATHS:
        one.said.clear()
        one.asked.clear()
        one.page.goto(shown.url + path)
        rooms = []
        for width in WIDTHS:
            one.page.set_viewport_size({"width": width, "height": 800})
            rooms.append(one.page.evaluate("[document.documentElement.scrollWidth, innerWidth]"))
        names = ("whole", "foreign", "levels", "labels", "faint")
        seen = {
            name: one.page.evaluate(question)
            for name, question in zip(names, (WHOLE, FOREIGN, LEVELS, LABELS, FAINT), strict=True)
        }
        assert one.said == []
        assert [url for url in one.asked if not url.startswith(f"{shown.url}/")] == []
        found.append(Look(path=path, rooms=rooms, **seen))
    one.leave()
    return found


def test_a_page_is_whole_with_scripts(looks):
    assert [look.path for look in looks if not look.whole] == []


def test_a_page_is_whole_without_scripts(visit):
    for path in PATHS:
        page = visit(path, java_script_enabled=False)
        assert page.get_by_role("heading", level=1).is_visible()
        assert page.get_by_role("navigation").get_by_role("link").count() == 5
        assert page.locator("script").count() == 0


def test_nothing_is_wider_than_the_screen(looks):
    assert [room for look in looks for room in look.rooms if room[0] > room[1]] == []
    assert {room[1] for look in looks for room in look.rooms} == set(WIDTHS)


@pytest.mark.parametrize("path", ["/quarantine", "/explain?sync=sheet-companies&id=2"])
def test_sec31_a_script_for_a_name_is_a_name(visit, path):
    page = visit(path)
    assert HOSTILE in page.locator("main").inner_text()
    assert page.locator("main img, main script").count() == 0


def test_sec31_what_a_page_holds_is_the_houses_own_markup(looks):
    assert [(look.path, look.foreign) for look in looks if look.foreign] == []


def test_headings_are_in_order_and_every_field_has_its_label(looks):
    for look in looks:
        levels = [int(name[1]) for name in look.levels]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert set(look.labels) <= {1}
    assert any(look.labels for look in looks)


def test_what_is_written_can_be_read_by_day(looks):
    assert [(look.path, look.faint) for look in looks if look.faint] == []


def test_what_is_written_can_be_read_by_night(visit):
    for path in PATHS:
        assert visit(path, color_scheme="dark").evaluate(FAINT) == []


def test_keys_alone_reach_the_content_and_the_button(visit):
    page = visit("/quarantine")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash")
    page.keyboard.press("Tab")
    assert "Try all" in page.evaluate("document.activeElement.textContent")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_the_button_tries_a_record_again(visit, scenery, platform, script):
    scenery.refuse("1", sync="sheet-companies")
    before = len(platform.received)
    page = visit("/quarantine?sync=sheet-companies", java_script_enabled=script)
    page.get_by_role("button", name="Try again record 1").click()
    page.get_by_text("1 of 1 records delivered").wait_for()
    assert len(platform.received) == before + 1
    left = visit("/quarantine?sync=sheet-companies", java_script_enabled=script)
    assert left.get_by_role("button", name="Try again record 1").count() == 0


def test_where_the_daemon_writes_already_the_button_says_so(tab, shown):
    page = tab().page
    page.goto(f"{shown.url}/quarantine?sync=pipedrive-deals")
    page.get_by_label("I looked").check()
    with page.expect_response(lambda answer: answer.status == 409):
        page.get_by_role("button", name="Try again").click()
    page.get_by_text("pipedrive-deals is writing to atoka").wait_for()


def test_sec49_another_site_can_neither_press_the_button_nor_frame_the_page(tab, shown):
    evil = tab().page
    evil.goto("data:text/html,")
    evil.set_content(
        f'<iframe src="{shown.url}/"></iframe>'
        f'<form method="post" action="{shown.url}/quarantine/retry">'
        f'<input name="form" value="{shown.token()}"><input name="sync" value="sheet-companies">'
    )
    evil.wait_for_function("frames.length === 1")
    assert evil.frames[1].get_by_role("heading").count() == 0
    with evil.expect_navigation(url="**/quarantine/retry") as refused:
        evil.evaluate("document.forms[0].submit()")
    assert refused.value.status == 403


def test_a_person_signs_in_looks_round_and_signs_out(tab, tmp_path):
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    world = World(tmp_path, daemon='http_token = "file:token"')
    world.ran()
    with world.served() as asking:
        page = tab(java_script_enabled=False).page
        page.goto(f"{asking.url}/quarantine")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        assert page.url == f"{asking.url}/quarantine"
        assert TOKEN not in page.content()
        page.get_by_role("link", name="Runs", exact=True).click()
        page.get_by_role("heading", level=1, name="Runs").wait_for()
        assert page.get_by_role("table").is_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Token").wait_for()


def test_screenshots_are_made_of_every_page(browser, scenery, tmp_path):
    pictures = take(browser, tmp_path, scenery)
    assert next(pictures).name == "overview-wide.png"
    assert next(pictures).stat().st_size > 10_000


WHOLE = """() => document.querySelectorAll("script").length === 0
  && [...document.querySelectorAll("h1")].some(one => one.checkVisibility())
  && document.querySelectorAll("nav a").length === 5"""
"""Whether everything that each page has is there."""

LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4")].map(one => one.tagName)"""
LABELS = """() => [...document.querySelectorAll("input:not([type=hidden]), select")]
  .map(one => one.labels.length)"""

FOREIGN = """() => [...document.querySelectorAll("*")]
  .flatMap(one => [...one.attributes])
  .filter(one => /^on|^style$|^srcdoc$/.test(one.name) || /javascript:/i.test(one.value))
  .map(one => `${one.name}=${one.value}`)"""
"""Attributes that no page of the house has."""

FAINT = """() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(one => one / 255)
      .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = one => {
    for (; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$|transparent/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter(one => [...one.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
    .filter(one => one.checkVisibility() && !one.closest("svg, .skip, .unseen, option"))
    .filter(one => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) < 4.5;
    })
    .map(one => one.outerHTML.slice(0, 80));
}"""
"""Texts whose contrast is under 4.5 to 1 (WCAG 2.2, 1.4.3)."""
