"""Settlements as tests write them: only what matters to the test is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import DeliveryWrite, RecordWrite, Settlement

AT: Final = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
SYNC: Final = "hubspot-companies"
OTHER_SYNC: Final = "salesforce-accounts"
DESTINATION: Final = "akooda"
KEY: Final = "acme.com"
BODY: Final = b'{"domain":"acme.com"}'


def record(record_id: str = "1", body: bytes = BODY, **changed: object) -> RecordWrite:
    """A record that was accepted under KEY, but for what is changed."""
    write = RecordWrite(record_id, KEY, 7, b"d" + body, body, Outcome.ACCEPTED)
    return write._replace(**changed)  # type: ignore[arg-type] # fields of any type, by name


def delivery(key: str = KEY, body: bytes = BODY) -> DeliveryWrite:
    """A delivery of *body* to *key*."""
    return DeliveryWrite(key, b"d" + body, body)


def settlement(
    records: Sequence[RecordWrite] = (),
    deliveries: Sequence[DeliveryWrite] = (),
    *,
    sync: str = SYNC,
    batch_id: str = "",
    at: datetime = AT,
    cursor: str | None = None,
) -> Settlement:
    """A settlement of *sync* at DESTINATION."""
    return Settlement(
        sync=sync,
        destination=DESTINATION,
        run_id="run-1",
        at=at,
        batch_id=batch_id,
        answer="204",
        records=records,
        deliveries=deliveries,
        cursor=cursor,
    )


def met(records: Sequence[RecordWrite]) -> Settlement:
    """A settlement of newcomers that were accepted."""
    newcomers = [
        (one.record_id, (one.key or "", one.modified_at, one.digest, one.body), one.problems)
        for one in records
    ]
    return replace(settlement(), newcomers={Outcome.ACCEPTED: newcomers})


def refused(record_id: str = "1", digest: bytes = b"bad", **changed: object) -> RecordWrite:
    """A record that our validation refused."""
    problems = (Problem("domain", "TOO_LONG", "300 of 253", Severity.ERROR),)
    write = RecordWrite(record_id, None, 7, digest, b"body", Outcome.INVALID, problems)
    return write._replace(**changed)  # type: ignore[arg-type] # fields of any type, by name
