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


# Most lines of the list are a plain name, or a comment: taken apart at once, they are read in a
# quarter of the time.
_PLAIN_LINE: Final = re.compile(r"^[a-z0-9.-]+$", re.MULTILINE)
_OTHER_LINE: Final = re.compile(r"^(?!//|[a-z0-9.-]+$)\S+", re.MULTILINE)


def registrable(host: str) -> str | Bare:
    """Give a host's registrable domain, private suffixes (`github.io`) honoured.

    The host is ASCII (A-labels), lower case, without empty labels. The longest rule wins;
    an exception wins over its wildcard.
    """
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
    return host.rpartition(".")[2] in _top_levels()


def read_rules(text: str) -> dict[str, Rule]:
    """Read the list's text format, international names as A-labels."""
    rules = dict.fromkeys(_PLAIN_LINE.findall(text), Rule.EXACT)
    for line in _OTHER_LINE.findall(text):
        name, rule = line.lower(), Rule.EXACT
        if name.startswith("*."):
            name, rule = name[2:], Rule.WILDCARD
        elif name.startswith("!"):
            name, rule = name[1:], Rule.EXCEPTION
        name = name if name.isascii() else ".".join(map(_a_label, name.split(".")))
        # A name may be listed both alone and as a wildcard: the wildcard says both.
        if rules.get(name) is not Rule.WILDCARD:
            rules[name] = rule
    return rules


def _a_label(label: str) -> str:
    # The list's own names are normalised already, so Punycode is all that is missing.
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


@cache
def _rules() -> Mapping[str, Rule]:
    # The snapshot that ships with the library: no network, and the version is pinned.
    path = resources.files("publicsuffixlist") / "public_suffix_list.dat"
    return read_rules(path.read_text(encoding="utf-8"))


@cache
def _top_levels() -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in _rules())
