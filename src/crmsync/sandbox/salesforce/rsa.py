"""Checks RS256 signatures with a public key in PEM, by arithmetic alone.

The client under test signs with a library; checking with the same one would share its mistakes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

# DigestInfo of SHA-256 in PKCS #1 v1.5 signatures: RFC 8017, section 9.2.
_SHA256: Final = bytes.fromhex("3031300d060960864801650304020105000420")
_BEGIN: Final = "-----BEGIN PUBLIC KEY-----"
_END: Final = "-----END PUBLIC KEY-----"
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03
_SHORT_LENGTH: Final = 0x80


class PublicKey:
    """An RSA public key.

    Args:
        pem: SubjectPublicKeyInfo in PEM (`-----BEGIN PUBLIC KEY-----`).

    Raises:
        ValueError: It is none.
    """

    def __init__(self, pem: str) -> None:
        text = pem.strip()
        if not (text.startswith(_BEGIN) and text.endswith(_END)):
            raise ValueError("the public key must be PEM: -----BEGIN PUBLIC KEY-----")
        try:
            der = base64.b64decode("".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
            outer, _ = _read(der, _SEQUENCE)
            algorithm_end = _read(outer, _SEQUENCE)[1]
            bits, _ = _read(outer[algorithm_end:], _BITS)
            numbers, _ = _read(bits[1:], _SEQUENCE)
            modulus, end = _read(numbers, _INTEGER)
            exponent, _ = _read(numbers[end:], _INTEGER)
        except (binascii.Error, IndexError) as error:
            raise ValueError("the public key is not an RSA key") from error
        self._modulus = int.from_bytes(modulus)
        self._exponent = int.from_bytes(exponent)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's for the message."""
        size = (self._modulus.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        found = pow(int.from_bytes(signature), self._exponent, self._modulus).to_bytes(size)
        tail = _SHA256 + hashlib.sha256(message).digest()
        wanted = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
        return hmac.compare_digest(found, wanted)


def _read(der: bytes, tag: int) -> tuple[bytes, int]:
    """The content of the element at the start, and where the next one begins."""
    if der[0] != tag:
        raise ValueError("the public key is not an RSA key")
    length, start = der[1], 2
    if length >= _SHORT_LENGTH:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(der[2:start])
    return der[start : start + length], start + length
