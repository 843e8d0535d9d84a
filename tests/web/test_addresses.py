from __future__ import annotations

import stat

import pytest

from crmsync.errors import ConfigError
from crmsync.web.addresses import Address, bind, parse


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8787", "127.0.0.1", 8787),
        ("8787", "127.0.0.1", 8787),
        (":8787", "127.0.0.1", 8787),
        ("localhost:0", "127.0.0.1", 0),
        ("[::1]:8787", "::1", 8787),
        ("0.0.0.0:80", "0.0.0.0", 80),  # noqa: S104 - it is only read
    ],
)
def test_an_address_is_read(text, host, port):
    assert parse(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["", "here:80", "127.0.0.1", "127.0.0.1:70000", "1.2.3:80", "http://127.0.0.1:80", "unix:a"],
)
def test_what_is_no_address_is_refused_with_one_that_is(text):
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert "127.0.0.1:8787" in caught.value.hint or "unix:/" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "near"),
    [
        *((text, True) for text in ("8787", "127.8.8.8:1", "[::1]:1", "unix:/x")),
        *((text, False) for text in ("0.0.0.0:1", "[::]:1", "10.0.0.1:1")),
    ],
)
def test_what_this_machine_alone_can_reach_is_near(text, near):
    assert parse(text).is_near is near


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("8787", {"127.0.0.1:8787", "localhost:8787", "[::1]:8787"}),
        ("10.0.0.1:80", {"10.0.0.1:80"}),
        ("[::]:80", {"127.0.0.1:80", "localhost:80", "[::1]:80"}),
        ("unix:/run/x", {"localhost"}),
    ],
)
def test_it_is_known_by_its_own_names_alone(text, names):
    assert parse(text).names == names


def test_sec51_without_a_host_it_listens_on_this_machine_alone():
    listener, address = bind(parse("0"))
    with listener:
        assert listener.getsockname() == ("127.0.0.1", address.port)


def test_an_address_that_is_taken_is_a_fault_that_names_it():
    listener, address = bind(parse("0"))
    with listener, pytest.raises(ConfigError, match=f"127.0.0.1:{address.port}/: Address already"):
        bind(address)


def test_sec53_a_unix_socket_is_its_owners_alone(tmp_path):
    path = tmp_path / "status.sock"
    listener, _ = bind(parse(f"unix:{path}"))
    with listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_unix_socket_that_a_dead_daemon_left_is_taken_over_and_a_live_one_is_not(tmp_path):
    address = parse(f"unix:{tmp_path / 'status.sock'}")
    bind(address)[0].close()
    listener, _ = bind(address)
    with listener, pytest.raises(ConfigError, match="Address already in use"):
        bind(address)


def test_a_file_in_the_place_of_the_unix_socket_stays(tmp_path):
    path = tmp_path / "status.sock"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError):
        bind(parse(f"unix:{path}"))
    assert path.read_text(encoding="utf-8") == "mine"
