"""Pipedrive's deals, organizations, persons and what belongs to them, simulated."""

from __future__ import annotations
