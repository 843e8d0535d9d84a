"""A body, read whole: gzip undone, with a cap on what comes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from crmsync.errors import FatalError, RetryableError
from crmsync.transport.redaction import safe

_GZIP: Final = 16 + zlib.MAX_WBITS


def read_whole(chunks: Iterable[bytes], *, encoding: str, max_bytes: int) -> bytes:
    """Join a body's chunks, gunzipped where *encoding* (the header, lower case) says so.

    Memory is bounded by *max_bytes*, counted after decompression.

    Raises:
        RetryableError: The gzip stream is cut or corrupt: no whole answer came.
        FatalError: The body is larger than the cap, or in an encoding never asked for.
    """
    if encoding in {"", "identity"}:
        return _capped(chunks, max_bytes)
    if encoding not in {"gzip", "x-gzip"}:
        raise FatalError(
            f"the answer is encoded as {safe(encoding, limit=40)!r}, which was not asked for",
            hint="check what stands between (a proxy)",
        )
    return _capped(_gunzipped(chunks, max_bytes), max_bytes)


def _capped(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FatalError(
                f"the answer is larger than {max_bytes:,} bytes; reading was stopped there",
                hint="if it is the right answer, raise max_page_bytes, or ask for less at once",
            )
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _gunzipped(chunks: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    stream, begun = zlib.decompressobj(_GZIP), False
    for chunk in chunks:
        rest = chunk
        while rest:
            if stream.eof:  # a gzip body may have several members
                stream = zlib.decompressobj(_GZIP)
            begun = True
            try:
                part = stream.decompress(rest, max_bytes + 1)
            except zlib.error as error:
                raise RetryableError(
                    "the answer's gzip stream is corrupt", maybe_delivered=True
                ) from error
            yield part
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    if begun and not stream.eof:
        raise RetryableError("the answer's gzip stream is cut off", maybe_delivered=True)
