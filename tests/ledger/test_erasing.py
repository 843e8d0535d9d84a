"""No byte of what was erased is left in any file of the ledger."""

from __future__ import annotations

import zlib
from dataclasses import replace
from random import Random

import pytest

from crmsync.errors import LedgerError
from crmsync.ledger.checking import findings
from crmsync.ledger.erasing import BLANKED, erase, quoted, without_quotes
from crmsync.receipts import Outcome
from crmsync.state import EventLine, Phase
from crmsync.testing.settlements import AT, DESTINATION, SYNC, delivery, record, settlement
from crmsync.testing.upkeep import erasure, told

MANY = 200
SECRETS = range(20, MANY, 20)


def mark(number):
    """What tells one record from all others."""
    return f"person{number:03d}"


def body(number, day):
    """Of such sizes that SQLite moves rows between pages, and leaves copies where they were."""
    words = Random(500_000 + number * 100 + day).choice([3, 30, 100, 200])
    return f'{{"day":{day},"about":"{mark(number) * words}"}}'.encode()


def filled(ledger):
    """Records that changed day by day, refused in the end, with events, notes and a report."""
    for day in range(5):
        numbers = Random(day).sample(range(MANY), MANY)
        outcome = Outcome.ACCEPTED if day < 4 else Outcome.INVALID
        for start in range(0, MANY, 50):
            some = [
                record(str(n), body(n, day), key=f"{mark(n)}.com", outcome=outcome)
                for n in numbers[start : start + 50]
            ]
            sent = [delivery(f"{mark(int(one.record_id))}.com", one.body) for one in some[::2]]
            ledger.settle(settlement(some, sent))
    lines = [
        EventLine(f"t{n}", SYNC, str(n), mark(n), 0, Phase.ACCEPTED, body(n, 0), AT, reason=mark(n))
        for n in range(MANY)
    ]
    ledger.settle(replace(settlement(), events=lines))
    ledger.note(DESTINATION, {f"match:{mark(n)}": mark(n) for n in range(MANY)})
    told(ledger, f"400: {mark(SECRETS[0])} is refused")


def files(path):
    """Every byte of every file beside the ledger, its journal and locks among them."""
    return b"".join(one.read_bytes() for one in path.parent.rglob("*") if one.is_file())


@pytest.mark.security(60)
def test_no_byte_of_an_erased_record_is_left_in_any_file(open_at, path):
    ledger = open_at()
    filled(ledger)
    names = [mark(n) for n in SECRETS]
    traces = [name.encode() for name in names]
    traces += [zlib.compress(body(n, 4), 1)[2:-4] for n in SECRETS]  # refused payloads are packed
    before = files(path)
    assert [one for one in traces if one not in before] == []

    ledger.erase(
        erasure(
            *map(str, SECRETS),
            keys=[f"{name}.com" for name in names],
            notes=[f"match:{name}" for name in names],
            values=names,
        )
    )

    after = files(path)
    assert [one for one in traces if one in after] == []
    assert all(mark(n).encode() in after for n in range(MANY) if n not in SECRETS)
    assert findings(ledger.store) == []


class FullDisk:
    """A store whose file cannot be written anew."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def compact(self):
        raise LedgerError("the disk is full")


def test_a_file_that_cannot_be_written_anew_is_told_of_and_done_again(open_at):
    ledger = open_at()
    ledger.settle(settlement([record()], [delivery()]))
    with pytest.raises(LedgerError, match=r"are erased, but .* written anew.*: the disk is full"):
        erase(FullDisk(ledger.store), erasure("1"))
    assert ledger.known(SYNC, ["1"])["1"].forgotten
    ledger.erase(erasure("1"))


def test_a_ledger_that_is_read_only_erases_nothing(open_at):
    open_at().settle(settlement([record()], [delivery()]))
    with pytest.raises(LedgerError, match="was opened for reading only"):
        open_at(read_only=True).erase(erasure("1"))


@pytest.mark.parametrize(
    ("report", "values", "left"),
    [
        ('{"syncs":[{"error":"no"}]}', ["Jane Doe"], '{"syncs":[{"error":"no"}]}'),
        (
            '{"syncs":[{"error":"no Jane Doe","notes":[]},{"error":"no","notes":[]}]}',
            ["Jane Doe"],
            f'{{"syncs":[{{"error":"{BLANKED}","notes":[]}},{{"error":"no","notes":[]}}]}}',
        ),
        (r'{"error":null,"notes":["\"J\""]}', ['"J"'], f'{{"error":null,"notes":["{BLANKED}"]}}'),
        (r'{"error":"no JOS\u00c9"}', ["José"], f'{{"error":"{BLANKED}"}}'),
        (r'{"error":"[\"Jos\\u00e9\"]"}', ["José"], f'{{"error":"{BLANKED}"}}'),
        ('{"error":"no"}', [], '{"error":"no"}'),
    ],
    ids=[
        "quotes nothing",
        "one of two syncs",
        "in a note, with quotes",
        "in capitals",
        "as in JSON",
        "nothing to look for",
    ],
)
def test_a_report_keeps_what_does_not_quote(report, values, left):
    assert without_quotes(report, quoted(values)) == left
