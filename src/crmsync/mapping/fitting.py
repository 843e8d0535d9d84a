"""Fitting: the last step of every field, which makes sure that the platform can take a value."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final

from crmsync.mapping import shapes
from crmsync.mapping.cleaning import clean
from crmsync.mapping.sifting import clean_texts
from crmsync.mapping.transforms.addresses import to_email
from crmsync.mapping.transforms.clipping import clip_text, fits, units
from crmsync.mapping.transforms.hosts import MAX_HOST, PLAIN_LABELS
from crmsync.mapping.transforms.links import MAX_URL, ready_urls, to_url
from crmsync.mapping.transforms.numbers import to_boolean
from crmsync.mapping.transforms.timestamps import ready_timestamps, to_timestamp
from crmsync.mapping.values import AtOnce, Code, OnTexts, Remark, Transform, dropped, shown, to_text
from crmsync.patterns import later
from crmsync.payloads import Field, FieldKind, OnFault

# The last label may be an A-label, which PLAIN_LABELS leaves out.
_DOMAIN: Final = later(rf"{PLAIN_LABELS}|(?:[a-z0-9][a-z0-9-]*+(?<!-)\.)+xn--[a-z0-9-]+")
_ASCII_UPPER: Final = str.maketrans(ascii_lowercase, ascii_uppercase)
_BETWEEN_WORDS: Final = re.compile(r"[\s_]+")


def compile_fitter(field: Field) -> Transform:
    """Make the function that fits any value to a field.

    It gives the value in the platform's shape, None where nothing is left (never an empty
    text, list or object), or a Remark where it mended or left out something. Field names are
    not in its messages, and whether a value that is left out makes the record invalid is the
    caller's to say (`on_fault`, `required`).
    """
    return _FITTERS[field.kind](field)


def compile_at_once(field: Field) -> AtOnce | None:
    """What tries many texts at once for the field's fitter; None where that is no quicker."""
    limit = sys.maxsize if field.max_length is None else field.max_length
    match field.kind:
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return clean_texts(limit, one_line=field.kind is FieldKind.TEXT)
        case FieldKind.TIMESTAMP:
            return ready_timestamps
        case FieldKind.URL:
            return ready_urls(min(MAX_URL, limit))
        case _:
            return None


def compile_items(field: Field) -> tuple[OnTexts, Transform] | None:
    """A list's fitter in two parts: what fits each text, and what takes what comes of all.

    None where the field takes no list of texts.
    """
    if field.kind is not FieldKind.TEXT_LIST:
        return None
    at_once = compile_at_once(replace(field, kind=FieldKind.TEXT))
    return OnTexts(_text(field), at_once), _closing(field)


def _domain(_field: Field) -> Transform:
    def fit(value: object) -> object:
        if isinstance(value, str) and len(value) <= MAX_HOST and _DOMAIN.fullmatch(value):
            return value
        text = to_text(value)
        if not isinstance(text, str):
            return text
        text = clean(text, one_line=True).lower()
        if not text or (len(text) <= MAX_HOST and _DOMAIN.fullmatch(text)):
            return text or None
        return dropped(
            Code.BAD_DOMAIN, f'{shown(text)} is no domain; the transform "domain" makes one'
        )

    return fit


def _boolean(_field: Field) -> Transform:
    return to_boolean


def _timestamp(_field: Field) -> Transform:
    return to_timestamp


def _text(field: Field) -> Transform:
    one_line = field.kind is not FieldKind.LONG_TEXT
    limit = field.max_length
    clips = field.on_fault is OnFault.CLIP
    most = sys.maxsize if limit is None else limit

    def fit(value: object) -> object:
        text = value if isinstance(value, str) else to_text(value)
        if not isinstance(text, str):
            return text
        plain = len(text) <= most and text.isascii() and text.isprintable()
        if plain and not (one_line and "  " in text) and text.strip() == text:
            return text or None  # as most are: there is nothing to clean
        text = clean(text, one_line=one_line)
        if not text:
            return None
        if limit is None or fits(text, limit):
            return text
        if clips:
            message = f"shortened from {units(text)} to {limit} characters"
            return Remark(clip_text(text, limit), Code.CLIPPED, message)
        message = f"{units(text)} characters, {limit} at most; a part of it would be wrong"
        return dropped(Code.DROPPED_TOO_LONG, message)

    return fit


