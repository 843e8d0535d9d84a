"""The Python client that Pipedrive's users have is the judge of the simulator.

It speaks version 1 only, which is left for users; other lists are reached by its raw call.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.company import Company

client = pytest.importorskip("pipedrive.client")
exceptions = pytest.importorskip("pipedrive.exceptions")


@pytest.fixture
def sdk(serving):
    company = Company(serving(deals=400))
    made = client.Client("id", "secret", domain=f"{company.url}/")
    made.OAUTH_BASE_URL = f"{company.url}/oauth/"
    made.set_api_token("made-up")
    return made


def test_it_lists_users(sdk):
    users = sdk.users.get_all_users()["data"]
    assert len(users) == 11
    assert sdk.users.get_user(users[0]["id"])["data"] == users[0]
    assert sdk.users.get_me()["data"]["company_domain"]


def test_it_refreshes_its_token_and_goes_on_with_it(sdk):
    sdk.set_api_token(None)
    given = sdk.refresh_token("r-1")
    sdk.set_access_token(given["access_token"])
    sdk.BASE_URL = f"{given['api_domain']}/api/v1/"
    assert sdk.users.get_me()["success"] is True


def test_it_exchanges_a_code(sdk):
    assert sdk.exchange_code("https://app.example.com/callback", "c-1")["access_token"]


def test_it_pages_through_version_two(sdk):
    sdk.BASE_URL = sdk.BASE_URL.replace("/v1/", "/api/v2/")
    ids: list[int] = []
    parameters: dict[str, Any] = {"limit": 50}
    while True:
        page = sdk.deals.get_all_deals(params=parameters)
        ids += [deal["id"] for deal in page["data"]]
        parameters["cursor"] = page["additional_data"]["next_cursor"]
        if parameters["cursor"] is None:
            break
    assert len(set(ids)) == len(ids) == 392


def test_it_understands_refusals(sdk):
    with pytest.raises(exceptions.GoneError):
        sdk.deals.get_all_deals()
    with pytest.raises(exceptions.NotFoundError):
        sdk.users.get_user(1)
    sdk.set_api_token(None)
    with pytest.raises(exceptions.UnauthorizedError, match="unauthorized access"):
        sdk.users.get_me()


def test_it_takes_the_edges_page_for_an_answer(serving):
    company = Company(serving(pipedrive_burst=1, pipedrive_block_after=1))
    sdk = client.Client(domain=company.url)
    sdk.set_api_token("made-up")
    assert sdk.users.get_me()["success"]
    with pytest.raises(exceptions.TooManyRequestsError):
        sdk.users.get_me()
    assert sdk.users.get_me().startswith("<!doctype html>")
