"""What may happen to an answer on its way: to its bytes, its framing, its status, its headers."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from benchmarks.relay import BODILESS, Mutant, Reply, Wire

Mutation = Callable[[Reply, random.Random], Mutant]

PAGE: Final = (
    b"<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
)
FLIPPED: Final = "bytes flipped"
"""Of a body that may still be believed after it: it has no checksum."""

_HTML: Final = {"content-type": "text/html; charset=utf-8"}
_LOCATIONS: Final = (
    "http://127.0.0.1:9/",
    "https://login.example/sso?next=%2F",
    "file:///etc/passwd",
    "//other.example/x",
    "/somewhere/else",
    "",
    "\x7f",
)
_WAITS: Final = (
    *("soon", "-5", "0x10", "1e9", "99999999999999999999", "NaN", "", "1, 2", "٣"),
    *("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 99 Foo 2026"),
    *("0", "2", "1.5"),
)
_CODINGS: Final = ("br", "zstd", "deflate", "gzip, gzip", "compress", "identity, gzip", "x" * 300)
_CLIENT_ERRORS: Final = (400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 411, 413, 414, 415, 418)
_MORE_ERRORS: Final = (421, 422, 423, 424, 425, 426, 428, 431, 444, 451, 460, 494, 499)
_SERVER_ERRORS: Final = (500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 525, 529, 530, 599)


def _even(chance: random.Random) -> bool:
    return chance.choice((True, False))


def _whole(kind: str, reply: Reply, *, close: bool = False) -> Mutant:
    return Mutant(kind, reply.wire(close=close), reply)


def _broken(kind: str, *parts: bytes, every: float = 0.0, reset: bool = False) -> Mutant:
    return Mutant(kind, Wire(parts, every=every, reset=reset), None)


def _raw(reply: Reply) -> bytes:
    return reply.wire().parts[0]


def _head(reply: Reply, *lines: str, status: str = "") -> bytes:
    """A head without a length of its own."""
    named = [f"{name}: {reply.headers[name]}" for name in reply.headers if name != "content-length"]
    first = status or f"HTTP/1.1 {reply.status} x"
    return "\r\n".join([first, *named, *lines, "", ""]).encode("latin-1", "replace")


def _texted(reply: Reply) -> Reply:
    """An answer that has a body: one without gets a word."""
    return reply._replace(status=200, body=b'{"message":"ok"}') if not reply.body else reply


def flip(reply: Reply, chance: random.Random) -> Mutant:
    """Some bits of the body are others."""
    body = bytearray(_texted(reply).body)
    for _ in range(chance.randint(1, 5)):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return _whole(FLIPPED, _texted(reply)._replace(body=bytes(body)))


def cut(reply: Reply, chance: random.Random) -> Mutant:
    """The connection ends before the promised length."""
    raw = _raw(_texted(reply))
    return _broken("cut", raw[: chance.randrange(1, len(raw))], reset=_even(chance))


def cut_unnoticed(reply: Reply, chance: random.Random) -> Mutant:
    """No length is promised, and the body ends early."""
    short = _texted(reply)
    short = short._replace(body=short.body[: chance.randrange(len(short.body))])
    return Mutant("cut, no length", Wire((_head(short) + short.body,)), short)


def wrong_length(reply: Reply, chance: random.Random) -> Mutant:
    """Content-Length is not the body's."""
    honest = _texted(reply)
    size = len(honest.body)
    lengths = (str(size + 7), "abc", "-1", "", f"{size}, {size + 1}", "9" * 30, "0x10", f"+{size}")
    length = chance.choice((*lengths, "short"))
    if length == "short":
        shorter = honest._replace(body=honest.body[: size // 2])
        head = _head(honest, f"content-length: {size // 2}")
        return Mutant("length wrong", Wire((head + honest.body,)), shorter)
    return _broken("length wrong", _head(honest, f"content-length: {length}") + honest.body)


def two_lengths(reply: Reply, chance: random.Random) -> Mutant:
    """Content-Length stands twice, with two values, or beside chunks."""
    honest = _texted(reply)
    other = chance.choice(("content-length: 3", "transfer-encoding: chunked"))
    head = _head(honest, f"content-length: {len(honest.body)}", other)
    return _broken("lengths differ", head + honest.body)


def chunks(reply: Reply, chance: random.Random) -> Mutant:
    """A body in chunks, which are cut, endless or none."""
    honest = _texted(reply)
    good = b"%x\r\n%b\r\n" % (len(honest.body), honest.body)
    bad = chance.choice((good, b"zz\r\n", b"-5\r\n", b"f" * 40 + b"\r\n", b"5;" + b"x" * 70_000))
    return _broken("chunks broken", _head(honest, "transfer-encoding: chunked") + bad)


def zipped(reply: Reply, chance: random.Random) -> Mutant:
    """An honest gzip body."""
    del chance
    honest = _texted(reply)
    return Mutant("gzip", _encoded(honest, gzip.compress(honest.body)).wire(), honest)


def zipped_cut(reply: Reply, chance: random.Random) -> Mutant:
    """A gzip stream that ends early or is damaged, in a whole body."""
    packed = bytearray(gzip.compress(_texted(reply).body))
    if _even(chance):
        packed = packed[: chance.randrange(1, len(packed))]
    else:
        packed[chance.randrange(len(packed) - 8, len(packed))] ^= 0xFF
    return Mutant("gzip broken", _encoded(reply, bytes(packed)).wire(), None)


@cache
def _bomb() -> bytes:
    """100 kB that become 100 MB."""
    return gzip.compress(b" " * 100_000_000, 9)


def zipped_bomb(reply: Reply, chance: random.Random) -> Mutant:
    """A gzip body that becomes very large, or one in another."""
    body = _bomb() if _even(chance) and _even(chance) else gzip.compress(gzip.compress(reply.body))
    nested = _encoded(reply, body)
    arrives = None if body is _bomb() else nested._replace(body=gzip.compress(reply.body))
    return Mutant("gzip bomb or nested", nested.wire(), arrives)


def coding(reply: Reply, chance: random.Random) -> Mutant:
    """An encoding that nobody asked for, or that the body is not in."""
    honest = _texted(reply)
    named = chance.choice((*_CODINGS, "gzip"))
    return Mutant("other encoding", _encoded(honest, honest.body, named).wire(), None)


def _encoded(reply: Reply, body: bytes, named: str = "gzip") -> Reply:
    headers = {**reply.headers, "content-encoding": named}
    return Reply(reply.status if reply.body else 200, headers, body)


def content_type(reply: Reply, chance: random.Random) -> Mutant:
    """The same body, called something else."""
    kinds = ("text/html", "text/plain", "application/octet-stream", "", "a/b; charset=utf-16")
    headers = {**reply.headers, "content-type": chance.choice(kinds)}
    return _whole("content type", reply._replace(headers=headers))


def page(reply: Reply, chance: random.Random) -> Mutant:
    """A page for people with status 200, called HTML or as the answer was."""
    headers = _HTML if _even(chance) else reply.headers
    return _whole("HTML 200", Reply(200, headers, PAGE))


def empty(reply: Reply, chance: random.Random) -> Mutant:
    """Nothing, or white space."""
    body = chance.choice((b"", b" ", b"\r\n\r\n", b"\x00"))
    return _whole("empty body", reply._replace(status=200, body=body))


def gone(reply: Reply, chance: random.Random) -> Mutant:
    """The connection ends, or is reset, before an answer."""
    raw = _raw(reply)
    return _broken("no answer", raw[: chance.randrange(20)], reset=_even(chance))


def slow(reply: Reply, chance: random.Random) -> Mutant:
    """An answer that trickles for longer than one waits."""
    raw = _raw(_texted(reply)) + b" " * 400
    at = chance.randrange(1, 40)
    return _broken("slow", raw[:at], *(raw[i : i + 1] for i in range(at, at + 60)), every=0.02)


def headers(reply: Reply, chance: random.Random) -> Mutant:
    """More headers, longer ones, or the same again, as many as one should read."""
    more = {f"x-{i}": "y" * chance.randrange(60) for i in range(chance.randrange(1, 60))}
    return _whole("more headers", reply._replace(headers={**reply.headers, **more}))


def header_flood(reply: Reply, chance: random.Random) -> Mutant:
    """Headers without measure, or that are none."""
    lines = chance.choice(
        (
            [f"x-{i}: {'y' * 900}" for i in range(5_000)],
            [f"x: {'y' * 2_000_000}"],
            ["no colon here"],
            ["x y: z"],
            ["x: a\x00b"],
            [": nameless"],
        )
    )
    raw = _head(reply, *lines, f"content-length: {len(reply.body)}") + reply.body
    return _broken("headers broken", raw)


def informational(reply: Reply, chance: random.Random) -> Mutant:
    """1xx answers before the answer, some or without measure."""
    before = chance.choice((b"100 Continue", b"103 Early Hints", b"101 Switching Protocols"))
    flood = (b"HTTP/1.1 %b\r\n\r\n" % before) * chance.choice((1, 5, 2_000))
    switched = before.startswith(b"101")  # what follows is no HTTP
    return Mutant("1xx", Wire((flood + _raw(reply),)), None if switched else reply)


def status_line(reply: Reply, chance: random.Random) -> Mutant:
    """A status line that is none, or a status that is none."""
    lines = ("HTTP/9.9 200 OK", "HTTP/1.1 abc", "ICY 200 OK", "HTTP/1.1", "HTTP/1.1 99999 x", "{}")
    line = chance.choice((*lines, "HTTP/1.1 2000 OK", "HTTP/1.1 -1 x", "\x16\x03\x01\x02"))
    head = _head(reply, f"content-length: {len(reply.body)}", status=line)
    return _broken("status line", head + reply.body)


def odd_status(reply: Reply, chance: random.Random) -> Mutant:
    """The honest body, with a status that is no answer of theirs."""
    status = chance.choice((203, 205, 206, 208, 226, 250, 299, 306, 600, 700, 999))
    return _whole("status odd", reply._replace(status=status), close=True)


def redirect(reply: Reply, chance: random.Random) -> Mutant:
    """A redirect to anywhere."""
    moved = {**reply.headers, "location": chance.choice(_LOCATIONS)}
    status = chance.choice((300, 301, 302, 303, 304, 305, 307, 308, 399))
    return _whole("redirect", Reply(status, moved, b"" if status in BODILESS else reply.body))


def refused(reply: Reply, chance: random.Random) -> Mutant:
    """A 4xx, with the answer's body, a page, JSON or nothing."""
    return _failed("4xx", reply, chance.choice(_CLIENT_ERRORS + _MORE_ERRORS), chance)


def failed(reply: Reply, chance: random.Random) -> Mutant:
    """A 5xx, likewise."""
    return _failed("5xx", reply, chance.choice(_SERVER_ERRORS), chance)


def _failed(kind: str, reply: Reply, status: int, chance: random.Random) -> Mutant:
    bodies = (reply.body, PAGE, b"", b'{"message":"\\u001b[2J no"}', b'[{"errorCode":7}]', b"\xff")
    shown = {**reply.headers, **chance.choice(({}, _HTML, {"cf-ray": "8f"}))}
    return _whole(kind, Reply(status, shown, chance.choice(bodies)))


def waits(reply: Reply, chance: random.Random) -> Mutant:
    """429 or 503 with a Retry-After that may mean nothing."""
    named = {**reply.headers, "retry-after": chance.choice(_WAITS)}
    return _whole("Retry-After", Reply(chance.choice((429, 503)), named, b""))


WIRE: Final[Mapping[Mutation, int]] = {
    flip: 8,
    cut: 8,
    cut_unnoticed: 6,
    wrong_length: 6,
    two_lengths: 2,
    chunks: 3,
    zipped: 1,
    zipped_cut: 5,
    zipped_bomb: 2,
    coding: 3,
    content_type: 3,
    page: 5,
    empty: 5,
    gone: 4,
    slow: 1,
    headers: 2,
    header_flood: 3,
    informational: 3,
    status_line: 4,
    odd_status: 4,
    redirect: 5,
    refused: 8,
    failed: 6,
    waits: 5,
}
"""What may happen to any answer, with how often of a hundred or so."""
