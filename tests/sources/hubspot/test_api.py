from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest

from crmsync.adapters import Context
from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.sources.hubspot.api import HubSpotApi, learn
from crmsync.sources.hubspot.objects import OBJECTS
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.pacing import Rate

COMPANIES = OBJECTS["companies"]
EMPTY = Response(200, {}, b'{"results":[]}')


def api(script, clock=None, **settings):
    context = Context(name="hubspot", clock=clock or FakeClock(), retry_for=60.0, max_wait=60.0)
    values = {"access_token": "pat", "base_url": "https://crm.example/base", **settings}
    return HubSpotApi(HubSpotSettings.model_validate(values), context, ScriptedTransport(script))


def test_a_list_is_asked_for_in_one_line():
    hubspot = api([EMPTY])
    hubspot.list(
        hubspot.list_url(COMPANIES, ("name", "domain"), after="7", archived=True, limit=100)
    )

    assert hubspot._account._transport.requests[0].url == (
        "https://crm.example/base/crm/objects/2026-09/companies"
        "?limit=100&properties=name,domain&archived=true&after=7"
    )


def test_a_batch_asks_for_each_id_once():
    hubspot = api([EMPTY])
    hubspot.batch_read(COMPANIES, ["1", "2", "1"], ("name",))

    (request,) = hubspot._account._transport.requests
    assert orjson.loads(request.body)["inputs"] == [{"id": "1"}, {"id": "2"}]


def test_owners_are_read_to_the_last_page():
    first = Response(200, {}, b'{"results":[{"id":"1"}],"paging":{"next":{"after":"1"}}}')
    second = Response(200, {}, b'{"results":[{"id":"2"}]}')

    assert [row["id"] for row in api([first, second]).owners(archived=True)] == ["1", "2"]


def test_owners_that_repeat_a_page_end_the_read():
    page = Response(200, {}, b'{"results":[{"id":"1"}],"paging":{"next":{"after":"1"}}}')

    with pytest.raises(FatalError, match="twice"):
        list(api(lambda _: page).owners(archived=False))


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"null", b'{"results":null}', b'{"results":{}}', b'{"results":[7]}',
     b'{"success":false}'],
)  # fmt: skip
def test_json_that_is_no_page_ends_the_read(body):
    hubspot = api(lambda _: Response(200, {}, body))

    for reads in (hubspot.list, lambda url: hubspot.read(hubspot.ask(url).answer())):
        with pytest.raises(FatalError, match="JSON that is no page of records"):
            reads(hubspot.list_url(COMPANIES, (), limit=100))


@pytest.mark.fault(35)
@pytest.mark.parametrize("types", [None, 7, {}, [None], [7, "x"]])
def test_an_association_of_no_known_kind_is_one_all_the_same(types):
    row = {"from": {"id": "1"}, "to": [{"toObjectId": 5, "associationTypes": types}]}
    hubspot = api([Response(200, {}, orjson.dumps({"results": [row]}))])

    found = hubspot.associations(COMPANIES, COMPANIES, {"1": ""})

    assert [one for one, _ in found["1"].targets] == ["5"]
    assert [list(kinds) for _, kinds in found["1"].targets] == [[]]


@pytest.mark.fault(35)
@pytest.mark.parametrize(
    "row", [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}, {"id": "x"}]
)
def test_a_record_without_an_id_ends_the_read(row):
    hubspot = api(lambda _: Response(200, {}, orjson.dumps({"results": [{"id": "1"}, row]})))

    with pytest.raises(FatalError, match="a record without an id"):
        hubspot.list(hubspot.list_url(COMPANIES, (), limit=100))
    with pytest.raises(FatalError, match="a record without an id"):
        hubspot.search(COMPANIES, {})
    with pytest.raises(FatalError, match="a record without an id"):
        hubspot.batch_read(COMPANIES, ["1", "2"], ())


@pytest.mark.parametrize(
    "paging", [None, 7, {}, {"next": None}, {"next": []}, {"next": {"link": "https://evil/x"}}]
)
def test_a_page_without_a_token_is_the_last(paging):
    body = orjson.dumps({"results": [], "paging": paging})

    hubspot = api(lambda _: Response(200, {}, body))
    url = hubspot.list_url(COMPANIES, (), limit=100)

    assert hubspot.list(url).after == hubspot.ask(url).answer().after == ""


