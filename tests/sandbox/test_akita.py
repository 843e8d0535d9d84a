from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow

HEADERS = {"authorization": "Bearer key", "content-type": "application/json"}
PATH = "/akita/v1/accounts"


def put(client, internal_id: object = "1", **attributes):
    return client.http.post(PATH, json={"internal_id": internal_id, **attributes}, headers=HEADERS)


def post(client, body, **changed):
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return client.http.post(PATH, content=body, headers=headers)


def stored(client, internal_id="1"):
    return client.control("/akita/accounts")[internal_id]


def labelled(value, label="Main"):
    return [{"label": label, "value": value}]


def days(number):
    return (datetime.now(UTC).date() + timedelta(days=number)).isoformat()


def test_an_account_is_created_and_then_updated(client):
    new, again = put(client, name="Acme"), put(client, name="Acme 2")
    assert (new.status_code, again.status_code) == (201, 200)
    one, two = new.json()["data"], again.json()["data"]
    assert (one["internal_id"], one["name"], two["name"]) == ("1", "Acme", "Acme 2")
    assert one["id"] == two["id"] == stored(client)["id"]
    updated = datetime.strptime(two["updated_at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - updated) < timedelta(minutes=1)


def test_accounts_are_numbered_by_akita(client):
    one, two = (put(client, key).json()["data"]["id"] for key in ("a", "b"))
    assert isinstance(one, int)
    assert one != two


def test_a_new_account_is_tracked_and_an_update_leaves_that_alone(client):
    assert put(client).json()["data"]["is_tracked"] is True
    put(client, is_tracked=False)
    assert put(client, name="Acme").json()["data"]["is_tracked"] is False
    assert put(client, "2", is_tracked=False).json()["data"]["is_tracked"] is False


CHURNS = {
    "said so": ({"is_churned": True}, True),
    "ended before": ({"customer_end_date": "2021-01-05"}, True),
    "ends today": ({"customer_end_date": days(0)}, True),
    "ends in the future": ({"customer_end_date": days(2)}, False),
    "neither": ({}, False),
}


@pytest.mark.parametrize(("attributes", "churned"), CHURNS.values(), ids=CHURNS)
def test_an_account_is_churned_in_two_ways(client, attributes, churned):
    assert put(client, **attributes).json()["data"]["is_churned"] is churned


FITS = [
    ("name", "Acme 👍"),
    ("is_tracked", False),
    ("customer_end_date", "2031-02-28"),
    ("emails", labelled("billing@acme.com", "Billing Email")),
    ("phones", labelled("+1 303 555 1212")),
    ("urls", labelled("https://helpdesk.acme.com/a?b=c", "Helpdesk")),
    ("roles", [{"role_id": 6, "email": "john.csm@acme.com"}]),
    ("tags", [123]),
    ("tags", []),
    ("traits", {"arr": 12.5, "plan": "gold", "since": 1654692924602}),
]


@pytest.mark.parametrize(("name", "value"), FITS, ids=repr)
def test_values_that_fit_are_taken(client, name, value):
    assert put(client, **{name: value}).json()["data"][name] == value
    assert stored(client)[name] == value


REFUSED = [
    ("internal_id", 1, "internal_id"),
    ("internal_id", "", "internal_id"),
    ("internal_id", " ", "internal_id"),
    ("internal_id", None, "internal_id"),
    ("name", 7, "name"),
    ("name", "", "name"),
    ("is_tracked", "false", "is_tracked"),
    ("is_tracked", 0, "is_tracked"),
    ("is_churned", None, "is_churned"),
    ("customer_end_date", "2021-02-30", "customer_end_date"),
    ("customer_end_date", "2021-01-05T00:00:00Z", "customer_end_date"),
    ("customer_end_date", "05/01/2021", "customer_end_date"),
    ("customer_end_date", 20210105, "customer_end_date"),
    ("emails", "billing@acme.com", "emails"),
    ("emails", ["billing@acme.com"], "emails.0"),
    ("emails", labelled("not an email"), "emails.0.value"),
    ("emails", labelled("a@localhost"), "emails.0.value"),
    ("phones", [{"value": "1"}], "phones.0.label"),
    ("phones", labelled(13035551212), "phones.0.value"),
    ("phones", labelled(""), "phones.0.value"),
    ("urls", labelled("acme.com"), "urls.0.value"),
    ("urls", labelled("javascript:alert(1)"), "urls.0.value"),
    ("urls", [{**labelled("https://acme.com")[0], "type": "x"}], "urls.0.type"),
    ("roles", [{"role_id": "6", "email": "a@acme.com"}], "roles.0.role_id"),
    ("roles", [{"role_id": 6}], "roles.0.email"),
    ("roles", [{"role_id": 7, "email": "a@acme.com"}], "roles.0.role_id"),
    ("tags", 123, "tags"),
    ("tags", ["123"], "tags.0"),
    ("tags", [True], "tags.0"),
    ("traits", ["x"], "traits"),
    ("traits", {"a": {"b": 1}}, "traits.a"),
    ("domain", "acme.com", "domain"),
]


@pytest.mark.parametrize(("name", "value", "field"), REFUSED, ids=repr)
def test_values_that_do_not_fit_are_422_and_named(client, name, value, field):
    answer = put(client, **{name: value})
    assert answer.status_code == 422
    ((named, messages),) = answer.json()["errors"].items()
    assert named == field
    assert answer.json()["message"] == messages[0]
    assert client.control("/akita/accounts") == {}


def test_all_fields_at_fault_are_named(client):
    answer = put(client, name=7, tags=["x", 1, "y"]).json()
    assert list(answer["errors"]) == ["name", "tags.0", "tags.2"]
    assert answer["message"] == "The name field must be a string. (and 2 more errors)"


def test_an_account_without_an_internal_id_is_422(client):
    answer = post(client, b'{"name": "Acme"}')
    assert answer.json()["errors"] == {"internal_id": ["The internal_id field is required."]}


def test_unknown_users_roles_and_tags_are_422(serving):
    client = serving(akita_csms="jo@acme.com, al@acme.com", akita_roles="6,9", akita_tags="1,2")
    right = [{"role_id": 6, "email": "JO@acme.com"}, {"role_id": 9, "email": "x@acme.com"}]
    assert put(client, roles=right, tags=[2]).status_code == 201
    wrong = [{"role_id": 6, "email": "x@acme.com"}, {"role_id": 8, "email": "jo@acme.com"}]
    assert put(client, roles=wrong, tags=[3]).json()["errors"] == {
        "roles.0.email": ["The selected roles.0.email is invalid."],
        "roles.1.role_id": ["The selected roles.1.role_id is invalid."],
        "tags.0": ["The selected tags.0 is invalid."],
    }


def test_what_administrators_set_up_can_change(client):
    client.control("/akita/known", {"csms": ["Jo@acme.com"], "tags": [1], "roles": [6, 7]})
    assert put(client, roles=[{"role_id": 6, "email": "x@acme.com"}]).status_code == 422
    assert put(client, roles=[{"role_id": 7, "email": "x@acme.com"}]).status_code == 201
    client.control("/akita/known", {"csms": None, "tags": None})
    assert put(client, roles=[{"role_id": 6, "email": "x@acme.com"}], tags=[5]).status_code == 200
    wrong: list[dict[str, object]] = [{"users": []}, {"roles": None}, {"tags": 1}]
    for body in wrong:
        assert client.http.post("/_sandbox/akita/known", json=body).status_code == 400


LISTS = {"tags": ([1, 2], [2, 3]), "phones": (labelled("1"), labelled("2"))}


@pytest.mark.parametrize(
    ("lists", "tags", "phones"),
    [("replace", [2, 3], labelled("2")), ("merge", [1, 2, 3], labelled("1") + labelled("2"))],
)
def test_lists_replace_or_merge(serving, lists, tags, phones):
    client = serving(akita_lists=lists)
    for turn in range(2):
        put(client, **{name: values[turn] for name, values in LISTS.items()})
    put(client, name="Acme")
    assert (stored(client)["tags"], stored(client)["phones"]) == (tags, phones)


def test_a_role_has_one_holder_where_lists_merge(serving):
    client = serving(akita_lists="merge")
    for email in ("a@acme.com", "b@acme.com"):
        put(client, roles=[{"role_id": 6, "email": email}])
    assert stored(client)["roles"] == [{"role_id": 6, "email": "b@acme.com"}]


def test_traits_are_kept_by_name(client):
    put(client, traits={"a": 1, "b": 2})
    put(client, traits={"b": None, "c": 3})
    assert stored(client)["traits"] == {"a": 1, "c": 3}


@pytest.mark.parametrize(
    ("nulls", "status", "name", "tags"),
    [("clear", 200, None, []), ("ignore", 200, "Acme", [1]), ("refuse", 422, "Acme", [1])],
)
def test_what_a_null_does_is_an_option(serving, nulls, status, name, tags):
    client = serving(akita_nulls=nulls)
    put(client, name="Acme", tags=[1])
    assert put(client, name=None, tags=None).status_code == status
    assert (stored(client)["name"], stored(client)["tags"]) == (name, tags)


@pytest.mark.parametrize("authorization", ["", "key", "Basic key", "Bearer", "bearer key"])
def test_an_authorization_that_is_none_is_401(client, authorization):
    answer = post(client, b"{}", authorization=authorization)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_wrong_key_is_refused(serving, status):
    client = serving(akita_api_key="right", akita_wrong_key=status)
    assert put(client).status_code == int(status)
    assert post(client, b'{"internal_id": "1"}', authorization="Bearer right").status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/accounts", 405), ("PUT", "/v1/accounts", 405), ("POST", "/v1/account", 404),
     ("POST", "/v1/accounts/1", 404)],
)  # fmt: skip
def test_other_methods_and_paths_are_refused(client, method, path, status):
    answer = client.http.request(method, f"/akita{path}", json={"internal_id": "1"})
    assert answer.status_code == status


