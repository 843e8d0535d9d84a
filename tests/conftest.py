from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: how long an example takes is for benchmarks to say.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
