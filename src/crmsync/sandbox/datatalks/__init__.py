"""Data Talks' contacts and events API behind an Amazon API Gateway, simulated."""

from __future__ import annotations
