"""Host names: taken out of what people type, and written as the internet writes them."""

from __future__ import annotations

import importlib
import ipaddress
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import sift
from crmsync.patterns import later

PLAIN_LABELS: Final = r"(?:[a-z0-9][a-z0-9-]*+(?<!-)\.)+[a-z]{2,63}"
"""A pattern of ASCII hosts that need no conversion (A-labels look alike: see `is_plain`)."""
MAX_HOST: Final = 253
MAX_LABEL: Final = 63
_OF_HOSTS: Final = b"abcdefghijklmnopqrstuvwxyz0123456789.-"
_WITHIN_HOSTS: Final = b".-"

# What people type where they have nothing to say. Between bars.
_NOTHING_SAID: Final = (
    "|-|--|---|.|..|...|/|//|?|??|0|n/a|n / a|na|n.a.|n.a|nil|nan|none|null|no|nothing|unknown"
    "|unkown|tbd|tba|tbc|xx|xxx|xxxx|x|missing|empty|undefined|blank|not available|not applicable"
    "|not known|no website|no domain|no email|no phone|kein|keine|inget|ingen|aucun|http://|https://"
)
_NOTHING: Final = frozenset(_NOTHING_SAID.split("|"))
_SCHEME: Final = later(r"(?i)([a-z][a-z0-9+.-]*)://")
# Not followed by digits: `acme.com:8080` is a host with a port.
_OPAQUE: Final = later(r"(?i)([a-z][a-z0-9+.-]*):(?![0-9])")
# http//acme.com, https:acme.com, http:/acme.com, http:\\acme.com, htp://acme.com
_BROKEN: Final = later(r"(?i)(?:h?t{1,3}ps?(?:[:;.]?[/\\]+:?[/\\]*|:(?![0-9])))+")
_AUTHORITY: Final = re.compile(r"[^/?#\\]*")
_PORT: Final = re.compile(r":([0-9]{0,5})\Z")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LENIENT_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def says_nothing(text: str) -> bool:
    """Whether a text stands for an empty field (`n/a`, `-`, `TBD`). It is trimmed already."""
    return text.casefold() in _NOTHING


class Address(NamedTuple):
    """The parts of a web address, not yet checked.

    Attributes:
        scheme: Lower case; empty where none was written.
        user: Whether there was something before an `@` (never kept: it may be a password).
        host: As written, without port and brackets.
        port: Digits, may be empty.
        rest: Path, query and fragment.
        repaired: Whether the scheme was malformed.
    """

    scheme: str
    user: bool
    host: str
    port: str
    rest: str
    repaired: bool


def split_address(text: str) -> Address:
    """Take an address apart: a URL, a host, or an e-mail address (then `user` is true)."""
    scheme, text, repaired = _split_scheme(text)
    match = _AUTHORITY.match(text)
    authority = match.group() if match else ""
    rest = text[len(authority) :]
    user, at, host = authority.rpartition("@")
    port = _PORT.search(host)
    if port:
        host = host[: port.start()]
    return Address(scheme, bool(at and user), host, port.group(1) if port else "", rest, repaired)


def _split_scheme(text: str) -> tuple[str, str, bool]:
    proper = _SCHEME.match(text)
    scheme = proper.group(1).lower() if proper else ""
    broken = _BROKEN.match(text)
    sound = proper and scheme in {"http", "https"} and broken and broken.end() == proper.end()
    if broken and not sound:
        scheme = "http" if broken.group().lower().startswith("http:") else "https"
        return scheme, text[broken.end() :], True
    if proper:
        return scheme, text[proper.end() :], False
    if text.startswith("//"):
        return "", text[2:], False
    opaque = _OPAQUE.match(text)
    if opaque:
        return opaque.group(1).lower(), text[opaque.end() :], False
    return "", text, False


def is_plain(host: str) -> bool:
    """Whether a host that fits PLAIN_LABELS is its own A-label form."""
    return "xn--" not in host and len(host) <= MAX_LABEL


def sift_hosts(texts: Sequence[str]) -> Sequence[bytes]:
    """Nothing for each text that is the labels of a host in ASCII, none an A-label."""
    return sift(texts, _OF_HOSTS, _WITHIN_HOSTS)


def is_ip(host: str) -> bool:
    """Whether a lower-case host is an IP address, or would be read as one by a browser.

    Every host whose last label is a number is (`2130706433`, `0x7f.0.0.1`, `1.2.3`): the URL
    Standard of the WHATWG, "ends in a number checker".
    """
    return ":" in host or bool(_NUMERIC.fullmatch(host.rstrip(".").rpartition(".")[2]))


def is_strict_ip(host: str) -> bool:
    """Whether it is an IP address in its usual spelling."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_strict_label(label: str) -> bool:
    """Whether a label may be registered: letters, digits, inner hyphens, valid if A-label."""
    if len(label) > MAX_LABEL or not _LABEL.fullmatch(label):
        return False
    return not label.startswith("xn--") or _A_LABELS[label]


def is_lenient_label(label: str) -> bool:
    """Whether a label works as part of a host: underscores too, as name servers take them."""
    return len(label) <= MAX_LABEL and bool(_LENIENT_LABEL.fullmatch(label))


def to_labels(host: str) -> list[str]:
    """Split a host into lower-case ASCII labels; what cannot be converted stays as it is.

    International labels by UTS 46, non-transitional (`straße` is not `strasse`): Python's
    own codec follows the standard of 2003, in which they are one.
    """
    if not host.isascii():
        host = _remapped(host)
    labels = host.lower().removesuffix(".").split(".")
    return [label if label.isascii() else _a_label(label) for label in labels]


def to_ascii(host: str) -> str | None:
    """Write a host in ASCII, for a URL or an e-mail address; None where it is none."""
    labels = to_labels(host)
    ascii_host = ".".join(labels)
    if len(ascii_host) > MAX_HOST or not all(map(is_lenient_label, labels)):
        return None
    return ascii_host


@cache
def _idna() -> Any:
    # Loaded at the first international name: its tables are large, most hosts are plain.
    return importlib.import_module("idna")


def _remapped(host: str) -> str:
    try:
        return str(_idna().uts46_remap(host, std3_rules=False, transitional=False))
    except UnicodeError:
        return host


@lru_cache(maxsize=4096)
def _a_label(label: str) -> str:
    try:
        written = bytes(_idna().alabel(label)).decode()
    except UnicodeError:
        return label
    _A_LABELS.learn(written, made=True)  # asking would take as long again
    return written


def _is_a_label(label: str) -> bool:
    try:
        _idna().ulabel(label)
    except UnicodeError:
        return False
    return True


_A_LABELS: Final = Memory(_is_a_label)
