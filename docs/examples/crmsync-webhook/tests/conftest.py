"""Failures of the contract show the values that it compared."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("crmsync.testing")
