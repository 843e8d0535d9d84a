"""Akooda's organizations endpoint, simulated."""

from __future__ import annotations
