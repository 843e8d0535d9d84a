"""Akita's accounts endpoint, simulated."""

from __future__ import annotations
