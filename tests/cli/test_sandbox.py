from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tomllib
from http.client import HTTPConnection

import pytest

from crmsync.cli.sandbox import _config
from crmsync.config.loading import load
from crmsync.plugins import source_names
from crmsync.sandbox.options import SandboxOptions

SOURCES = set(source_names())


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
            printed = "".join(iter(process.stdout.readline, "[syncs.pipedrive-deals]\n"))
            printed += "[syncs.pipedrive-deals]\n"
            printed += "".join(process.stdout.readline() for _ in range(3))
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
    assert {name.partition("-")[0] for name in loaded.config.syncs} == SOURCES - {"file"}


def test_a_port_that_is_taken_is_told(crmsync):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = crmsync("sandbox", "--companies", "1", "--port", str(listener.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be listened on" in ended.err


def test_the_printed_configuration_has_the_credentials_that_were_set():
    options = SandboxOptions(access_token='t"1', tenant_id="acme")
    printed = tomllib.loads(_config("http://127.0.0.1:1", options))
    assert printed["sources"]["hubspot"]["access_token"] == 't"1'
    assert printed["destinations"]["akooda"]["tenant_id"] == "acme"
    assert printed["destinations"]["akooda"]["api_key"] == "sandbox"


def test_the_help_names_the_other_options(crmsync):
    shown = crmsync("sandbox", "--help").out
    assert all(name in shown for name in ("access_token", "search_lag_s", "akooda_mode"))


def test_a_number_that_is_none_is_told_in_plain_words(crmsync):
    ended = crmsync("sandbox", "--option", "portal_id=x")
    assert "portal_id must be a whole number" in " ".join(ended.err.split())