BODIES = [b"", b"{", b"[]", b'"x"', b'{"internal_id": "1", // x\n"name": "y"}',
          b'{"internal_id": "1", "traits": {"a": NaN}}', b'[{"internal_id": "1"}]']  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_bodies_that_are_no_strict_json_object_are_400(client, body):
    assert post(client, body).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [{"content_type": "text/plain"}, {"content_type": "application/x-www-form-urlencoded"},
     {"content_encoding": "gzip"}],
)  # fmt: skip
def test_headers_are_checked(client, changed):
    assert post(client, b'{"internal_id": "1"}', **changed).status_code == 415


def test_its_rate_limit_answers_429_without_a_word_on_when(serving):
    client = serving(akita_rate_limit="2/60s")
    answers = [put(client) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert answers[-1].json() == {"message": "Too Many Attempts."}
    assert "retry-after" not in answers[-1].headers


def test_a_429_can_tell_the_seconds(serving):
    client = serving(akita_rate_limit="1/60s", akita_retry_after="seconds")
    began = time.monotonic()
    put(client)
    told = int(put(client).headers["retry-after"])
    assert 60 - (time.monotonic() - began) <= told <= 60


def test_a_429_can_tell_the_date(serving):
    client = serving(akita_rate_limit="1/60s", akita_retry_after="date")
    began = time.time()
    put(client)
    at = parsedate_to_datetime(put(client).headers["retry-after"])
    assert began - 1 < at.timestamp() - 60 <= time.time()


def test_a_window_tells_how_long_it_stays_full():
    window = RollingWindow(Rate(2, 60.0))
    assert [window.take(now) for now in (0.0, 10.0, 20.0)] == [True, True, False]
    assert [window.wait(now) for now in (20.0, 59.5, 70.0)] == [40.0, 0.5, 0.0]
    assert (window.take(60.0), RollingWindow(None).wait(0.0)) == (True, 0.0)


def test_answers_can_carry_another_internal_id_after_so_many(serving):
    client = serving(akita_other_id_after=1)
    told = [put(client, key).json()["data"]["internal_id"] for key in ("a", "b")]
    assert told == ["a", "other-b"]
    assert list(client.control("/akita/accounts")) == ["a", "b"]


@pytest.mark.parametrize(
    ("fault", "status"), [("401", 401), ("429", 429), ("500", 500), ("503", 503), ("html", 200)]
)
def test_failures_come_instead_of_handling(client, fault, status):
    client.control("/faults", {"akita": f"{fault}=1"})
    assert put(client).status_code == status
    assert client.control("/akita/accounts") == {}


def test_a_lost_answer_was_handled(client):
    client.control("/faults", {"akita": "lost=1"})
    with pytest.raises(httpx.ReadError):
        put(client)
    assert list(client.control("/akita/accounts")) == ["1"]
    assert client.control("/requests")["requests"] == {"akita.account": 1}


def test_attributes_can_be_set_by_hand(client):
    put(client)
    client.control("/akita/accounts", {"internal_id": "1", "is_tracked": False})
    assert put(client, name="Acme").json()["data"]["is_tracked"] is False
    for key in ("2", 1):
        wrong = client.http.post("/_sandbox/akita/accounts", json={"internal_id": key})
        assert wrong.status_code == 400


def test_one_account_can_be_looked_at(client):
    put(client, "hubspot:7/8", name="Acme")
    assert client.control("/akita/accounts/hubspot:7/8")["name"] == "Acme"
    for verb, path in (("GET", "accounts/8"), ("GET", "x"), ("POST", "x"), ("PUT", "accounts")):
        assert client.http.request(verb, f"/_sandbox/akita/{path}").status_code == 404


def test_the_digest_tells_contents_and_not_the_way_there(client):
    put(client, "a", name="A", tags=[1])
    put(client, "b")
    one = client.control("/akita/digest")
    assert one["count"] == 2
    put(client, "a", name="B", phones=labelled("1"))
    assert client.control("/akita/digest") != one
    client.control("/akita/reset", {})
    for key, attributes in (("b", {"name": None}), ("a", {"tags": [1], "name": "A"})):
        put(client, key, phones=[], **attributes)
    assert client.control("/akita/digest") == one


def test_accounts_alone_can_be_forgotten(client):
    put(client)
    client.push({"domain": "acme.com"})
    client.control("/akita/reset", {})
    assert client.control("/akita/accounts") == {}
    assert list(client.control("/akooda/organizations")) == ["acme.com"]


def test_options_that_are_no_numbers_are_told():
    with pytest.raises(ValueError, match=r"'6,x' must be whole numbers, joined by commas"):
        SandboxOptions(akita_roles="6,x")
