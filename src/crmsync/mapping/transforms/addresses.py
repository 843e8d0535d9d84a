"""The transform `email`: addresses as keys, lower case, their host in ASCII."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crmsync.mapping.cleaning import clean
from crmsync.mapping.transforms.definitions import transform
from crmsync.mapping.transforms.hosts import is_ip, is_strict_label, says_nothing, to_labels
from crmsync.mapping.transforms.suffixes import known_top_level
from crmsync.mapping.values import Code, Remark, dropped, shown

# RFC 5321, section 4.5.3.1: 64 octets before the @, 254 in all.
_MAX_LOCAL: Final = 64
_MAX_ADDRESS: Final = 254
# RFC 5322, section 3.2.3: dot-atom. Quoted local parts exist in standards only.
_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NAMED: Final = re.compile(r".*<\s*([^<>]+?)\s*>")
_SEPARATORS: Final = re.compile(r"[,;|\s]+")


@transform("email")
def email(text: str) -> object:
    """An e-mail address, lower case, its host in ASCII.

    Input: an address, also `mailto:` or `Jo Doe <jo@acme.com>`. Of several the first usable
    one counts. Output: the address. Free mail is kept. Dropped: what cannot be delivered to
    over the internet.

    Examples:
        " John.Doe@Example.COM " -> "john.doe@example.com"
        "jo@münchen.de" -> "jo@xn--mnchen-3ya.de"
        "a@localhost" -> null
    """
    return to_email(text)


# The same owners come back in record after record.
@lru_cache(maxsize=8192)
def to_email(text: str) -> str | Remark | None:
    """Write an e-mail address as `email` does."""
    text = clean(text, one_line=True)
    if says_nothing(text):
        return None
    named = _NAMED.fullmatch(text)
    single = _address(named.group(1) if named else text)
    if single:
        return single
    found = list(filter(None, map(_address, _SEPARATORS.split(text))))
    if not found:
        return dropped(Code.BAD_EMAIL, f"{shown(text)} is no e-mail address; left out")
    message = f"{shown(text)} is more than an address; {found[0]} was taken"
    return Remark(found[0], Code.FIRST_OF_SEVERAL, message)


def _address(text: str) -> str | None:
    text = text.lower().removeprefix("mailto:").partition("?")[0].strip("<>\"'()")
    local, _, host = text.rpartition("@")
    if len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        return None
    labels = to_labels(host)
    name = ".".join(labels)
    if len(labels) == 1 or not all(map(is_strict_label, labels)) or is_ip(name):
        return None
    address = f"{local}@{name}"
    return address if known_top_level(name) and len(address) <= _MAX_ADDRESS else None
