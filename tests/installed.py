"""Other packages, as pip would leave them."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, name: str, entry_points: str) -> None:
    """Leave a package's metadata in a folder; that it is searched is the caller's to see to."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
