"""Where requests may go: to the origin that the configuration names, and nowhere else."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from crmsync.errors import ConfigError, FatalError
from crmsync.receipts import Problem
from crmsync.transport.redaction import safe
from crmsync.values import Value

_PORTS: Final = {"https": 443, "http": 80}
# Decimal, octal, hexadecimal and shortened addresses end in a label that is a number:
# https://url.spec.whatwg.org/#ends-in-a-number-checker, read 2026-11-22.
_NUMERIC: Final = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class Origin(Value):
    """Scheme, host and port of an account, with the path that its requests start with.

    Attributes:
        prefix: The base URL's own path, without a slash at the end.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def parse(cls, base_url: str) -> Origin:
        """Read a base URL. `http://` is taken for loopback hosts only.

        Raises:
            ConfigError: It is no such URL; nothing was sent.
        """
        parts = split_url(base_url)
        if parts is None or parts.scheme not in _PORTS or not parts.hostname:
            raise _fault("is no https:// URL", "write it as https://host")
        # In a path, too: the slash of an unescaped password would make its user name the host.
        if "@" in base_url or parts.query or parts.fragment:
            raise _fault("has a user name, a query or a fragment", "write it as https://host/path")
        if wrong := host_fault(parts.hostname):
            raise _fault(wrong, "name the host that the vendor gives")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise _fault(
                f"is http:// for {safe(parts.hostname)}, which is not this machine",
                "use https://, so that credentials are not sent in the clear",
            )
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            prefix=parts.path.rstrip("/"),
        )

    def resolve(self, url: str) -> str:
        """The absolute URL of a path (put after the prefix) or of a URL of this origin.

        Raises:
            FatalError: It points elsewhere. Nothing was sent: credentials stay here.
        """
        parts = split_url(url)
        if parts and not parts.scheme and not parts.netloc and url.startswith("/"):
            return f"{self}{self.prefix}{url}"
        if parts is None or "@" in parts.netloc or not self._holds(parts):
            raise FatalError(
                f"refused to send a request for {self} to {safe(url.partition('?')[0])}",
                hint="if the account moved, change its base_url",
            )
        return url

    def _holds(self, parts: SplitResult) -> bool:
        port = parts.port or _PORTS.get(parts.scheme)
        return (parts.scheme, parts.hostname, port) == (self.scheme, self.host, self.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name, without asking anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_fault(host: str) -> str | None:
    """What is wrong with a host by its very name; None where credentials may go there.

    Addresses of a private network are fine: a configuration that names one means it. Nobody's
    CRM lives where a cloud tells its machines their own credentials (169.254.169.254).
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host):
            return "has a number for a host, which resolvers take for an address of any kind"
        return "has a dot after its host" if host.endswith(".") else None
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_link_local or plain.is_unspecified or plain.is_multicast:
        return f"leads to {host}, which is no host of an account"
    return None


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL; None where it is none, or holds what no URL may."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    return parts


def _fault(message: str, hint: str) -> ConfigError:
    return ConfigError([Problem("base_url", "not_allowed", message)], hint=hint)
