from __future__ import annotations

import pytest

from crmsync.web.exchange import RefusedError, Request, see_other

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def test_an_address_is_a_path_and_what_is_asked():
    request = Request(method="GET", target="/runs?sync=a%20b&sync=c&limit=")
    assert (request.path, request.query) == ("/runs", {"sync": "c", "limit": ""})


def test_a_form_is_read_and_any_other_body_is_none():
    request = Request(method="POST", target="/", headers=FORM, body=b"id=1%C3%A9&x=")
    assert request.form == {"id": "1é", "x": ""}
    assert Request(method="POST", target="/", body=b"id=1").form == {}


def test_too_many_fields_are_refused():
    request = Request(method="POST", target="/", headers=FORM, body=b"&".join([b"a=1"] * 30))
    with pytest.raises(RefusedError, match="so many"):
        _ = request.form


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/runs?limit=5", "/runs?limit=5"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(target, place):
    assert see_other(target).headers == (("Location", place),)
