"""What a ledger's address may be. Imports no driver: the configuration asks here, too."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

SQLITE: Final = "sqlite:///"

_POSTGRES: Final = ("postgresql://", "postgres://")


def is_postgres(url: str) -> bool:
    """Whether a URL names a database on a PostgreSQL server."""
    return url.startswith(_POSTGRES)


def url_fault(url: str) -> str | None:
    """What is wrong with a ledger's URL, without showing it; None where it is fine."""
    if is_postgres(url):
        return _postgres_fault(url)
    name = url.removeprefix(SQLITE)
    if name == url or not name:
        return "this is no ledger's URL"
    if "?" in name or "\0" in name:
        return "a ledger's URL takes no options, and no `?` in the file's name"
    return None


def shown(url: str) -> str:
    """A ledger's URL as messages may show it: without password and options."""
    if not is_postgres(url):
        return url
    parts = urlsplit(url)
    _, _, host = parts.netloc.rpartition("@")
    user = f"{parts.username}@" if parts.username else ""
    return f"postgresql://{user}{host}{parts.path}"


def _postgres_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        secret, _ = parts.password, parts.port
    except ValueError:
        return "this is no ledger's URL"
    if secret is not None or {"password", "sslpassword"} & parse_qs(parts.query).keys():
        return (
            'must not hold the password; set password = "${NAME}" under [state], or PGPASSWORD, '
            "or a ~/.pgpass"
        )
    if not parts.path.strip("/") or not url.isprintable():
        return 'must name a database, such as "postgresql://crmsync@db.example.com/crmsync"'
    return None
