"""Which names people can register a domain under: the Public Suffix List, looked up fast."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from functools import cache
from importlib import resources
from typing import Final


class Rule(Enum):
    """What the list says about a name."""

    EXACT = auto()
    """It is a public suffix."""
    WILDCARD = auto()
    """It is one, and so is every name right below it (`*.ck`)."""
    EXCEPTION = auto()
    """It is none, although its parent is a wildcard (`!www.ck`)."""


# Members of an Enum are looked up slowly, and this is asked for every record.
_EXACT: Final = Rule.EXACT
_EXCEPTION: Final = Rule.EXCEPTION


class Bare(Enum):
    """Why a host has no registrable domain."""

    SUFFIX = auto()
    """It is a public suffix itself."""
    UNKNOWN = auto()
    """It ends with no suffix of the list."""


_COMMENT: Final = re.compile(rb"//.*")
_AFTER_A_NAME: Final = re.compile(rb"[ \t].*")
_A_LABEL: Final = "xn--"
_COMMONEST: Final = "com"


def registrable(host: str) -> str | Bare:
    """Give a host's registrable domain, private suffixes (`github.io`) honoured.

    The host is ASCII (A-labels), lower case, without empty labels. The longest rule wins;
    an exception wins over its wildcard.
    """
    if _A_LABEL not in host:
        return _registrable(host)
    found = _registrable(_as_listed(host))
    if isinstance(found, Bare):
        return found
    return ".".join(host.split(".")[-1 - found.count(".") :])


def _registrable(host: str) -> str | Bare:
    rules = _rules()
    start, one_more, two_more = 0, -1, -1  # where the suffix begins, and with 1, 2 more labels
    while True:
        rule = rules.get(host[start:])
        if rule is not None:
            break
        dot = host.find(".", start)
        if dot < 0:
            return Bare.UNKNOWN
        start, one_more, two_more = dot + 1, start, one_more
    if rule is _EXCEPTION:
        return host[start:]
    begin = one_more if rule is _EXACT else two_more
    return host[begin:] if begin >= 0 else Bare.SUFFIX


def own_domains(hosts: Sequence[str]) -> Sequence[bool]:
    """Which hosts are surely their own registrable domain: a public suffix after one label."""
    rules = _rules()
    after = [host.partition(".")[2] for host in hosts]
    return [
        rule is _EXACT and host not in rules
        for host, rule in zip(hosts, map(rules.get, after), strict=True)
    ]


def known_top_level(host: str) -> bool:
    """Whether the host's last label is a top-level domain of the list."""
    label = _as_listed(host.rpartition(".")[2])
    if label == _COMMONEST:  # known without the list, which a run without records need not read
        return True
    return label in _rules() or label in _top_levels()  # few are not listed themselves: `za`


def read_rules(text: bytes) -> dict[str, Rule]:
    """Read the list's text format. Names stay as they are listed, most of them in ASCII."""
    plain = _COMMENT.sub(b"", text)
    if b" " in plain or b"\t" in plain:
        plain = _AFTER_A_NAME.sub(b"", plain)
    # Bytes, since Python lowers a text of which one character is not ASCII letter by letter.
    names = plain.lower().decode().split()
    rules = dict.fromkeys(names, Rule.EXACT)  # of most names that is all there is to say
    for listed in [name for name in names if name[0] in "*!" or not name.isascii()]:
        rules.pop(listed, None)
        name, rule = listed.lower(), Rule.EXACT
        if name.startswith("*."):
            name, rule = name[2:], Rule.WILDCARD
        elif name.startswith("!"):
            name, rule = name[1:], Rule.EXCEPTION
        # A name may be listed both alone and as a wildcard: the wildcard says both.
        if rules.get(name) is not Rule.WILDCARD:
            rules[name] = rule
    return rules


def _as_listed(host: str) -> str:
    """A host with its international labels in the list's own spelling."""
    return host if _A_LABEL not in host else ".".join(map(_listed_label, host.split(".")))


def _listed_label(label: str) -> str:
    if not label.startswith(_A_LABEL):
        return label
    try:
        return label.removeprefix(_A_LABEL).encode().decode("punycode")
    except UnicodeError:
        return label


@cache
def _rules() -> Mapping[str, Rule]:
    # The snapshot that ships with the library: no network, and the version is pinned.
    path = resources.files("publicsuffixlist") / "public_suffix_list.dat"
    return read_rules(path.read_bytes())


@cache
def _top_levels() -> frozenset[str]:
    return frozenset([name.rpartition(".")[2] for name in _rules()])
