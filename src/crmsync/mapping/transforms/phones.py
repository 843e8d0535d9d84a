"""The transform `phone`: telephone numbers, kept as written where they look like one."""

from __future__ import annotations

from typing import Final

from crmsync.mapping.cleaning import clean
from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import shaped, together
from crmsync.mapping.transforms.definitions import transform
from crmsync.mapping.transforms.hosts import says_nothing
from crmsync.mapping.values import Code, Remark, dropped, shown
from crmsync.patterns import later

_READY: Final = later(r"[+(]?[0-9](?:[ ().-]{0,2}+[0-9]){6,17}+")
_SEPARATORS: Final = later(r"\s*[/;,|]\s*")
_DIGIT: Final = later(r"[0-9]")
_NUMBER: Final = later(
    r"(?i)[+(]*[0-9][0-9\s().+\-/*#\u2010-\u2015]*"
    r"(?:[,;]?\s*(?:ext|extn|extension|x|durchwahl|ankn|anknytning|poste)\.?:?\s*[0-9]{1,7})?"
)
_VANITY: Final = later(r"(?i)\+?[0-9][0-9\s().-]*[a-z][a-z0-9\s.-]*")
_LABEL: Final = later(r"(?i)(?:tel|telephone|telefon|phone|t|mobile|mob|ph|fon)[.:]+\s*")
# Shorter ones are extensions and service numbers, which nobody outside can call.
_FEWEST_DIGITS: Final = 5
# What stands before a separator is a number of its own from here on (030/123456 is one number).
_WHOLE_NUMBER: Final = 7


# Which digits they are is no matter, and people write few shapes of numbers.
_READY_SHAPES: Final = Memory[bytes, bool](
    lambda shape: bool(_READY.fullmatch(shape.decode(errors="replace")))
)


def _ready(texts: list[str]) -> list[str | None]:
    found = shaped(together(texts)).split(b"\0")[:-1]
    if len(found) != len(texts):
        return [None] * len(texts)  # a text has a NUL
    return [
        text if ready else None
        for text, ready in zip(texts, map(_READY_SHAPES.__getitem__, found), strict=True)
    ]


@transform("phone", at_once=_ready)
def phone(text: str) -> object:
    """A telephone number as written, without what surrounds it.

    Input: text. Of several numbers the first counts (`/`, `;` and `,` separate). Output: the
    number in its own spelling, national numbers too: without a region nothing is converted.
    Dropped: words, and numbers of fewer than 5 digits.

    Examples:
        "tel: 720-343-1234" -> "720-343-1234"
        "+1 720 343 1234 / +1 720 343 1235" -> "+1 720 343 1234"
        "(02) 9999 9999 ext. 12" -> "(02) 9999 9999 ext. 12"
        "12" -> null
    """
    if _READY.fullmatch(text):
        return text
    text = clean(text, one_line=True).removeprefix("tel:")
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    text = text.strip()
    if says_nothing(text):
        return None
    number = _first(text)
    if not _is_number(number):
        return dropped(Code.BAD_PHONE, f"{shown(text)} is no telephone number; left out")
    if number != text:
        message = f"{shown(text)} is more than a number; {shown(number)} was taken"
        return Remark(number, Code.FIRST_OF_SEVERAL, message)
    return number


def _first(text: str) -> str:
    digits = counted = 0
    for separator in _SEPARATORS.finditer(text):
        digits += _digits(text[counted : separator.start()])
        counted = separator.end()
        if digits >= _WHOLE_NUMBER:
            return text[: separator.start()]
    return text


def _is_number(text: str) -> bool:
    if _digits(text) >= _FEWEST_DIGITS:
        return bool(_NUMBER.fullmatch(text) or _VANITY.fullmatch(text))
    letters = sum(map(str.isalpha, text))
    return bool(_VANITY.fullmatch(text)) and _digits(text) + letters >= _WHOLE_NUMBER


def _digits(text: str) -> int:
    return len(_DIGIT.findall(text))
