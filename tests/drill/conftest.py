from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """A sandbox's address."""
    with start(SandboxOptions(companies=40, deals=40, nasty=0)) as sandbox:
        yield sandbox.url
