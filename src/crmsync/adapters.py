"""Adapters, described: what an entry point names, and what an adapter is opened with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import field, replace
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

from crmsync.interfaces import Clock, Destination, EventDestination, Source
from crmsync.journal import Change, Unsent
from crmsync.logs import Log, event
from crmsync.payloads import Columns, Field, Fields, Limits, MergeRules
from crmsync.receipts import Problem
from crmsync.state import EventLine
from crmsync.values import Value

BROKEN_PLUGIN: Final = "broken_plugin"
"""The code of a fault of the package that an entry point names."""

MEND_PACKAGE: Final = "mend the package that brings it, or uninstall it"
"""What to do where an entry point names what cannot be used."""


class Context(Value):
    """What an adapter is opened with.

    Attributes:
        name: The account's name in the configuration.
        clock: Time; its sleep ends when the run is asked to stop.
        retry_for: Seconds that one request is retried.
        max_wait: Seconds of Retry-After that are waited for.
        log: Logs what happens on the account, with the run and the sync that it is opened for.
        paces: The transport's, of this account: whoever opens it with the same one keeps its
            limits and its pauses together with all others who have.
    """

    name: str
    clock: Clock
    retry_for: float
    max_wait: float
    log: Log = event
    paces: MutableMapping[Any, Any] = field(default_factory=dict)


class SourcePlugin(Value):
    """A kind of source. One entry point in the group `crmsync.sources` names it.

    Attributes:
        name: The entry point's: what a configuration calls it.
        settings: A pydantic model of its configuration table.
        objects: What can be read, with the rank that merging goes by (0 for accounts and
            companies, 1 for deals and opportunities). The first is what people start with.
        open: Makes the source; imports its vendor's SDK only then.
        first_keys: Keys of the settings that may be left out, but that people start with.
        other_rank: The rank of objects that only the account itself knows (Salesforce's
            custom objects); None where there are no others.
    """

    name: str
    settings: type[Any]
    objects: Mapping[str, int]
    open: Callable[[Any, Context], Source]
    first_keys: tuple[str, ...] = ()
    other_rank: int | None = None

    def rank(self, object_name: str) -> int | None:
        """How an object ranks when records are merged; None where there is no such object."""
        return self.objects.get(object_name, self.other_rank)


def _untailored(plugin: DestinationPlugin, settings: object) -> DestinationPlugin:
    del settings
    return plugin


def by_address(settings: object) -> str:
    """What tells an account from others where its platform names none: where it lives.

    All of this machine is one place: simulators begin at another port each time.
    """
    parts = urlsplit(str(getattr(settings, "base_url", "")))
    host = parts.hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"}:
        return "this machine"
    return f"{host}:{parts.port}" if parts.port else host


def fingerprint(text: str) -> str:
    """A few characters that tell one secret from another, and nothing of it."""
    return blake2b(text.encode(), digest_size=4).hexdigest()


def _takes_no_batches(settings: object, context: Context) -> Destination:
    del settings, context
    raise TypeError("events are not sent in batches: `events.open` opens their destination")


def _whole(line: EventLine) -> bytes:
    return line.body


def _nothing(fields: Sequence[Fields], lines: Sequence[EventLine]) -> Callable[[str, str], bool]:
    del fields, lines
    return lambda _name, _text: False


class EventRules(Value):
    """What a platform of events is opened by, and when a record is news to it.

    Attributes:
        open: Makes the destination.
        watched: The fields of which a change is an event. Any other is only noted.
        judge: Why a change is no event for this account, as far as that can be told without
            asking the platform; None where it is one. Bound by `tailor`. Pure.
        told: What is sent of a line of the journal, for people. Pure.
        about: Given what was mapped of a record, and its lines: whether a note, by its name and
            text, was made because of them, and goes with them. Pure.
        shortened: What is kept of a line that the platform has, when its time is over: less of what
            it told, and all that keeps an event from being created twice. Once more is nothing.
            Pure.
    """

    open: Callable[[Any, Context], EventDestination]
    watched: frozenset[str]
    judge: Callable[[Change], Unsent | None]
    told: Callable[[EventLine], Fields]
    about: Callable[[Sequence[Fields], Sequence[EventLine]], Callable[[str, str], bool]] = _nothing
    shortened: Callable[[EventLine], bytes] = _whole


class DestinationPlugin(Value):
    """A kind of destination. One entry point in the group `crmsync.destinations` names it.

    Attributes:
        name: The entry point's: what a configuration calls it.
        settings: A pydantic model of its configuration table.
        fields: Every attribute, in the order that people are shown.
        key: The field that identifies a payload.
        disabled: What is set on a key to disable it (`{"isEnabled": False}`); empty where the
            platform has no way to: `on_delete = "disable"` is a fault in the configuration then.
        methods: What a sync's `method` may be; the first is the default.
        encode: Payload values to the exact bytes sent, canonical: equal values, equal bytes.
        decode: The reverse.
        encode_page: What `encode` gives for each of so many payloads, given their columns. None
            where that is no quicker; it is not used beside `complete`.
        open: Makes the destination; a platform of events has `events` instead.
        merge: How several records' values for one key become one payload.
        tailor: The plugin as an account's settings change it: values added to an enum,
            smaller batches, requests in flight. What is not tailored is the plugin itself.
        other_field: For a platform whose attributes are its customers' own: the field of a name
            that `fields` lacks, None where no field may be called so.
        complete: Sets a mapped payload right in place, as a whole, and gives what is wrong with
            it; an ERROR makes its record invalid. Pure, once a record, before merging.
        once: The methods whose payloads must never arrive twice. Each is of one record, unmerged
            and without clears, and is pushed alone. What may have arrived (`maybe_delivered` of
            the error that `push` ends with, or a crash) is sent again neither by a push nor by
            a later run: it is told as unknown until a person decides.
        sent: What goes out of a payload, the key among it, given the payload with a None for each
            value that is cleared, and what was delivered last (None where nothing was, or where
            that is not certain). Sending it must leave the platform with all of the payload,
            which is what is remembered. Pure. Without it everything goes out.
        seconds: How many seconds so many payloads take at least, by the account's own rate; None
            where a run need not say so.
        tenant: What tells an account from every other of the platform, for people and the
            ledger, given its settings; no secret, and not what is changed now and then, as a
            key is. May raise ConfigError: a reference cannot be looked up.
        events: For a platform that takes events, not what a key holds: its records are told by
            `key` alone, nothing is merged, sent in batches, cleared or disabled.
        first_keys: Keys of the settings that may be left out, but that people start with.
    """

    name: str
    settings: type[Any]
    fields: Mapping[str, Field]
    key: str
    disabled: Fields
    limits: Limits
    methods: tuple[str, ...]
    encode: Callable[[Fields], bytes]
    decode: Callable[[bytes], dict[str, object]]
    open: Callable[[Any, Context], Destination] = _takes_no_batches
    merge: MergeRules = field(default_factory=MergeRules)
    tailor: Callable[[DestinationPlugin, Any], DestinationPlugin] = _untailored
    other_field: Callable[[str], Field | None] | None = None
    complete: Callable[[dict[str, object]], Sequence[Problem]] | None = None
    once: frozenset[str] = frozenset()
    sent: Callable[[Fields, Fields | None], Mapping[str, object]] | None = None
    seconds: Callable[[int], float] | None = None
    tenant: Callable[[Any], str] = by_address
    events: EventRules | None = None
    encode_page: Callable[[Columns, int], Sequence[bytes]] | None = None
    first_keys: tuple[str, ...] = ()

    def knowing(self, names: Iterable[str]) -> DestinationPlugin:
        """The plugin with a field for each of *names* that it takes besides its own."""
        if self.other_field is None:
            return self
        made = {name: self.other_field(name) for name in names if name not in self.fields}
        others = {name: field for name, field in made.items() if field is not None}
        return replace(self, fields={**self.fields, **others}) if others else self
