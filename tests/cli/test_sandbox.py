from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tomllib
from http.client import HTTPConnection

import pytest

from crmsync.cli.output.simulated import simulated_config
from crmsync.config.loading import load
from crmsync.mapping.presets import presets
from crmsync.plugins import destination_names, source_names
from crmsync.sandbox.accounts import FITTING
from crmsync.sandbox.options import SandboxOptions

SOURCES = set(source_names()) - {"file"}
DESTINATIONS = set(destination_names())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--faults", "hubspot"], "NAME:VALUE"),
        (["--faults", "hubspot:430=0.1"], "430"),
        (["--faults", "nothing:429=0.1"], "nothing"),
        (["--option", "rate_limit"], "NAME=VALUE"),
        (["--option", "rate_limi=1/1s"], "rate_limit"),
        (["--option", "rate_limit=fast"], "190/10s"),
        (["--option", "empties=none"], "empties"),
        (["--option", "portal_id=x"], "portal_id"),
        (["--companies", "-1"], "--companies"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_a_wrong_option_is_told(crmsync, arguments, words):
    ended = crmsync("sandbox", *arguments)
    assert ended.code == 2
    assert words in ended.err.replace("\n", " ")


def test_it_serves_prints_a_configuration_that_loads_and_ends_on_sigterm(tmp_path):
    line = [sys.executable, "-m", "crmsync", "sandbox", "--companies", "5"]
    line += ["--option", "missing_scopes=a,b", "--option", "akooda_details=false"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = simulated_config("", SandboxOptions()).rstrip().count("\n") + 1
            printed = "".join(process.stdout.readline() for _ in range(lines))
            url = re.findall(r'base_url = "(.*)/hubspot"', printed)[0]
            connection = HTTPConnection(url.removeprefix("http://"))
            connection.request("GET", "/_sandbox/requests")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    (tmp_path / "config.toml").write_text(printed)
    loaded = load(tmp_path / "config.toml")
    assert loaded.config.sources["hubspot"].settings.base_url.startswith(url)
    assert loaded.config.sources.keys() == SOURCES
    assert loaded.config.destinations.keys() == DESTINATIONS


def test_a_port_that_is_taken_is_told(crmsync):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = crmsync("sandbox", "--companies", "1", "--port", str(listener.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be listened on" in ended.err


def printed(**options):
    return tomllib.loads(simulated_config("http://127.0.0.1:1", SandboxOptions(**options)))


def test_the_printed_configuration_has_the_credentials_that_were_set():
    shown = printed(access_token='t"1', tenant_id="acme", akita_api_key="k", **FITTING)
    assert shown["sources"]["hubspot"]["access_token"] == 't"1'
    assert shown["destinations"]["akooda"]["tenant_id"] == "acme"
    assert shown["destinations"]["akooda"]["api_key"] == "sandbox"
    assert shown["destinations"]["akita"]["api_key"] == "k"


def test_the_printed_data_talks_signs_as_its_simulator_checks():
    options = {"datatalks_region": "eu-north-1", "datatalks_secret_access_key": "s"}
    shown = printed(datatalks_group_keys="se1, no1", **options)["destinations"]["datatalks"]
    assert (shown["region"], shown["secret_access_key"]) == ("eu-north-1", "s")
    assert shown["group_key"] == "se1"


def test_akita_is_written_fast_unless_its_simulator_has_a_limit():
    assert printed()["destinations"]["akita"]["rate_limit"] == "1000/1s"
    assert "rate_limit" not in printed(akita_rate_limit="120/60s")["destinations"]["akita"]


def test_every_preset_of_these_systems_has_its_sync():
    syncs = printed()["syncs"].values()
    shown = {(one["source"], one["object"], one["destination"]) for one in syncs}
    assert shown == {p for p in presets() if {p.source, p.destination} <= SOURCES | DESTINATIONS}
    assert len(shown) == len(syncs)


def test_the_help_names_the_other_options(crmsync):
    shown = crmsync("sandbox", "--help").out
    assert all(name in shown for name in ("access_token", "search_lag_s", "akooda_mode"))


def test_a_number_that_is_none_is_told_in_plain_words(crmsync):
    ended = crmsync("sandbox", "--option", "portal_id=x")
    assert "portal_id must be a whole number" in " ".join(ended.err.split())


def test_its_made_up_secrets_are_warned_of_in_one_line(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text(simulated_config("http://127.0.0.1:1", SandboxOptions()))
    ended = crmsync("mapping", "show", "hubspot-companies-akita")
    (line,) = ended.err.splitlines()
    assert ended.code == 0
    assert "sources.hubspot.access_token, sources.salesforce.consumer_key, " in line
