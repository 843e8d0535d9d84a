"""Which addresses a configuration may name."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from crmsync.ledger.urls import is_postgres
from crmsync.ledger.urls import url_fault as url_fault_of_ledger
from crmsync.transport.urls import host_fault, is_loopback


def url_fault(text: str) -> str | None:
    """What is wrong with an account's address; None where it is fine.

    https anywhere, http only to this machine (simulators, tests): credentials go with it.
    """
    if not text.isascii() or not text.isprintable() or " " in text:
        return "must be a plain ASCII address"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not host or parts.scheme not in {"https", "http"}:
        return 'must be an https:// address, such as "https://api.example.com"'
    if parts.username is not None or parts.password is not None or "\\" in text:
        return "must not hold a user name or password"
    return host_fault(host) or _extra(parts, host)


def check_state_url(text: str) -> str:
    """Give a ledger's address back where there can be such a ledger; raises ValueError."""
    if is_postgres(text):
        if fault := url_fault_of_ledger(text):
            raise ValueError(fault)
    elif not text.startswith("sqlite:///") or text == "sqlite:///" or not text.isprintable():
        raise ValueError(
            'must be "sqlite:///FILE", such as "sqlite:///crmsync.db", '
            'or "postgresql://USER@HOST/DATABASE"'
        )
    return text


def _extra(parts: SplitResult, host: str) -> str | None:
    if parts.scheme == "http" and not is_loopback(host):
        return "must begin with https://; http:// is for 127.0.0.1, ::1 and localhost only"
    return "must not have a ? or # part" if parts.query or parts.fragment else None
