"""The transform `domain`: which company an address belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from crmsync.mapping.cleaning import clean
from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.freemail import FREEMAIL, SOCIAL
from crmsync.mapping.transforms.hosts import (
    MAX_HOST,
    MAX_LABEL,
    PLAIN_LABELS,
    is_ip,
    is_lenient_label,
    is_plain,
    is_strict_label,
    says_nothing,
    sift_hosts,
    split_address,
    to_labels,
)
from crmsync.mapping.transforms.options import one_of, truth
from crmsync.mapping.transforms.suffixes import Bare, own_domains, registrable
from crmsync.mapping.values import Code, Remark, dropped, shown, to_text
from crmsync.patterns import later
from crmsync.payloads import FieldKind

_PLAIN: Final = later(rf"(?:https?://)?({PLAIN_LABELS})(?::[0-9]+)?(?:[/?#][!-~]*+)?")
# Schemes whose rest is no host: `javascript:alert(1)`. `mailto:` is one whose rest has one.
_OPAQUE_SCHEMES: Final = frozenset({"javascript", "data", "tel", "file", "about", "sms", "callto"})
_WHOSE: Final = {
    Code.FREEMAIL: "free mail and says nothing about a company",
    Code.SOCIAL_HOST: "a social network's or a link page's, not a company's own",
}
_SEPARATORS: Final = re.compile(r"[,;|\s]+")
_WRAPPING: Final = "<>\"'()"


def _plain(text: str) -> str | None:
    match = _PLAIN.fullmatch(text)
    if not match:
        return None
    host = match.group(1)
    if not is_plain(host):
        return None
    name = registrable(host)
    return name if isinstance(name, str) else None


@cache
def _unwanted(freemail: str, social: str) -> Mapping[object, Code]:
    unwanted: dict[object, Code] = {}
    if freemail == "drop":
        unwanted |= dict.fromkeys(FREEMAIL, Code.FREEMAIL)
    if social == "drop":
        unwanted |= dict.fromkeys(SOCIAL, Code.SOCIAL_HOST)
    return unwanted


_UNWANTED: Final = _unwanted("drop", "drop")


def _plain_wanted(text: str) -> str | None:
    name = _plain(text)
    return None if name in _UNWANTED else name


def _wanted_at_once(texts: list[str]) -> list[str | None]:
    """The texts that are domains as they are wanted, and None for the others."""
    return [
        text if own and not rest and text not in _UNWANTED and len(text) <= MAX_LABEL else None
        for text, own, rest in zip(texts, own_domains(texts), sift_hosts(texts), strict=True)
    ]


@transform(
    "domain",
    Option(
        name="freemail",
        parse=one_of("drop", "keep"),
        about='"drop" (the default) leaves free-mail domains out, "keep" keeps them',
    ),
    Option(
        name="social",
        parse=one_of("drop", "keep"),
        about='"drop" (the default) leaves social networks and link pages out, "keep" keeps them',
    ),
    Option(
        name="repair",
        parse=truth,
        about="whether `http//acme.com` and the like are read as meant; true by default",
    ),
    takes=Takes.ANYTHING,
    plain=_plain_wanted,
    at_once=_wanted_at_once,
    gives=FieldKind.DOMAIN,
)
def domain(
    value: object, *, freemail: str = "drop", social: str = "drop", repair: bool = True
) -> object:
    """The registrable domain of a domain, URL or e-mail address, in ASCII and lower case.

    Input: a text, or a list of texts. Of several in one text, the first usable one counts.
    Output: the domain; of a list, the list of distinct domains in order.
    Dropped: free mail, social networks, IP addresses, local names, bare public suffixes and
    what is no domain. Of a list, these are left out silently unless nothing is left.

    Examples:
        "https://www.Acme.co.uk/path?x=1" -> "acme.co.uk"
        "jo@acme.com" -> "acme.com"
        "münchen.de" -> "xn--mnchen-3ya.de"
        "jo@gmail.com" -> null
        {"freemail": "keep"}: "jo@gmail.com" -> "gmail.com"
        ["a@gmail.com", "b@acme.se"] -> ["acme.se"]
    """
    unwanted = _unwanted(freemail, social)
    if isinstance(value, str):
        return _of_text(value, unwanted, repair=repair)
    if isinstance(value, list | tuple):
        return _of_list(
            [
                domain.function(item, freemail=freemail, social=social, repair=repair)
                for item in value
            ]
        )
    text = to_text(value)
    return _of_text(text, unwanted, repair=repair) if isinstance(text, str) else text


def _of_text(text: str, unwanted: Mapping[object, Code], *, repair: bool) -> object:
    found = _plain(text) or _searched(text, repair=repair)
    name = found.value if isinstance(found, Remark) else found
    code = unwanted.get(name)
    return found if code is None else dropped(code, f"{name} is {_WHOSE[code]}")


def _of_list(found: list[object]) -> object:
    names = [item.value if isinstance(item, Remark) else item for item in found]
    distinct = list(dict.fromkeys(name for name in names if name is not None))
    if distinct:
        return distinct
    return next((item for item in found if isinstance(item, Remark)), None)


def _searched(text: str, *, repair: bool) -> str | Remark | None:
    text = clean(text, one_line=True).strip(_WRAPPING)
    if says_nothing(text):
        return None
    found = _of_address(text, repair=repair)
    if isinstance(found, str) or found.value is not None or not _SEPARATORS.search(text):
        return found
    for part in _SEPARATORS.split(text):
        usable = _of_address(part.strip(_WRAPPING), repair=repair)
        name = usable.value if isinstance(usable, Remark) else usable
        if name is not None:
            message = f"{shown(text)} holds several values; {name} is the first usable domain"
            return Remark(name, Code.FIRST_OF_SEVERAL, message)
    return found


def _of_address(text: str, *, repair: bool) -> str | Remark:
    address = split_address(text)
    if address.repaired and not repair:
        return dropped(Code.BAD_DOMAIN, f"{shown(text)} has a malformed scheme")
    if address.scheme in _OPAQUE_SCHEMES and "//" not in text:
        return dropped(Code.BAD_DOMAIN, f"{shown(text)} is no internet domain")
    found = _of_host(address.host)
    if isinstance(found, str) and address.repaired:
        return Remark(
            found, Code.REPAIRED, f"{shown(text)} has a malformed scheme; read as {found}"
        )
    return found


def _of_host(host: str) -> str | Remark:
    if is_ip(host.lower()):
        return dropped(Code.IP, f"{shown(host)} is an IP address and no domain")
    labels = to_labels(host)
    name = ".".join(labels)
    if not all(labels) or len(name) > MAX_HOST:
        return dropped(Code.BAD_DOMAIN, f"{shown(host)} is no internet domain")
    found = registrable(name)
    if not isinstance(found, str):
        return _bare(found, host)
    own = found.count(".") + 1
    if not all(map(is_strict_label, labels[-own:])):
        return dropped(Code.BAD_DOMAIN, f"{shown(host)} has characters that no domain may have")
    if not all(map(is_lenient_label, labels[:-own])) or "_" in name:
        return Remark(found, Code.REPAIRED, f"{shown(host)} is no proper host; read as {found}")
    return found


def _bare(found: Bare, host: str) -> Remark:
    if found is Bare.SUFFIX:
        return dropped(
            Code.BARE_SUFFIX, f"{shown(host)} is a public suffix, which nobody owns alone"
        )
    return dropped(
        Code.NO_PUBLIC_SUFFIX, f"{shown(host)} ends with no public suffix: a local name?"
    )
