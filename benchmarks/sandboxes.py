"""A sandbox in another process, and its control API."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """Start a sandbox with these options of `python -m crmsync.sandbox`; gives its address."""
    command = [sys.executable, "-m", "crmsync.sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        try:
            yield json.loads(child.stdout.readline())["url"]
        finally:
            child.terminate()


def ask(url: str, document: Mapping[str, object] | None = None) -> Any:
    """The control API's answer: to a POST with a document, to a GET without."""
    data = None if document is None else json.dumps(document).encode()
    request = Request(url, data=data, headers={"content-type": "application/json"})  # noqa: S310 - our own loopback server
    with urlopen(request) as answer:  # noqa: S310 - the same
        return json.load(answer)
