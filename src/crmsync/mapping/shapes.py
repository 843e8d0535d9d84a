"""Fitting days, e-mail addresses, numbers, and lists of numbers and of objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from crmsync.mapping.transforms.addresses import to_email
from crmsync.mapping.transforms.numbers import to_decimal, to_whole
from crmsync.mapping.transforms.timestamps import to_day
from crmsync.mapping.values import Code, Remark, Transform, dropped, shown, to_text
from crmsync.payloads import Field


def day(field: Field) -> Transform:
    """The fitter of a day; one later than `latest` is left out."""
    zone, latest = ZoneInfo(field.zone), field.latest

    def fit(value: object) -> object:
        found = to_day(value, zone)
        if latest is None or not isinstance(found, str):
            return found
        last = latest()
        if found <= last:
            return found
        message = f"{found} is later than today, {last} ({field.zone}); left out until then"
        return dropped(Code.IN_FUTURE, message)

    return fit


def email(field: Field) -> Transform:
    """The fitter of an e-mail address, one of the known ones where there are any."""
    known = frozenset(address.lower() for address in field.choices)

    def fit(value: object) -> object:
        text = to_text(value)
        found = to_email(text) if isinstance(text, str) else text
        address = found.value if isinstance(found, Remark) else found
        if not known or address is None or address in known:
            return found
        message = f"{address} is none of the {len(known)} addresses that are known; left out"
        return dropped(Code.NOT_IN_ENUM, message)

    return fit


def number(_field: Field) -> Transform:
    """The fitter of a JSON number: whole where it has no fraction."""

    def fit(value: object) -> object:
        found = to_decimal(value)
        if not isinstance(found, Decimal):
            return found
        return int(found) if found == found.to_integral_value() else float(found)

    return fit


def integer(field: Field) -> Transform:
    """The fitter of a whole number, given as such, as digits, or by its label."""
    labels = {_label(text): number for text, number in (field.labels or {}).items()}

    def fit(value: object) -> object:
        found = labels.get(_label(value)) if isinstance(value, str) else None
        if found is not None:
            return found
        whole = to_whole(value)
        if not isinstance(whole, Remark) or not isinstance(value, str):
            return whole
        names = f"one of {', '.join(field.labels)}" if field.labels else "a label that is known"
        return dropped(Code.NOT_IN_ENUM, f"{shown(value)} is neither a number nor {names}")

    return fit


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def integers(field: Field) -> Transform:
    """The fitter of a list of whole numbers, each once."""
    fit_one = integer(field)

    def fit(value: object) -> object:
        remarks: list[Remark] = []
        items = value if isinstance(value, list | tuple) else (value,)
        fitted = [_settled(fit_one(item), remarks) for item in items]
        return _told(list(dict.fromkeys(one for one in fitted if one is not None)), remarks)

    return fit


def objects(field: Field, compile_fitter: Callable[[Field], Transform]) -> Transform:
    """The fitter of a list of objects. One that lacks a member is left out."""
    members = {member.name: compile_fitter(member) for member in field.members}

    def fit(value: object) -> object:
        remarks: list[Remark] = []
        kept: dict[object, object] = {}
        for given in _given(value, tuple(members), remarks):
            one = _object(given, members, remarks)
            if one is None:
                continue
            same = one[field.unique] if field.unique else tuple(one.values())
            if kept.setdefault(same, one) != one:
                message = f"{field.unique} {same} is there twice; the first was kept"
                remarks.append(dropped(Code.DUPLICATE, message))
        return _told(list(kept.values()), remarks)

    return fit


def _given(
    value: object, names: tuple[str, ...], remarks: list[Remark]
) -> Iterator[Mapping[str, object]]:
    """The objects as they were given: a list, a single one, or as keys and values."""
    if isinstance(value, Mapping) and not value.keys() <= set(names):
        for pair in value.items():
            yield dict(zip(names, pair, strict=False))
        return
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, Mapping):
            yield one
        elif one is not None:
            message = f"{shown(one)} is no object with {' and '.join(names)}; left out"
            remarks.append(dropped(Code.BAD_TYPE, message))


def _object(
    given: Mapping[str, object], members: Mapping[str, Transform], remarks: list[Remark]
) -> dict[str, object] | None:
    noted = len(remarks)
    one = {name: _settled(fit(given.get(name)), remarks) for name, fit in members.items()}
    missing = [name for name, value in one.items() if value is None]
    if not missing:
        return one
    if len(remarks) == noted and len(missing) < len(one):
        remarks.append(dropped(Code.BAD_TYPE, f"an object without {missing[0]}; left out"))
    return None


def _settled(fitted: object, remarks: list[Remark]) -> object:
    if isinstance(fitted, Remark):
        remarks.append(fitted)
        return fitted.value
    return fitted


def _told(kept: list[object], remarks: list[Remark]) -> object:
    if not remarks:
        return kept or None
    messages = dict.fromkeys(remark.message for remark in remarks)
    return Remark(kept or None, remarks[0].code, "; ".join(messages))
