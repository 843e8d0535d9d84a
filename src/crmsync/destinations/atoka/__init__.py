"""Atoka: lead events, each created once.

The platform's facts are from its "Atoka API User Reference", Lead Events (v20240416.0917), and
from https://developers.atoka.io, read 2026-11-21.
"""

from __future__ import annotations
