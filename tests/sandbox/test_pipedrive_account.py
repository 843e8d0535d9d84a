from __future__ import annotations

import httpx
import pytest

from crmsync.sandbox.pipedrive import users
from tests.sandbox.company import TOKEN, Company

ME = "/api/v1/users/me"


@pytest.fixture
def company(serving):
    return Company(serving(deals=400))


@pytest.fixture
def strict(serving):
    """Accepts one API token, and access tokens of one client."""
    return Company(
        serving(
            pipedrive_api_token="right",
            pipedrive_client_id="id",
            pipedrive_client_secret="s",
            pipedrive_refresh_token="r-1",
            pipedrive_rotate=True,
            pipedrive_token_calls=2,
            pipedrive_missing_scopes="users:read",
            pipedrive_extra_scopes="search:read",
        )
    )


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_the_api_token_is_taken_from_the_header_and_from_the_query(strict):
    assert strict.ask(ME, {"x-api-token": "right"}).status_code == 200
    assert strict.ask(ME, {}, api_token="right").status_code == 200


@pytest.mark.parametrize(
    ("headers", "parameters"),
    [
        ({}, {}),
        ({"x-api-token": "wrong"}, {}),
        ({"x-api-token": ""}, {}),
        ({}, {"api_token": "wrong"}),
        (bearer("right"), {}),
        ({"authorization": "Basic right"}, {}),
    ],
    ids=["none", "wrong", "empty", "wrong in query", "as bearer", "basic"],
)
def test_nobody_else_is_let_in(strict, headers, parameters):
    answer = strict.ask(ME, headers, **parameters)
    assert answer.status_code == 401
    body = answer.json()
    assert (body["success"], body["error"], body["errorCode"]) == (
        False, "unauthorized access", 401,
    )  # fmt: skip
    assert body["data"] is None


def test_a_refresh_token_gives_an_access_token_and_where_to_use_it(strict):
    given = strict.grant().json()
    assert given["api_domain"] == strict.url
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3599)
    assert given["scope"] == "base,deals:read,contacts:read,search:read"
    assert strict.ask(ME, bearer(given["access_token"])).status_code == 200


def test_a_rotated_refresh_token_is_good_once(strict):
    second = strict.grant().json()["refresh_token"]
    again = strict.grant()
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert strict.grant(second).status_code == 200


def test_a_refresh_token_stays_where_none_rotates(company):
    assert [company.grant().json()["refresh_token"] for _ in range(2)] == ["r-1", "r-1"]


def test_an_access_token_ends_after_its_calls(strict):
    token = bearer(strict.grant().json()["access_token"])
    assert [strict.ask(ME, token).status_code for _ in range(3)] == [200, 200, 401]


def test_access_tokens_can_be_ended_from_outside(company):
    token = bearer(company.grant().json()["access_token"])
    assert company.ask(ME, token).status_code == 200
    company.control("/expire", {})
    assert company.ask(ME, token).status_code == 401


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (("id", "bad"), {"grant_type": "refresh_token", "refresh_token": "r-1"}, 401,
         "invalid_client"),
        (("id", "s"), {"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        (("id", "s"), {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (("id", "s"), {"grant_type": "authorization_code"}, 400, "invalid_request"),
    ],
    ids=["secret", "refresh token", "grant", "no code"],
)  # fmt: skip
def test_the_token_endpoint_refuses_what_is_wrong(strict, auth, form, status, error):
    answer = httpx.post(f"{strict.url}/oauth/token", data=form, auth=auth, trust_env=False)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_token_endpoint_takes_forms_by_post_only(strict):
    url = f"{strict.url}/oauth/token"
    answer = httpx.post(url, json={}, auth=("id", "s"), trust_env=False)
    assert answer.json()["error"] == "invalid_request"
    assert httpx.get(url, trust_env=False).status_code == 405
    header = {**bearer("x"), "content-type": "application/x-www-form-urlencoded"}
    assert httpx.post(url, headers=header, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v2/deals", 200), ("/api/v2/dealFields", 200), ("/api/v1/users", 403), (ME, 200)],
)
def test_a_missing_scope_is_403_for_access_tokens_only(strict, path, status):
    token = strict.grant().json()["access_token"]
    answer = strict.ask(path, bearer(token))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"] == "Scope and URL mismatch"
    assert strict.ask(path, {"x-api-token": "right"}).status_code == 200


