"""Where the status page listens: an address of this machine, or a unix socket."""

from __future__ import annotations

import os
import re
import socket
import stat
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.values import Value

EXAMPLE: Final = "127.0.0.1:8787"
PRIVATE: Final = 0o600

_UNIX: Final = "unix:"
_FORM: Final = re.compile(r"(?:(\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost)?:)?([0-9]{1,5})")
_LOOPBACK: Final = "127.0.0.1"
_PORTS: Final = 65_535
_BACKLOG: Final = 64


class Address(Value, kw_only=False):
    """What `--http` says.

    Attributes:
        host: An IP address; empty for a unix socket.
        path: The unix socket; empty for a host.
    """

    host: str
    port: int = 0
    path: str = ""

    @property
    def is_near(self) -> bool:
        """Whether this machine alone can reach it."""
        return bool(self.path) or ip_address(self.host).is_loopback

    @property
    def url(self) -> str:
        """How a person would write it into a browser."""
        return f"{_UNIX}{self.path}" if self.path else f"http://{self._bracketed}:{self.port}/"

    @property
    def names(self) -> frozenset[str]:
        """What a request may call it, as `Host` has it."""
        if self.path:
            return frozenset({"localhost"})
        hosts = {self._bracketed} if not ip_address(self.host).is_unspecified else set()
        if self.is_near or ip_address(self.host).is_unspecified:
            hosts |= {"localhost", _LOOPBACK, "[::1]"}
        return frozenset(f"{host}:{self.port}" for host in hosts)

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(text: str) -> Address:
    """Read `127.0.0.1:8787`, `[::1]:8787`, `8787` (on this machine alone) or `unix:/path`.

    Raises:
        ConfigError: It is none of these.
    """
    if text.startswith(_UNIX):
        path = Path(text.removeprefix(_UNIX))
        if not path.is_absolute():
            raise _fault(f"{text} names no whole path", "write unix:/run/crmsync/status.sock")
        return Address("", path=str(path))
    found = _FORM.fullmatch(text)
    if found is None or int(found[2]) > _PORTS:
        raise _fault(f"{text} is no address to listen at", f"write it like {EXAMPLE}")
    host = (found[1] or _LOOPBACK).strip("[]")
    host = _LOOPBACK if host == "localhost" else host
    try:
        ip_address(host)
    except ValueError as error:
        raise _fault(f"{text} is no address to listen at", f"write it like {EXAMPLE}") from error
    return Address(host, int(found[2]))


def bind(address: Address) -> tuple[socket.socket, Address]:
    """Listen there; gives the address that it came to, where any port would do.

    Raises:
        ConfigError: It is taken, or none of this machine's.
    """
    try:
        if address.path:
            return _unix(Path(address.path)), address
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        place = (address.host, address.port)
        listener = socket.create_server(place, family=family, backlog=_BACKLOG)
    except OSError as error:
        message = f"cannot listen at {address.url}: {error.strerror or error}"
        raise _fault(message, "name another address, or end what listens there") from error
    return listener, Address(address.host, listener.getsockname()[1])


def _unix(path: Path) -> socket.socket:
    """A socket for its owner alone, from its first moment on; one left by a dead daemon goes."""
    if _is_left_over(path):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~PRIVATE)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _is_left_over(path: Path) -> bool:
    """Whether it is a socket that nobody listens at."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
                return knock.connect_ex(str(path)) != 0
    return False


def _fault(message: str, hint: str) -> ConfigError:
    return ConfigError([Problem("--http", "wrong_value", message)], hint=hint)
