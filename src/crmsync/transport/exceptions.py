"""What a network library's exception means: whose fault, and whether the request had left.

Libraries are known by name, so that none is imported for it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final, NamedTuple

from crmsync.errors import CrmsyncError, FatalError, RetryableError
from crmsync.transport.redaction import safe


class _Row(NamedTuple):
    """`before`: it can only happen before the first byte of the request has left."""

    what: str
    before: bool = False
    passing: bool = True


_ROWS: Final = {
    ("builtins", "ConnectionRefusedError"): _Row("the connection was refused", before=True),
    ("socket", "gaierror"): _Row("its name cannot be looked up (DNS)", before=True),
    ("httpx", "ConnectTimeout"): _Row("no connection in time", before=True),
    ("httpx", "ConnectError"): _Row("no connection", before=True),
    ("httpx", "PoolTimeout"): _Row("no free connection in time", before=True),
    ("httpx", "WriteTimeout"): _Row("the request could not be sent in time"),
    ("httpx", "ReadTimeout"): _Row("no whole answer in time"),
    ("httpx", "WriteError"): _Row("the connection broke while the request was sent"),
    ("httpx", "ReadError"): _Row("the connection broke before the answer was whole"),
    ("httpx", "RemoteProtocolError"): _Row("the connection ended before the answer was whole"),
    ("httpx", "LocalProtocolError"): _Row("the request is no HTTP", before=True, passing=False),
    ("httpx", "InvalidURL"): _Row("the address is no URL", before=True, passing=False),
    ("urllib3", "NameResolutionError"): _Row("its name cannot be looked up (DNS)", before=True),
    ("urllib3", "NewConnectionError"): _Row("no connection", before=True),
    ("urllib3", "ConnectTimeoutError"): _Row("no connection in time", before=True),
    ("urllib3", "ProxyError"): _Row("the proxy gave no connection", before=True),
    ("urllib3", "EmptyPoolError"): _Row("no free connection in time", before=True),
    ("urllib3", "ReadTimeoutError"): _Row("no whole answer in time"),
    ("urllib3", "IncompleteRead"): _Row("the answer was cut off"),
    ("urllib3", "DecodeError"): _Row("the answer's encoding is cut or corrupt"),
    ("urllib3", "ProtocolError"): _Row("the connection broke before the answer was whole"),
    ("urllib3", "LocationValueError"): _Row("the address is no URL", before=True, passing=False),
    ("urllib3", "InvalidHeader"): _Row("the answer is no HTTP", passing=False),
    ("requests", "InvalidHeader"): _Row("the answer is no HTTP", passing=False),
    ("urllib3", "SSLError"): _Row("the encrypted connection failed"),
    ("ssl", "SSLError"): _Row("the encrypted connection failed"),
    ("builtins", "TimeoutError"): _Row("no whole answer in time"),
    ("builtins", "OSError"): _Row("the connection broke"),
}
_UNKNOWN: Final = _Row("an unexpected error", passing=False)

# OpenSSL's names for handshakes that no retry mends.
_TLS_PERMANENT: Final = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS on that port",
    "UNSUPPORTED_PROTOCOL": "it only speaks TLS older than 1.2",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it only speaks TLS older than 1.2",
}


def of_exception(error: BaseException, *, sent: bool, host: str = "") -> CrmsyncError:
    """Our error for what httpx, urllib3 or the socket raised.

    Args:
        error: As caught; wrapped causes are looked at too. `raise … from` it.
        sent: Whether a byte of the request may have left. Give True where that is not
            known: what can only happen before counts as not delivered all the same.
        host: Whom it was sent to, for the message.
    """
    chain = list(_chain(error))
    about = f"{host}: " if host else ""
    for link in chain:
        if isinstance(link, ssl.SSLError) and (why := _never(link)):
            return FatalError(
                about + why,
                hint="check base_url; a private authority is not trusted",
                maybe_delivered=False,
            )
    row = next((row for link in chain if (row := _row(link))), _UNKNOWN)
    if not row.passing:
        return FatalError(
            f"{about}{row.what} ({type(error).__name__}: {safe(str(error))})",
            hint="check base_url, and what stands between (a proxy)",
            maybe_delivered=sent and not row.before,
        )
    cause = chain[-1]
    words = cause.strerror if isinstance(cause, OSError) and cause is not error else None
    return RetryableError(
        f"{about}{row.what}" + (f" ({safe(words)})" if words else ""),
        hint="check the network and base_url if it stays so" if row.before else "",
        maybe_delivered=sent and not row.before,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        # urllib3 keeps the cause in `reason` or among its arguments, httpcore in the latter.
        kept = (getattr(link, "reason", None), link.__cause__, *link.args)
        link = next((cause for cause in kept if isinstance(cause, BaseException)), None)


def _row(error: BaseException) -> _Row | None:
    for kind in type(error).__mro__:
        if row := _ROWS.get((kind.__module__.partition(".")[0], kind.__name__)):
            return row
    return None


def _never(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({safe(error.verify_message)}); nothing was sent"
    return _TLS_PERMANENT.get(getattr(error, "reason", None) or "", "")
