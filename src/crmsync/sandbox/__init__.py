"""Simulators of the CRMs and platforms, over real HTTP on loopback, with data and faults.

One ASGI app on one port serves every system under its name as a path prefix (`/hubspot`,
`/salesforce`, `/akooda` …) and a control interface under `/_sandbox`. It is strict: what a
vendor's document says is refused, is refused here, with the vendor's body where that is known.
It shares no code with the adapters, else it would share their mistakes.
"""

from __future__ import annotations