def _enum(field: Field) -> Transform:
    choices = {_word(choice): choice for choice in field.choices}
    aliases = {_word(alias): choice for alias, choice in (field.aliases or {}).items()}

    # A CRM has few spellings of few choices.
    @lru_cache(maxsize=1024)
    def find(text: str) -> str | Remark | None:
        word = _word(clean(text, one_line=True))
        if not word or word in choices:
            return choices.get(word)
        if word in aliases:
            message = f"{shown(text)} is sent as {shown(aliases[word])}"
            return Remark(aliases[word], Code.ALIASED, message)
        message = f"{shown(text)} is none of {', '.join(field.choices)}"
        return dropped(Code.NOT_IN_ENUM, message)

    def fit(value: object) -> object:
        text = value if isinstance(value, str) else to_text(value)
        return find(text) if isinstance(text, str) else text

    return fit


def _word(text: str) -> str:
    """Write a choice as it is compared: ASCII capitals only (Turkish has its own), `_` within."""
    return _BETWEEN_WORDS.sub("_", text).strip("_").translate(_ASCII_UPPER)


def _url(field: Field) -> Transform:
    limit = min(MAX_URL, field.max_length or MAX_URL)

    def fit(value: object) -> object:
        text = value if isinstance(value, str) else to_text(value)
        return to_url(text, limit) if isinstance(text, str) else text

    return fit


def _text_list(field: Field) -> Transform:
    fit_item, close = _text(field), _closing(field)

    def fit(value: object) -> object:
        return close([*map(fit_item, value if isinstance(value, list | tuple) else (value,))])

    return fit


def _closing(field: Field) -> Transform:
    """What makes of fitted items the field's list: no two that differ in case at most."""
    limit = sys.maxsize if field.max_items is None else field.max_items

    def close(items: Any) -> object:
        kept: dict[str, object] = {}
        remarks: list[Remark] = []
        for item in items:
            text = _settled(item, remarks) if isinstance(item, Remark) else item
            if isinstance(text, str):
                kept.setdefault(text.casefold(), text)
        if not remarks and len(kept) <= limit:
            return list(kept.values()) or None
        return _closed(list(kept.values()), remarks, len(items), field)

    return close


def _roles(field: Field) -> Transform:
    fit_role = _enum(field) if field.choices else _text(field)
    limit = sys.maxsize if field.max_items is None else field.max_items

    def fit(value: object) -> object:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            message = "an object from e-mail to role is wanted"
            return dropped(Code.BAD_TYPE, message)
        kept: dict[object, object] = {}
        remarks: list[Remark] = []
        for address, role in value.items():
            email = _settled(to_email(str(address)), remarks)
            fitted = _settled(fit_role(role), remarks)
            if email is None or fitted is None:
                continue
            if kept.setdefault(email, fitted) != fitted:
                message = f"{email} has several roles; {kept[email]} was kept"
                remarks.append(Remark(fitted, Code.DUPLICATE, message))
        if not remarks and len(kept) <= limit:
            return kept or None
        return _as_object(_closed(list(kept.items()), remarks, len(value), field))

    return _with_memory(fit)


def _any(field: Field) -> Transform:
    fit_text = _text(replace(field, kind=FieldKind.LONG_TEXT))

    def fit(value: object) -> object:
        if isinstance(value, str):
            return fit_text(value)
        if isinstance(value, list | tuple):
            return _settled_list([fit(one) for one in value])
        if isinstance(value, Mapping):
            return _inside(value, fit) if field.nested else _NESTED
        return _plain(value)

    return fit


