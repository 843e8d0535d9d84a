from __future__ import annotations

import itertools
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crmsync.testing.clocks import FakeClock

psycopg = pytest.importorskip("psycopg", reason="no psycopg to test PostgreSQL with")
NUMBERS = itertools.count(1)
CHILD = Path(__file__).with_name("holding_child.py")


@contextmanager
def empty_schema(server_url):
    """An empty database, as far as the ledger sees: gives its address."""
    schema = f"test_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    joint = "&" if "?" in server_url else "?"
    yield f"{server_url}{joint}options={quote(f'-csearch_path={schema}')}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def url(server_url):
    """An empty database of the test's own."""
    with empty_schema(server_url) as address:
        yield address


@pytest.fixture(scope="module")
def ledger_connection(server_url):
    """The connection of an open ledger, for tests that only ask what it would take."""
    from crmsync.ledger.postgres.opening import open_postgres  # noqa: PLC0415 - after the skip
    from crmsync.ledger.postgres.server import Server  # noqa: PLC0415 - after the skip

    with empty_schema(server_url) as address:
        server = Server(url=address, read_only=False)
        ledger: Any = open_postgres(server, clock=FakeClock(), lost=lambda: None, lease=60.0)
        yield ledger._store._link._connection
        ledger.close()


@pytest.fixture
def open_at(url):
    """Opens the ledger at `url`, as often as it is called, and closes all in the end."""
    from crmsync.ledger.postgres.opening import open_postgres  # noqa: PLC0415 - after the skip
    from crmsync.ledger.postgres.server import Server  # noqa: PLC0415 - after the skip

    opened = []

    def opener(*, read_only=False, clock=None, lost=lambda: None, lease=60.0):
        server = Server(url=url, read_only=read_only)
        clock = clock or FakeClock()
        opened.append(open_postgres(server, clock=clock, lost=lost, lease=lease))
        return opened[-1]

    yield opener
    for ledger in opened:
        ledger.close()


@pytest.fixture
def child(url):
    """Starts a process that holds a lock and settles in a loop."""
    started = []

    def start(lease=60.0):
        command = [sys.executable, str(CHILD), url, str(lease)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        with process:  # closes its pipe, and waits for it
            pass