@pytest.mark.parametrize("total", [None, "7", 7.5])
def test_a_total_that_is_no_number_is_none(total):
    body = orjson.dumps({"results": [], "total": total})

    assert api([Response(200, {}, body)]).count(COMPANIES) is None


def test_searches_keep_to_four_a_second_and_lists_do_not():
    clock, sent = FakeClock(), []

    def answer(_):
        sent.append(clock.monotonic())
        return Response(200, {}, b'{"results":[],"total":0}')

    hubspot = api(answer, clock)
    for _ in range(9):
        hubspot.count(COMPANIES)
    for _ in range(50):
        hubspot.list(hubspot.list_url(COMPANIES, (), limit=100))

    assert all(later - sent[at] >= 1.0 for at, later in enumerate(sent[4:9]))
    assert len(set(sent[9:])) == 1


def test_the_pace_is_learned_from_the_headers():
    headers = {
        "x-hubspot-ratelimit-max": "190",
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
        "x-hubspot-ratelimit-remaining": "120",
    }

    assert learn(headers)["default"] == (Rate(190, 10.0), 120, None)


@pytest.mark.parametrize(
    "headers", [{}, {"x-hubspot-ratelimit-max": "190"}, {"x-hubspot-ratelimit-max": "many",
                "x-hubspot-ratelimit-interval-milliseconds": "10000"}],
)  # fmt: skip
def test_headers_that_do_not_tell_teach_nothing(headers):
    assert learn(headers) == {}


def test_a_bound_of_the_users_own_holds_for_every_request():
    clock, sent = FakeClock(), []

    def answer(_):
        sent.append(clock.monotonic())
        return Response(200, {}, b'{"results":[]}')

    hubspot = api(answer, clock, rate_limit="2/1m")
    url = hubspot.list_url(COMPANIES, (), limit=100)
    for number in range(5):
        hubspot.list(url) if number % 2 else hubspot.count(COMPANIES)

    assert all(third - first >= 60 for (first, _), (third, _) in pairwise(pairwise(sent[::2])))


def test_the_crms_time_is_that_of_its_last_answer():
    clock = FakeClock(datetime(2030, 1, 1, tzinfo=UTC))  # this machine's is years ahead
    hubspot = api(
        [Response(200, {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}, b'{"results":[]}')], clock
    )
    begun = hubspot.time.monotonic()
    hubspot.list(hubspot.list_url(COMPANIES, (), limit=100))
    clock.advance(5)

    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert hubspot.time.at(begun) == noon
    assert hubspot.time.now() == noon + timedelta(seconds=5)


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 21 Foo 2026"])
def test_a_date_that_is_none_leaves_this_machines_clock(date):
    clock = FakeClock()
    hubspot = api([Response(200, {"date": date}, b'{"results":[]}')], clock)
    hubspot.list(hubspot.list_url(COMPANIES, (), limit=100))

    assert hubspot.time.now() == clock.now()


def test_what_is_asked_for_once_is_not_asked_for_again():
    hubspot = api([Response(200, {}, b'{"portalId":7,"uiDomain":"app.hubspot.com"}')])

    assert hubspot.account_info() is hubspot.account_info()
    assert hubspot.account_info().url_prefix(COMPANIES) == (
        "https://app.hubspot.com/contacts/7/record/0-2/"
    )


@pytest.mark.parametrize("body", [b"{}", b'{"data":null}', b'{"portalId":null}'])
def test_an_answer_that_names_no_account_ends_the_read(body):
    hubspot = api([Response(200, {}, body)])
    with pytest.raises(FatalError, match="/details answered JSON that is no account"):
        hubspot.account_info()


def test_a_used_up_day_says_when_it_ends_in_the_accounts_own_time_zone():
    clock = FakeClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    info = Response(200, {}, b'{"portalId":7,"timeZone":"Asia/Tokyo"}')
    hubspot = api([info, Response(429, {}, b'{"policyName":"DAILY"}')], clock)
    hubspot.account_info()

    with pytest.raises(RetryableError, match="Asia/Tokyo") as caught:
        hubspot.count(COMPANIES)
    assert caught.value.retry_after == 3 * 3600  # it is 21:00 in Tokyo
