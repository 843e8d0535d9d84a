from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from crmsync.sandbox.__main__ import faults_of, main
from crmsync.sandbox.faults import Faults
from crmsync.sandbox.options import SYSTEMS, Rate, SandboxOptions
from crmsync.sandbox.server import start
from crmsync.sandbox.windows import RollingWindow

COMPANIES = "/hubspot/crm/objects/2026-09/companies"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "-m",
        "crmsync.sandbox",
        "--companies",
        "5",
        "--fault",
        "akooda:500=1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_is_and_ends_well_on_a_signal(process, number):
    url = json.loads(process.stdout.readline())["url"]
    headers = {"authorization": "Bearer x"}
    assert len(httpx.get(url + COMPANIES, headers=headers).json()["results"]) == 5
    assert httpx.post(f"{url}/akooda/organizations").status_code == 500
    process.send_signal(number)
    assert process.wait(60) == 0


def test_faulty_arguments_are_usage_errors(capsys):
    for arguments in (["--fault", "x=1"], ["--rate-limit", "fast"], ["--fault", "sap:429=1"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "the systems are hubspot, pipedrive" in capsys.readouterr().err


def test_fault_arguments_are_for_one_system_or_for_all():
    plans = faults_of(["429=0.1", "akooda:lost=0.2"])
    everywhere = dict.fromkeys(SYSTEMS, Faults.parse("429=0.1"))
    assert plans == {**everywhere, "akooda": Faults.parse("lost=0.2")}


def test_a_stopped_sandbox_no_longer_answers():
    with start(SandboxOptions(companies=0)) as sandbox:
        assert httpx.get(f"{sandbox.url}/_sandbox/requests").json()["total"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.url}/_sandbox/requests")


def test_a_taken_port_is_said_so():
    with start(SandboxOptions(companies=0)) as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            start(SandboxOptions(port=port))


def test_an_empty_portal_has_an_empty_page():
    with start(SandboxOptions(companies=0)) as sandbox:
        headers = {"authorization": "Bearer x"}
        assert httpx.get(sandbox.url + COMPANIES, headers=headers).json() == {"results": []}


def test_unknown_prefixes_say_what_there_is(client):
    answer = client.http.get("/sap")
    assert answer.status_code == 404
    named = ", ".join(f"/{system}" for system in (*SYSTEMS, "_sandbox"))
    assert named in answer.json()["message"]


def test_requests_are_served_side_by_side(serving):
    client = serving(latency_ms=100.0, jitter_ms=10.0)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: client.http.get(COMPANIES).elapsed, range(8)))
    assert sum(page.total_seconds() for page in pages) >= 0.8


@pytest.mark.parametrize(
    "options",
    [
        {"companies": -1}, {"nasty": -0.1}, {"rate_limit": "190"}, {"search_rate": "0/1s"},
        {"akooda_rate_limit": "1/0s"}, {"faults": {"sap": Faults()}},
    ],
    ids=repr,
)  # fmt: skip
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options)).replace("akooda_", "") + "|rate"):
        SandboxOptions(**options)


def test_a_window_rolls():
    window = RollingWindow(Rate(2, 10.0))
    assert [window.take(now) for now in (0.0, 4.0, 9.9, 10.0, 13.9, 14.0)] == [
        True, True, False, True, False, True,
    ]  # fmt: skip
    assert window.remaining == 0
