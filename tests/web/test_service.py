from __future__ import annotations

import socket

import pytest

from crmsync.errors import ConfigError
from crmsync.web.service import StatusPage


def test_it_answers_at_a_unix_socket(world, tmp_path):
    path = tmp_path / "s.sock"
    page = StatusPage(f"unix:{path}", world.daemon, world.clock)
    page.start()
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(10)
        wire.connect(str(path))
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200")
    page.stop()


def test_sec51_beyond_this_machine_nothing_listens_without_a_token(world):
    with pytest.raises(ConfigError, match="there is no token"):
        StatusPage("0.0.0.0:0", world.daemon, world.clock)


def test_sec50_the_token_is_looked_up_when_it_starts_and_a_missing_one_is_a_fault(world):
    world.configure(daemon='http_token = "file:none"')
    with pytest.raises(ConfigError, match="none cannot be read"):
        StatusPage("127.0.0.1:0", world.daemon, world.clock)


def test_it_can_be_stopped_before_anybody_asked(world):
    page = StatusPage("127.0.0.1:0", world.daemon, world.clock)
    page.start()
    page.stop()
    page.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((page.address.host, page.address.port), timeout=10)
