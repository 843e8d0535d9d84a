"""The transform `url`: web addresses as every parser takes them."""

from __future__ import annotations

import re
from typing import Final, cast
from urllib.parse import quote

from crmsync.mapping.cleaning import clean
from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import all_begin, sift
from crmsync.mapping.transforms.definitions import Option, transform
from crmsync.mapping.transforms.hosts import (
    MAX_LABEL,
    PLAIN_LABELS,
    Address,
    is_ip,
    is_strict_ip,
    says_nothing,
    sift_hosts,
    split_address,
    to_ascii,
)
from crmsync.mapping.transforms.options import positive
from crmsync.mapping.transforms.suffixes import known_top_level
from crmsync.mapping.values import AtOnce, Code, Remark, dropped, shown
from crmsync.payloads import FieldKind

MAX_URL: Final = 2048
"""Characters. No standard sets it; browsers and servers of the last twenty years agree on it."""

_MISSING: Final = "https://"
_PORT_LIMIT: Final = 65535
# Letters in so many words: \w is looked for three times as long.
_REST: Final = r"[A-Za-z0-9_.~!$&'()*+,;=:@/?-]*+"
_OF_RESTS: Final = bytes(byte for byte in range(0x80) if re.fullmatch(_REST, chr(byte)))
_PLAIN_REST: Final = rf"(?::[0-9]{{1,4}})?(?:[/?]{_REST})?(?:#{_REST})?"
_READY: Final = re.compile(rf"https?://{PLAIN_LABELS}{_PLAIN_REST}")
_PLAIN: Final = re.compile(rf"({PLAIN_LABELS}){_PLAIN_REST}")
_SEPARATORS: Final = re.compile(r"[,;|\s]+")
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# RFC 3986, section 3.3 and 3.4: what may stand in a path, a query and a fragment.
_MAY_STAND: Final = "%!$&'()*+,;=:@/?-._~"


def _plain(text: str, max_length: int = MAX_URL) -> str | None:
    """The address of a text that needs no mending; None where it may."""
    if len(text) + len(_MISSING) > max_length:
        return None
    if _READY.fullmatch(text):
        return text
    plain = _PLAIN.fullmatch(text)
    return _MISSING + text if plain and known_top_level(plain.group(1)) else None


def ready_urls(max_length: int) -> AtOnce:
    """Tells the addresses that `url` gives as they are, where many begin alike."""
    known = Memory[str, bool](lambda head: bool(_READY.fullmatch(f"{head}/")))

    room = max_length - len(_MISSING)

    def at_once(texts: list[str]) -> list[str | None]:
        head = texts[0].rpartition("/")[0]
        if known[head] and all_begin(texts, f"{head}/", _OF_RESTS, room):
            return cast("list[str | None]", texts)
        parts = [text.rpartition("/") for text in texts]
        ready = [known[head] for head, _, _ in parts]
        left = sift([tail for _, _, tail in parts], _OF_RESTS)
        return [
            text if good and not rest and len(text) <= room else None
            for text, good, rest in zip(texts, ready, left, strict=True)
        ]

    return at_once


# A CRM's addresses end with few top-level domains.
_TOP_LEVELS: Final = Memory[str, bool](
    lambda label: bool(_PLAIN.fullmatch(f"x.{label}")) and known_top_level(label)
)
_SCHEMES: Final = frozenset({"", "http", "https"})


def _lone_hosts(texts: list[str]) -> list[str | None]:
    """The addresses of those texts that are a host, after a scheme or alone; None for others."""
    parts = [text.rpartition("://") for text in texts]
    hosts = [host for _, _, host in parts]
    return [
        (text if scheme else _MISSING + text)
        if not rest
        and (scheme or mark) in _SCHEMES
        and len(host) <= MAX_LABEL
        and _TOP_LEVELS[host.rpartition(".")[2]]
        and "." in host
        else None
        for text, (scheme, mark, host), rest in zip(texts, parts, sift_hosts(hosts), strict=True)
    ]


@transform(
    "url",
    Option(
        name="max_length",
        parse=positive,
        about=f"longer addresses are left out; {MAX_URL} characters by default",
    ),
    plain=_plain,
    at_once=_lone_hosts,
    gives=FieldKind.URL,
)
def url(text: str, *, max_length: int = MAX_URL) -> object:
    """A web address with its scheme, an ASCII host, and a percent-encoded path.

    Input: a URL or a host. Output: an http or https URL; a missing scheme becomes https.
    Mended with a warning: user names and passwords are removed, malformed schemes read.
    Dropped: other schemes, hosts that cannot exist, e-mail addresses, what is too long.

    Examples:
        "Acme.com/Über uns" -> "https://acme.com/%C3%9Cber%20uns"
        "https://u:p@acme.com/x" -> "https://acme.com/x"
        "javascript:alert(1)" -> null
    """
    return to_url(text, max_length)


def to_url(text: str, max_length: int = MAX_URL) -> str | Remark | None:
    """Write a web address as `url` does."""
    plain = _plain(text, max_length)
    if plain:
        return plain
    text = clean(text, one_line=True).strip("<>\"'")
    if says_nothing(text):
        return None
    address = split_address(text)
    several = _SEPARATORS.search(address.host)
    if several:
        address = address._replace(host=address.host[: several.start()], port="", rest="")
    host = _checked_host(address)
    if host is None:
        return dropped(Code.BAD_URL, f"{shown(text)} is no http or https address; left out")
    scheme = f"{address.scheme}://" if address.scheme else _MISSING
    found = scheme + host + _port(address) + _encoded(address.rest)
    if len(found) > max_length:
        message = f"an address of {len(found)} characters, {max_length} at most; left out"
        return dropped(Code.DROPPED_TOO_LONG, message)
    return _remarked(found, address, several=bool(several))


def _remarked(found: str, address: Address, *, several: bool) -> str | Remark:
    if several:
        return Remark(found, Code.FIRST_OF_SEVERAL, "several addresses; the first was taken")
    if address.user:
        return Remark(found, Code.REPAIRED, "a user name or password was removed from an address")
    if address.repaired:
        return Remark(found, Code.REPAIRED, f"a malformed scheme was read as {shown(found)}")
    return found


def _checked_host(address: Address) -> str | None:
    if address.scheme not in {"", "http", "https"} or int(address.port or 0) > _PORT_LIMIT:
        return None
    if not address.scheme and address.user:
        return None  # an e-mail address
    if is_ip(address.host.lower()):
        return address.host.lower() if is_strict_ip(address.host) else None
    host = to_ascii(address.host)
    if host is None or ("." not in host and host != "localhost"):
        return None
    return host if address.scheme or known_top_level(host) else None


def _port(address: Address) -> str:
    return f":{address.port}" if address.port else ""


def _encoded(rest: str) -> str:
    """Percent-encode a path, query and fragment; what is encoded already stays."""
    rest = _STRAY_PERCENT.sub("%25", rest)
    path, hash_mark, fragment = rest.partition("#")
    return quote(path, safe=_MAY_STAND) + hash_mark + quote(fragment, safe=_MAY_STAND)
