"""Atoka's lead events, simulated, with the look-ups that find a lead."""

from __future__ import annotations