def test_me_tells_the_company(company):
    me = company.legacy("/users/me").json()["data"]
    assert me["company_domain"] == users.COMPANY_DOMAIN
    assert isinstance(me["company_id"], int)
    assert (me["timezone_name"], me["default_currency"]) == ("Europe/Stockholm", "EUR")


def test_all_users_come_at_once_with_deactivated_ones_among_them(company):
    answer = company.legacy("/users", limit=1).json()
    assert len(answer["data"]) == 11
    assert "additional_data" not in answer
    inactive = [user["id"] for user in answer["data"] if not user["active_flag"]]
    assert tuple(inactive) == users.INACTIVE_IDS
    assert answer["data"][0]["created"] == "2021-02-03 08:00:00"
    one = company.legacy(f"/users/{inactive[0]}").json()["data"]
    assert one == answer["data"][-2]
    assert company.legacy("/users/1").status_code == 404


def test_users_are_read_without_the_first_part_of_the_path_too(company):
    assert company.ask("/v1/users", TOKEN).json() == company.legacy("/users").json()
    assert company.ask("/v2/deals", TOKEN).status_code == 404
    assert company.get("/users").status_code == 404


def test_users_may_be_null(serving):
    answer = Company(serving(pipedrive_users="null")).legacy("/users")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": None})


def test_currencies_are_listed(company):
    assert "EUR" in {one["code"] for one in company.legacy("/currencies").json()["data"]}


@pytest.mark.parametrize("status", [410, 404])
@pytest.mark.parametrize("path", ["/deals", "/organizations/1", "/dealFields", "/itemSearch"])
def test_retired_endpoints_are_gone(serving, status, path):
    answer = Company(serving(pipedrive_v1_gone=str(status))).legacy(path)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, status)


def test_nothing_is_written_and_nothing_is_elsewhere(company):
    assert company.get("/nothing").status_code == 404
    answer = company.http.post("/pipedrive/api/v2/deals", json={}, headers=TOKEN)
    assert answer.status_code == 405


def test_some_answers_say_no_with_status_200(serving):
    company = Company(serving(pipedrive_false_every=2))
    answers = [company.get("/stages") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["success"] for answer in answers] == [True, False, True, False]


def test_stages_belong_to_pipelines_and_a_deleted_one_is_still_pointed_to(serving):
    company = Company(serving(companies=1000, deals=1000))
    pipelines, stages = company.by_id("/pipelines"), company.by_id("/stages")
    assert {stage["pipeline_id"] for stage in stages.values()} == set(pipelines) == {1, 2}
    pointed = {deal["stage_id"] for deal in company.every("/deals")}
    assert pointed - set(stages) == {8}
    assert company.get("/stages/8").status_code == 404
    assert company.get("/stages/1").json()["data"]["name"] == "Qualified"
    assert [one["id"] for one in company.every("/stages", pipeline_id=2)] == [7, 9, 10]


def test_fields_come_in_pages(company):
    fields = company.every("/dealFields", limit=7)
    assert fields == company.every("/dealFields")
    assert len({field["field_code"] for field in fields}) == len(fields)
    one = company.get(f"/dealFields/{fields[-1]['field_code']}").json()["data"]
    assert one == fields[-1]
    assert company.get("/dealFields/bogus").status_code == 404


@pytest.mark.parametrize("path", ["/dealFields", "/organizationFields", "/personFields"])
def test_every_value_in_a_record_has_its_field(company, path):
    fields = company.every(path)
    codes = {field["field_code"] for field in fields}
    record = company.get(path.replace("Fields", "s"), limit=1).json()["data"][0]
    assert set(record["custom_fields"]) <= codes
    custom = {field["field_code"] for field in fields if field["is_custom_field"]}
    assert custom == set(record["custom_fields"])
    assert all(len(code) == 40 and int(code, 16) for code in custom)


def test_two_fields_may_share_a_name(company):
    names = [field["field_name"] for field in company.every("/dealFields")]
    assert names.count("Tier") == 2
