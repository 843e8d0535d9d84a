"""Laws of a payload's values: the fields are what they say, and bytes stand for values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crmsync.mapping.fitting import compile_fitter
from crmsync.payloads import FieldKind
from crmsync.testing.destinations.platform import Platform

OF_THEIR_OWN = "an_attribute_of_their_own"


class ValueLaws(Platform):
    """Equal values, equal bytes; and what was sent can be read again."""

    def test_the_key_is_one_of_the_fields(self) -> None:
        """Without it nothing else can hold."""
        key, fields = self.plugin.key, self.plugin.fields
        assert key in fields, f'the plugin\'s key is "{key}"; its fields are {", ".join(fields)}'

    def test_equal_values_are_equal_bytes(self) -> None:
        """The order in which a payload was put together does not show, inside it neither."""
        for fields in self._samples():
            assert self.tailored.encode(_turned(fields)) == self.tailored.encode(fields)

    def test_other_values_are_other_bytes(self) -> None:
        """What differs is sent: by its bytes alone the engine knows that it does."""
        samples = list(self._samples())
        encoded = {self.tailored.encode(fields) for fields in samples}
        assert len(encoded) == len({repr(sorted(fields.items())) for fields in samples})

    def test_decoding_reverses_encoding(self) -> None:
        """Values, nulls and emptied lists come back; from the bytes the same bytes are made."""
        for fields in self._samples():
            body = self.tailored.encode(fields)
            assert self.tailored.decode(body) == fields
            assert self.tailored.encode(self.tailored.decode(body)) == body

    def test_what_goes_out_of_a_payload_is_of_it_and_has_its_key(self) -> None:
        """Also where all of it was delivered before. How a cleared value goes out is its own."""
        sent = self.tailored.sent
        if sent is None:
            pytest.skip("of this platform's payloads everything goes out")
        whole, key = dict(self.payload(1)), self.tailored.key
        cleared = {**dict.fromkeys(whole), key: whole[key]}
        for fields, held in ((whole, None), (whole, whole), (cleared, whole)):
            out = sent(fields, held)
            assert out.get(key) == fields[key]
            assert out.keys() <= fields.keys()
            assert [name for name in out if fields[name] not in (None, out[name])] == []

    def test_the_plugin_speaks_of_its_own_fields(self) -> None:
        """Key and what disables are fields that it takes; each is told about."""
        plugin, fields = self.tailored, self.tailored.fields
        known = plugin.knowing(self.payload(0)).fields
        assert {plugin.key, *plugin.disabled, *self.payload(0)} <= set(known)
        assert [name for name, one in fields.items() if name != one.name or not one.about] == []
        other = plugin.other_field(OF_THEIR_OWN) if plugin.other_field else None
        assert other is None or (other.name == OF_THEIR_OWN and other.about)

    def test_every_field_has_an_example_that_fits(self) -> None:
        """What people are shown would be sent as it is."""
        for name, field in self.tailored.fields.items():
            assert field.example is not None, name
            assert compile_fitter(field)(field.example) == field.example, name
            if field.kind is FieldKind.ENUM:
                assert field.example in field.choices, name

    def test_payloads_with_different_numbers_have_different_keys(self) -> None:
        """Else the laws above would say nothing about a batch."""
        keys = {str(self.payload(number)[self.tailored.key]) for number in range(9)}
        assert len(keys) == len(range(9))

    def _samples(self) -> Iterator[dict[str, Any]]:
        """Payloads: whole, with all else cleared, the key alone, with each example."""
        whole, key = dict(self.payload(1)), self.tailored.key
        yield whole
        cleared: dict[str, Any] = {
            name: [] if isinstance(field.example, list) else None
            for name, field in self.tailored.fields.items()
        }
        yield {**cleared, **whole}
        yield {key: whole[key]}
        for name, field in self.tailored.fields.items():
            yield {key: whole[key], name: field.example}


def _turned(value: Any) -> Any:
    """The same value, every object in it put together the other way round."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(tuple(value))}
    return [_turned(one) for one in value] if isinstance(value, list) else value
