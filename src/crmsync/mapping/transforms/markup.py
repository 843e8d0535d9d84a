"""The transform `strip_html`: the text of rich text."""

from __future__ import annotations

import html
import re
from typing import Final

from crmsync.mapping.memory import Memory
from crmsync.mapping.transforms.definitions import transform
from crmsync.patterns import later

# The elements of the HTML standard that rich text editors and pasted mails contain. Only these
# are taken for markup: "R&D <dev@acme.com>" and "a < b" are text.
_BLOCKS: Final = (
    "address article aside blockquote body center dd div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr html main nav ol p pre section table tbody tfoot thead tr ul"
)
_INLINE: Final = (
    "a abbr acronym audio b bdi bdo big button caption cite code col colgroup data del details dfn"
    " em embed font i iframe img input ins kbd label legend link mark meta meter nobr object"
    " option output param picture progress q s samp select small source span strike strong sub"
    " summary sup svg td template textarea th time tt u var video wbr"
)
_KNOWN: Final = frozenset(f"{_BLOCKS} {_INLINE} br li".split())
# What is between a tag's name and its end: quoted values may hold ">", unless a quote is
# missing. Possessive, and never past a "<", so that hostile text is read in linear time.
_ATTRIBUTES: Final = r"[\s/](?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|[\s/][^<>]*+>|>"
_TAG: Final = later(rf"(<(/?[a-z][a-z0-9]*+)(?:{_ATTRIBUTES}))", re.IGNORECASE)
# An element or comment that is never closed goes to the end, as in a browser.
_HIDDEN: Final = later(
    r"<(?:(script|style|head|title|noscript)(?:\s[^<>]*)?>.*?(?:</\1\s*>|\Z)|!--.*?(?:-->|\Z)"
    r"|!doctype[^<>]*>|\?xml[^<>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_REFERENCE: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_BLOCK_NAMES: Final = frozenset(f"{_BLOCKS} br".split())


def _unmarked(texts: list[str]) -> list[str | None]:
    """The texts that can be no HTML, and None for the others."""
    return [
        None if "<" in text or ("&" in text and _REFERENCE.search(text)) else text for text in texts
    ]


@transform("strip_html", at_once=_unmarked)
def strip_html(text: str) -> object:
    r"""The text of HTML: markup goes, character references are read, paragraphs become lines.

    Input: text. Without a known HTML tag, a comment or a character reference it stays as it
    is, so that `a < b` and `<dev@acme.com>` survive. Output: text. Dropped: scripts, styles
    and comments with their contents.

    Examples:
        "<p>Hello&nbsp;<b>world</b></p><script>alert(1)</script>" -> "Hello world"
        "<ul><li>One</li><li>Two</li></ul>" -> "- One\n- Two"
        "R&D <dev@acme.com>" -> "R&D <dev@acme.com>"
        "R&amp;D" -> "R&D"
    """
    if "<" in text and _is_marked(text):
        return _plain(text) or None
    if "&" in text and _REFERENCE.search(text):
        return _read_references(text) or None
    return text or None


def _is_marked(text: str) -> bool:
    tags = any(_SAID[tag[2]] is not None for tag in _TAG.finditer(text))
    return tags or bool(_HIDDEN.search(text))


def _plain(text: str) -> str:
    text = _HIDDEN.sub(" ", text)
    # Line ends in the source are blanks to HTML.
    text = _read_references(_untagged(_one_line(text.replace("\n", " "))))
    text = "\n".join(map(_one_line, text.split("\n"))).strip()
    return _EMPTY_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _one_line(text: str) -> str:
    """The text with one blank for each run of white space."""
    if "  " in text or not text.isprintable():  # nothing printable is white but a blank
        return " ".join(text.split())
    return text.strip()


def _untagged(text: str) -> str:
    """The text with what each tag comes to in place of it."""
    pieces = _TAG.split(text)  # after what stands before: a tag, its name, and what follows
    for place, name in enumerate(pieces[2::3]):
        said = _SAID[name]
        if said is not None:
            pieces[3 * place + 1] = said
    del pieces[2::3]
    return "".join(pieces)


def _said(tag: str) -> str | None:
    """What a tag, by its name after a slash or none, comes to in plain text; None for no tag."""
    name = tag.removeprefix("/")
    if name.casefold() not in _KNOWN:
        return None
    name = name.lower()
    if name == "li":
        return "" if tag.startswith("/") else "\n- "
    if name in {"td", "th"}:
        return " "
    return "\n" if name in _BLOCK_NAMES else ""


# Few names come back all the time.
_SAID: Final = Memory[str, str | None](_said)


def _read_references(text: str) -> str:
    return _REFERENCE.sub(lambda reference: html.unescape(reference.group()), text)
