"""Whom encrypted connections are made to: verified always, by nothing of the environment."""

from __future__ import annotations

import ssl

import certifi


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that always verifies, from certifi's authorities or *ca_file* alone.

    Made by hand: `ssl.create_default_context`, as urllib3's own, would write session keys to
    $SSLKEYLOGFILE and trust $SSL_CERT_FILE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca_file or certifi.where())
    return context
