"""`python -m crmsync` is the same as `crmsync`."""

from __future__ import annotations

from crmsync.cli import main

main()
