"""RSA keys, made when a test asks for them."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_PEM = serialization.Encoding.PEM


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def private_pem(*, passphrase: bytes = b"") -> bytes:
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else None
    return private_key().private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, hidden or serialization.NoEncryption()
    )


def public_pem() -> str:
    shape = serialization.PublicFormat.SubjectPublicKeyInfo
    return private_key().public_key().public_bytes(_PEM, shape).decode()