def _settled_list(fitted: Sequence[object]) -> object:
    """A list without what is empty in it; refused whole for what is not flat."""
    if any(isinstance(one, list | dict | Remark) for one in fitted):
        return next((one for one in fitted if isinstance(one, Remark)), _NESTED)
    return [one for one in fitted if one is not None] or None


def _inside(value: Mapping[object, object], fit: Transform) -> object:
    fitted = {str(name): fit(inner) for name, inner in value.items()}
    remark = next((one for one in fitted.values() if isinstance(one, Remark)), None)
    return remark or {name: one for name, one in fitted.items() if one is not None} or None


def _plain(value: object) -> object:
    """A number or a truth value; NaN, which tables write for nothing, is nothing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or (isinstance(value, int) and -_INT64 <= value < _INT64):
        return value
    return to_text(value)


_INT64: Final = 2**63
_NESTED: Final = dropped(
    Code.NESTED, "an object, or a list of more than single values: map the values inside it"
)


def _with_memory(fit: Transform) -> Transform:
    """*fit*, with a memory for objects of one entry: owners come back all the time."""

    @lru_cache(maxsize=8192)
    def one(address: str, role: str) -> object:
        return fit({address: role})

    def known(value: object) -> object:
        if isinstance(value, dict) and len(value) == 1:
            ((address, role),) = value.items()
            if isinstance(address, str) and isinstance(role, str):
                fitted = one(address, role)
                return fitted.copy() if isinstance(fitted, dict) else _copied(fitted)
        return fit(value)

    return known


def _copied(fitted: object) -> object:
    """What is remembered must not be changed by who is given it."""
    if isinstance(fitted, Remark):
        return fitted._replace(value=_copied(fitted.value)) if fitted.value else fitted
    return fitted.copy() if isinstance(fitted, dict) else fitted


def _as_object(pairs: object) -> object:
    if isinstance(pairs, Remark):
        return pairs._replace(value=_as_object(pairs.value))
    return dict(pairs) if isinstance(pairs, list) else None


def _settled(fitted: object, remarks: list[Remark]) -> object:
    """Note an element's remark, and go on with its value."""
    if isinstance(fitted, Remark):
        remarks.append(fitted)
        return fitted.value
    return fitted


def _closed(kept: Sequence[object], remarks: list[Remark], total: int, field: Field) -> object:
    """Give what is kept, within the field's limit, with all there is to remark in one."""
    limit = field.max_items
    if limit is not None and len(kept) > limit:
        message = f"{len(kept)} elements, {limit} at most; the first {limit} were kept"
        kept = kept[:limit]
        remarks = [dropped(Code.TOO_MANY, message), *remarks]
    codes = list(dict.fromkeys(remark.code for remark in remarks))
    message = "; ".join(_summary(code, remarks, total) for code in codes)
    lost = any(remark.value is None for remark in remarks)
    refused = lost and field.on_fault is OnFault.REJECT
    return Remark(None if refused else kept or None, codes[0], message)


def _summary(code: str, remarks: Sequence[Remark], total: int) -> str:
    same = [remark for remark in remarks if remark.code == code]
    if code == Code.TOO_MANY or total == 1:
        return same[0].message
    return f"{len(same)} of {total} elements: {same[0].message}"


_FITTERS: Final[Mapping[FieldKind, Callable[[Field], Transform]]] = {
    FieldKind.DOMAIN: _domain,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.TIMESTAMP: _timestamp,
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.ENUM: _enum,
    FieldKind.URL: _url,
    FieldKind.TEXT_LIST: _text_list,
    FieldKind.ROLES: _roles,
    FieldKind.ANY: _any,
    FieldKind.DAY: shapes.day,
    FieldKind.EMAIL: shapes.email,
    FieldKind.NUMBER: shapes.number,
    FieldKind.INTEGER: shapes.integer,
    FieldKind.INTEGER_LIST: shapes.integers,
    FieldKind.OBJECT_LIST: lambda field: shapes.objects(field, compile_fitter),
}
