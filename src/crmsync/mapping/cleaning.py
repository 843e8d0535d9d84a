"""Cleaning: text that goes out is free of what no reader sees and every parser fears."""

from __future__ import annotations

import importlib
import unicodedata
from functools import cache
from typing import Any, Final

from crmsync.patterns import later

# Never wanted: controls but tab and line ends (C0, DEL, C1), soft hyphen, zero-width space
# and marks, bidi embeddings, overrides and isolates, word joiner and invisible operators,
# byte order mark, interlinear annotation, noncharacters.
_ALWAYS: Final = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
)
# Wanted between some neighbours: joiners (family emoji, Persian, Hindi) and the tags that
# spell the flags of England, Scotland and Wales.
_SOMETIMES: Final = "\u200c\u200d\U000e0000-\U000e007f"
_JOINERS: Final = frozenset("\u200c\u200d").union(map(chr, range(0xE0000, 0xE0080)))
_LINE_ENDS: Final = "\r\x0b\x0c\x85\u2028\u2029"
_SUSPECT: Final = later(f"[{_ALWAYS}{_SOMETIMES}{_LINE_ENDS}\ud800-\udfff]")
_ONE_LINE_END: Final = later(f"\r\n|[{_LINE_ENDS}]")
# Scripts in which a joiner changes the spelling: Arabic to Myanmar, Khmer, Mongolian.
_JOINING: Final = r"[\u0600-\u109f\u1780-\u18af]"
_PICTURE: Final = r"\p{Extended_Pictographic}"
_DRESSING: Final = r"[\ufe0f\U0001f3fb-\U0001f3ff]"
_INVISIBLE: Final = (
    f"[{_ALWAYS}]"
    rf"|\u200d(?!(?<=(?:{_PICTURE}{_DRESSING}?|{_JOINING})\u200d)(?:{_PICTURE}|{_JOINING}))"
    rf"|\u200c(?!(?<={_JOINING}\u200c){_JOINING})"
    r"|(?<!\U0001f3f4[\U000e0020-\U000e007f]*)[\U000e0000-\U000e007f]"
)


def clean(text: str, *, one_line: bool) -> str:
    r"""Give the text without what cannot be seen, in NFC, trimmed.

    Control characters, bidi overrides and zero-width characters go; joiners stay where they
    join (between emoji, and in scripts that need them). A lone surrogate becomes U+FFFD.
    On one line, every run of white space becomes one blank; else line ends become "\n" and
    tabs stay. Cleaning what is clean changes nothing. May be empty.
    """
    if not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return _mend(text, one_line=one_line)
    # What Python calls printable has no suspect and no white space but blanks.
    if (text if one_line else text.replace("\n", " ")).isprintable():
        return " ".join(text.split()) if one_line and "  " in text else text.strip()
    if _SUSPECT.search(text):
        return _mend(text, one_line=one_line)
    return " ".join(text.split()) if one_line else text.strip()


def _mend(text: str, *, one_line: bool) -> str:
    # Two halves that belong together become one character, a lone half U+FFFD.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _ONE_LINE_END.sub("\n", text)
    # What is still suspect is unwanted, unless it joins what stands beside it.
    unwanted = _SUSPECT if _JOINERS.isdisjoint(text) else _invisible()
    text = unicodedata.normalize("NFC", unwanted.sub("", text))
    return " ".join(text.split()) if one_line else text.strip()


@cache
def _invisible() -> Any:
    # Loaded at the first text that needs it: the module is large, few texts have joiners.
    return importlib.import_module("regex").compile(_INVISIBLE)
