"""The real client against the simulator, over real sockets."""

from __future__ import annotations

import ssl
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import get_ident
from time import monotonic
from typing import Any

import httpx
import pytest
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.destinations.akita import PLUGIN
from crmsync.destinations.akita.encoding import encode, sent
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.errors import BatchRejectedError, CredentialsError, FatalError
from crmsync.payloads import Fields
from crmsync.sandbox.faults import parse_plan
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.transport.clock import SystemClock

HEALTHY = SandboxOptions(companies=0, akita_api_key="key-0123456789")
ACME = {"internal_id": "1", "name": "Acme", "is_tracked": False, "tags": [1]}

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # quicker, and it is plain HTTP


class Noting(SystemClock):
    """Notes how long each thread wanted to sleep: a busy machine makes that no more."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: dict[int, float] = defaultdict(float)

    @override
    def sleep(self, seconds: float) -> None:
        self.slept[get_ident()] += seconds
        super().sleep(seconds)


class Account:
    """An opened account and a look at what the simulator holds."""

    def __init__(self, url: str, rate_limit: str, api_key: str) -> None:
        settings = AkitaSettings.model_validate(
            {"api_key": api_key, "base_url": f"{url}/akita", "rate_limit": rate_limit}
        )
        self.clock = clock = Noting()
        self._control = httpx.Client(
            base_url=f"{url}/_sandbox/akita", trust_env=False, verify=NO_AUTHORITIES
        )
        self.destination = PLUGIN.open(
            settings, Context(name="akita", clock=clock, retry_for=20, max_wait=20)
        )

    def push(self, fields: Fields) -> str:
        return self.destination.push([encode(fields)], method="upsert").status

    def held(self, key: str = "1") -> Any:
        return self._control.get(f"/accounts/{key}").json()

    def edit(self, **attributes: object) -> None:
        answer = self._control.post("/accounts", json={"internal_id": "1", **attributes})
        assert answer.status_code == 200, answer.text

    def close(self) -> None:
        self._control.close()
        self.destination.close()


@contextmanager
def account(*, rate_limit: str = "10000/1s", api_key: str = "key-0123456789", **options: Any):
    with start(replace(HEALTHY, **options)) as sandbox:
        opened = Account(sandbox.url, rate_limit, api_key)
        yield opened
        opened.close()


def test_an_account_is_created_then_updated_and_akita_gives_its_id():
    with account() as akita:
        created, updated = akita.push(ACME), akita.push({**ACME, "name": "Acme Inc"})
        own = akita.held()["id"]
        assert (created, updated) == (f"201, Akita's id {own}", f"200, Akita's id {own}")
        assert akita.held()["name"] == "Acme Inc"


def test_a03_a_boundary_that_is_crossed_arrives_and_a_hand_in_between_stays():
    with account() as akita:
        akita.push(sent(ACME, None))
        akita.edit(is_tracked=True, tags=[1, 9])
        akita.push(sent({**ACME, "name": "Acme Inc"}, ACME))
        assert (akita.held()["is_tracked"], akita.held()["tags"]) == (True, [1, 9])
        customer = {**ACME, "is_tracked": True}
        akita.push(sent(ACME, customer))
        assert akita.held()["is_tracked"] is False


def test_a_customer_who_left_and_came_back():
    gone = {**ACME, "is_churned": True, "customer_end_date": "2021-01-05"}
    with account() as akita:
        akita.push(sent(gone, None))
        assert akita.held()["is_churned"] is True
        akita.push(sent({**ACME, "is_churned": None, "customer_end_date": None}, gone))
        assert (akita.held()["is_churned"], akita.held()["customer_end_date"]) == (False, None)


def test_a10_numbers_and_traits_arrive_as_they_are():
    with account(akita_tags="123") as akita:
        akita.push({**ACME, "tags": [123], "traits.seats": 7, "traits.plan": "Gold"})
        assert akita.held()["tags"] == [123]
        assert akita.held()["traits"] == {"seats": 7, "plan": "Gold"}


def test_a_refusal_is_told_with_akitas_words():
    roles = [{"email": "jo@acme.com", "role_id": 6}]
    with account(akita_csms="al@acme.com", akita_tags="7") as akita:
        with pytest.raises(BatchRejectedError) as caught:
            akita.push({**ACME, "roles": roles})
        assert caught.value.reason == (
            "roles.0.email: The selected roles.0.email is invalid.; "
            "tags.0: The selected tags.0 is invalid."
        )
        akita.push({**ACME, "tags": [7]})


def test_a11_an_answer_about_another_account_stops():
    with account(akita_other_id_after=1) as akita:
        akita.push(ACME)
        with pytest.raises(FatalError, match='to the account "1" with the account "other-1"'):
            akita.push(ACME)


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_wrong_key_ends_it(status):
    wrong = account(api_key="key-other-0000", akita_wrong_key=status)
    with wrong as akita, pytest.raises(CredentialsError, match=status):
        akita.push(ACME)


@pytest.mark.fault(66)
def test_x02_an_html_page_is_no_acceptance():
    faults = parse_plan({"akita": "html=1"})
    with account(faults=faults) as akita, pytest.raises(FatalError, match="HTML"):
        akita.push(ACME)


def test_a13_a_429_that_says_how_long_is_waited_out():
    with account(akita_rate_limit="2/1s", akita_retry_after="seconds") as akita:
        for number in range(4):
            akita.push({**ACME, "internal_id": str(number)})
        assert akita.destination.traffic.rate_limited >= 1


def test_a12_a_planned_rate_meets_no_429_and_wastes_little_time():
    """120 a minute, a hundred times as fast: 240 accounts need 2 minutes, here 1.2 seconds."""
    with account(akita_rate_limit="120/0.6s", rate_limit="120/0.6s") as akita:
        begun = monotonic()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: akita.push({**ACME, "internal_id": str(n)}), range(240)))
        assert akita.destination.traffic.rate_limited == 0
        assert monotonic() - begun > 0.9
        assert max(akita.clock.slept.values()) < 1.5
