from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crmsync.config.loading import load
from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Standing
from crmsync.web.rendering import STYLE
from tests.web.world import NOW, SYNC, TOKEN, World

PAGES = ["/", "/runs", "/quarantine", "/owed", "/explain", "/runs/run-22113000"]
LOCKED = f'http_token = "{TOKEN}"'


@pytest.fixture
def locked(world):
    """Somebody without a token asks a page that needs one."""
    world.configure(daemon='http_token = "file:token"\nhttp_hosts = ["crm.example.com"]')
    (world.folder / "token").write_text(TOKEN, encoding="utf-8")
    world.ran()
    with world.served() as asking:
        yield asking


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_and_says_what_it_is(asking, path):
    answer = asking.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert re.search(r"<title>.+ · crmsync</title>", answer.text)


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/healthz", "/readyz", "/metrics"])
def test_sec32_every_answer_says_what_a_browser_may_not(asking, path):
    headers = asking.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert not [name for name in headers if name.startswith("access-control")]


def test_a_page_has_no_script_and_loads_nothing_from_elsewhere(asking):
    text = "".join(asking.get(path).text for path in PAGES).replace(STYLE, "")
    assert "<script" not in text
    assert " style=" not in text
    assert not re.search(r" on\w+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?!/)[^#]", text)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil:80", "[::1]:80", "127.0.0.1"])
def test_sec48_a_name_that_is_not_its_own_gets_nothing(asking, host):
    for path in ("/", "/metrics", "/healthz"):
        answer = asking.get(path, host=host)
        assert answer.status == 421
        assert SYNC not in answer.text
        assert "http_hosts" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_sec49_a_page_is_only_read(asking, method):
    answer = asking.get("/runs", method=method, origin=asking.url)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/quarantine/retry", "/sign-out", "/sign-in"])
def test_sec49_what_changes_something_cannot_be_got(world, asking, path):
    world.refuse("2")
    before = len(asking.get("/runs").text)
    assert asking.get(f"{path}?sync={SYNC}&id=2").status == 404
    assert len(asking.get("/runs").text) == before


CROSS = {
    "another site": {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
    "a frame": {"origin": "null", "sec_fetch_site": "cross-site"},
    "nobody says": {"origin": "", "sec_fetch_site": ""},
}


@pytest.mark.parametrize("headers", CROSS.values(), ids=list(CROSS))
def test_sec49_a_button_pressed_elsewhere_does_nothing(world, asking, headers):
    world.refuse("2")
    form = {"sync": SYNC, "id": "2", "form": asking.token()}
    assert asking.post("/quarantine/retry", form, **headers).status == 403
    assert asking.get("/retries/1").status == 404


def test_sec49_a_form_that_was_not_shown_does_nothing(world, asking):
    world.refuse("2")
    answer = asking.post("/quarantine/retry", {"sync": SYNC, "id": "2", "form": "0" * 64})
    assert answer.status == 403
    assert "reload the page" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/readyz", "/metrics", "/retries/1", "/nowhere"])
def test_sec50_without_the_token_nothing_is_told(locked, path):
    answer = locked.get(path)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert SYNC not in answer.text


def test_sec50_the_token_does_not_count_in_the_address(locked):
    assert locked.get(f"/?token={TOKEN}").status == 401


def test_that_it_lives_may_be_asked_without_a_token(locked):
    assert locked.get("/healthz").text == "alive\n"


def test_a_program_is_let_in_by_its_header(locked):
    assert locked.get("/metrics", authorization=f"Bearer {TOKEN}").status == 200
    assert locked.get("/metrics", authorization="Bearer wrong").status == 401


def test_a_person_signs_in_goes_on_where_they_were_and_signs_out(locked):
    answer = locked.post("/sign-in", {"token": TOKEN, "next": "/runs?limit=5"})
    assert (answer.status, answer.headers["location"]) == (303, "/runs?limit=5")
    given, *rest = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(rest)
    assert TOKEN not in given
    locked.headers["Cookie"] = given
    assert SYNC in locked.get("/").text
    locked.post("/sign-out", {"form": locked.token("/")})
    assert locked.get("/").status == 401


def test_a_wrong_token_is_told_and_nobody_is_sent_elsewhere(locked):
    answer = locked.post("/sign-in", {"token": "wrong", "next": "https://evil.example"})
    assert answer.status == 401
    assert "this is not the token" in answer.text
    assert "evil" not in answer.text


def test_behind_an_encrypting_proxy_it_goes_by_the_proxys_name(locked):
    form = {"token": TOKEN}
    answer = locked.post(
        "/sign-in",
        form,
        host="crm.example.com",
        origin="https://crm.example.com",
        x_forwarded_proto="https",
    )
    assert answer.status == 303
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_a_sync_that_runs_is_not_fought_for(world, asking):
    world.refuse("2")
    world.daemon.standing = Standing(running=True)
    answer = asking.post("/quarantine/retry", {"sync": SYNC, "id": "2", "form": asking.token()})
    assert answer.status == 409
    assert f"{SYNC} is writing to akooda" in answer.text


@pytest.mark.parametrize("path", ["/runs/none", "/retries/7", "/retries/x", "/quarantine?sync=no"])
def test_what_is_not_there_is_told_on_a_page(asking, path):
    answer = asking.get(path)
    assert answer.status == 404
    assert '<main id="main"' in answer.text


def test_a_ledger_that_cannot_be_read_is_told_on_a_page(world):
    world.folder.joinpath("crmsync.db").write_text("no ledger", encoding="utf-8")
    with world.served() as asking:
        answer = asking.get("/")
        assert answer.status == 503
        assert "crmsync.db" in answer.text
        assert asking.get("/healthz").status == 200


def test_it_goes_by_the_configuration_that_the_daemon_goes_by(world, asking):
    text = world.folder.joinpath("config.toml").read_text(encoding="utf-8")
    world.folder.joinpath("new.toml").write_text(text.replace(SYNC, "renamed"), encoding="utf-8")
    world.daemon.loaded = load(world.folder / "new.toml")
    assert "renamed" in asking.get("/").text


NASTY = {
    "SEC31 a script": "<script>alert(1)</script>",
    "SEC31 an attribute": "\"><img src=x onerror=alert(1)>'",
    "SEC31 an address": "javascript:alert(1)",
    "SEC31 mutation": "<math><mtext></table><mglyph><style><!--</style><img title='--><img>'>",
    "SEC31 a template": "{{ 7 * 7 }}{% raw %}",
    "SEC31 hidden characters": "a\u202eb\u200bc\x1b[2J\u2028d",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_what_a_crm_says_is_text_on_every_page(tmp_path, text):
    world = World(tmp_path)
    world.refuse(text, message=text)
    run = world.ran(
        NOW - timedelta(hours=1), code=ExitCode.FAILED, error=text, notes=(text,), cursor=text
    )
    with world.served() as asking:
        for path in (*PAGES[:-1], f"/runs/{run}", f"/explain?sync={SYNC}&id=1"):
            shown = asking.get(path).text.replace(STYLE, "")
            assert "<script" not in shown
            assert "<img" not in shown
            assert "49" not in re.findall(r"<bdi>(.*?)</bdi>", shown)
            assert not set("\u202e\u200b\x1b\u2028") & set(shown)
        assert "alert(1)" not in text or "alert(1)" in asking.get("/quarantine").text
