"""Looking at a column of texts in a few calls for all of them, since most need no more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Final, cast
from unicodedata import category, is_normalized

import orjson

from crmsync.mapping.memory import Memory
from crmsync.mapping.values import AtOnce, Texts

_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_NINES_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_ASTRAL: Final = 0x10000
"""From here on, a character is two of UTF-16's code units."""
_MARK: Final = "\1"
_WRITTEN: Final = frozenset("LNPS")
"""Unicode's categories of what stands alone: letters, numbers, punctuation and symbols."""
_JAMO: Final = range(0x1100, 0x1200)
"""Letters of Korean that are composed with the one before."""


def sift(texts: Sequence[str], good: bytes, apart: bytes = b"") -> Sequence[bytes]:
    """What is left of each text without the *good* bytes of its UTF-8: nothing, of most.

    Of those *apart* none may stand beside another, nor at either end of a text: something is
    left of a text in which one does.
    """
    joined = "\0" + run_together(texts)
    written = joined.encode(errors="surrogatepass")
    if apart and b"\0\0" in written.translate(bytes.maketrans(apart, bytes(len(apart)))):
        for pair in map("".join, product(f"\0{apart.decode()}", repeat=2)):
            if pair != "\0\0":
                joined = joined.replace(pair, _MARK.join(pair))
        written = joined.encode(errors="surrogatepass")
    rest = written.translate(None, good)
    if rest == bytes(len(texts) + 1):
        return [b""] * len(texts)
    left = rest.split(b"\0")[1:-1]
    if len(left) != len(texts):  # a text has a NUL itself
        return sift([text.replace("\0", _MARK) for text in texts], good, apart)
    return left


def run_together(texts: Sequence[str]) -> str:
    """The texts, a NUL behind each."""
    known = texts.joined if isinstance(texts, Texts) else ""
    return known or "\0".join([*texts, ""])


def all_begin(texts: Sequence[str], head: str, good: bytes, most: int) -> bool:
    """Whether all begin with *head* and go on with *good* bytes, *most* characters in all."""
    joined = run_together(texts)
    tails = f"\0{joined}".replace(f"\0{head}", "\0")
    if len(tails) != 1 + len(joined) - len(texts) * len(head):
        return False
    rest = tails.encode(errors="surrogatepass").translate(None, good)
    return rest == bytes(len(texts) + 1) and longest(texts, joined) <= most


def all_texts(values: Sequence[Any]) -> Texts | None:
    """The values of a column where all are texts, none of them empty."""
    try:
        joined = "\0".join(values)  # this is quicker than asking for each type
    except TypeError:
        return None
    if not all(values):
        return None
    texts = Texts(values)
    texts.joined = f"{joined}\0"
    return texts


def together(texts: Sequence[str]) -> bytes:
    """The texts' UTF-8, a NUL behind each."""
    return run_together(texts).encode(errors="surrogatepass")


def longest(texts: Sequence[str], joined: str) -> int:
    """The length of the longest of texts without NUL, which were run together."""
    first = len(texts[0])
    if len(joined) == len(texts) * (first + 1) and joined[first :: first + 1].strip("\0") == "":
        return first  # as moments, years and ids are
    return max(map(len, texts))


def shaped(written: bytes) -> bytes:
    """The same with a 0 for every digit."""
    return written.translate(_NINES_TO_ZERO)


def clean_texts(limit: int, *, one_line: bool) -> AtOnce:
    """Tells texts that are clean already, of at most *limit* UTF-16 code units."""
    good = _PRINTABLE if one_line else _PRINTABLE + b"\n"
    apart = b" " if one_line else b""
    stays = Memory(_stays)

    def at_once(texts: list[str]) -> list[str | None]:
        joined = run_together(texts)
        odd = set() if one_line and _are_plain(texts, joined) else unclean(texts)
        if len(joined) > limit and longest(texts, joined) > limit:
            odd |= {place for place, text in enumerate(texts) if len(text) > limit}
        made = cast("list[str | None]", [*texts] if odd else texts)
        for place in odd:
            made[place] = None
        return made

    def unclean(texts: list[str]) -> set[int]:
        left = sift(texts, good, apart)
        odd = {place for place, rest in enumerate(left) if rest and not stays[rest]}
        if not one_line and [*map(str.strip, texts)] != texts:  # long texts are searched slowly
            odd |= {place for place, text in enumerate(texts) if text.strip() != text}
        return odd

    return at_once


def _are_plain(texts: Sequence[str], joined: str) -> bool:
    """Whether all are lines of printable ASCII with single blanks within, and no backslash.

    Half as long as sifting: JSON escapes most of what may not be there, but DEL.
    """
    if not joined.isascii():
        return False
    written = orjson.dumps(texts)
    if b"\\" in written or b"\x7f" in written:
        return False
    return b" " not in written or not any(blanks in written for blanks in (b'" ', b' "', b"  "))


def _stays(rest: bytes) -> bool:
    """Whether cleaning leaves these characters alone, whatever stands beside them."""
    return all(
        ord(one) < _ASTRAL
        and ord(one) not in _JAMO
        and category(one)[0] in _WRITTEN
        and is_normalized("NFC", one)
        for one in rest.decode(errors="surrogatepass")
    )
