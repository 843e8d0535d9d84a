from __future__ import annotations

import pytest

from crmsync.ledger.postgres.server import _encryption

CHECKED = {"sslmode": "verify-full"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://db.example.com/x", {**CHECKED, "sslrootcert": "system"}),
        ("postgresql://10.0.0.7/x", {**CHECKED, "sslrootcert": "system"}),
        ("postgresql://db.example.com/x?sslrootcert=/a.crt", CHECKED),
        ("postgresql://db.example.com/x?sslmode=require", {}),
        ("postgresql://localhost/x", {}),
        ("postgresql://127.0.0.1:5433/x", {}),
        ("postgresql://[::1]/x", {}),
        ("postgresql:///x?host=/run/postgresql", {}),
    ],
)
def test_across_a_network_the_certificate_is_checked(url, expected, monkeypatch):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert _encryption(url) == expected


def test_the_variables_of_libpq_are_heard(monkeypatch):
    monkeypatch.setenv("PGSSLMODE", "require")
    assert _encryption("postgresql://db.example.com/x") == {}
