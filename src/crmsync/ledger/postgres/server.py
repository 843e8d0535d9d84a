"""Where the PostgreSQL server is, and how it is connected to."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

import psycopg
from psycopg import conninfo, pq
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

from crmsync.errors import LedgerError
from crmsync.ledger.postgres.failures import at_connecting
from crmsync.secrets import Secret
from crmsync.values import Value

Connection = psycopg.Connection[tuple[Any, ...]]

TURN_SECONDS: Final = 60
"""How long a transaction waits for its turn: another process's takes milliseconds."""
IDLE_SECONDS: Final = 30
"""After so long in the midst of a transaction the server ends it: its process is frozen, or its
machine is gone, and everybody else waits. Shorter than TURN_SECONDS, so that they get theirs."""

_OLDEST: Final = 13_00_00
_UNSAID: Final = b"prefer"
"""What libpq does where nobody says anything: encrypt if the server can, trust anybody."""
_CONNECTING: Final[Mapping[str, Any]] = {
    "application_name": "crmsync",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    # A server that vanished without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
# Plans are made while tables are small and kept while they grow. What looks a row up must go by
# the index all the same, so the ways that read whole tables are taken only where there is no other.
_SETTINGS: Final = f"""
SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';
SET lock_timeout = '{TURN_SECONDS}s';
SET default_transaction_isolation = 'read committed';
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off';
"""


class Server(Value):
    """A database, and who asks for it.

    Attributes:
        url: `postgresql://…`, without a password.
        password: Where it does not come from libpq's own places (PGPASSWORD, ~/.pgpass).
        read_only: Whether the server is to refuse every write.
    """

    url: str
    password: Secret | None = None
    read_only: bool = False

    @property
    def name(self) -> str:
        """What messages call it: no password, no options."""
        given = conninfo.conninfo_to_dict(self.url)
        user = f"{given['user']}@" if given.get("user") else ""
        port = f":{given['port']}" if given.get("port") else ""
        return f"postgresql://{user}{given.get('host') or ''}{port}/{given.get('dbname') or ''}"

    def connect(self) -> Connection:
        """Connect once, ready to be used. The caller closes it.

        Raises:
            UnreachableError: Not now; another time.
            LedgerError: It refuses us, or is none that can be used.
        """
        parameters: dict[str, Any] = {**_CONNECTING, **_encryption(self.url)}
        if self.password is not None:
            parameters["password"] = self.password.reveal()
        try:
            connection = psycopg.connect(
                self.url, autocommit=True, cursor_factory=psycopg.RawCursor, **parameters
            )
        except psycopg.Error as error:
            raise at_connecting(error, self.name) from error
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        info = connection.info
        if info.server_version < _OLDEST:
            raise LedgerError(
                f"the ledger {self.name}: PostgreSQL {info.server_version // 10_000} is too old",
                hint="use PostgreSQL 13 or later",
            )
        if info.parameter_status("server_encoding") != "UTF8":
            raise LedgerError(
                f"the ledger {self.name}: the database's encoding is not UTF8",
                hint="make one that is: createdb --encoding UTF8 --template template0 NAME",
            )
        # One type for whole numbers, so that a statement is prepared once.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(str, StrDumperUnknown)
        try:
            connection.execute(_SETTINGS)
            if self.read_only:
                connection.execute("SET default_transaction_read_only = on")
        except psycopg.Error as error:
            raise at_connecting(error, self.name) from error


def _encryption(url: str) -> dict[str, str]:
    """Across a network: encrypted, the certificate checked, unless the URL says otherwise.

    Or libpq's own variables (PGSSLMODE, PGSSLROOTCERT).
    """
    given = conninfo.conninfo_to_dict(url)
    host = str(given.get("host") or given.get("hostaddr") or "")
    told = {option.keyword: option.val for option in pq.Conninfo.get_defaults()}
    if "sslmode" in given or told.get(b"sslmode") != _UNSAID or _is_near(host):
        return {}
    if "sslrootcert" in given or told.get(b"sslrootcert"):
        return {"sslmode": "verify-full"}
    return {"sslmode": "verify-full", "sslrootcert": "system"}


def _is_near(host: str) -> bool:
    if not host or host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
