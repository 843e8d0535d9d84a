"""crmsync brings companies, owners and deals from CRMs to customer platforms."""

from __future__ import annotations

__version__ = "0.1.0"
