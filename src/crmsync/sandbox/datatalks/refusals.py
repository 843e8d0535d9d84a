"""What an Amazon API Gateway answers before the request reaches the API behind it.

The texts and their `x-amzn-ErrorType`s are from "How do I troubleshoot HTTP 403 errors from API
Gateway?", https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden, and "How
do I troubleshoot signature mismatch errors when making SigV4 signed requests with IAM
authentication to API Gateway?",
https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch, read 2026-11-21; those about
the scope and the clock as people report them. Which of several faults is told first is a guess.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, RefusedError

TYPE: Final = b"x-amzn-errortype"
_INVALID: Final = b"InvalidSignatureException"
_INCOMPLETE: Final = b"IncompleteSignatureException"
_ARN: Final = "arn:aws:iam::123456789012:user/sandbox"


def gateway(status: int, kind: bytes, message: str, headers: Headers = ()) -> Answer:
    """One of the gateway's answers."""
    return Answer.json(status, {"message": message}, ((TYPE, kind), *headers))


def _refused(kind: bytes, message: str) -> RefusedError:
    return RefusedError(gateway(403, kind, message))


def unsigned() -> RefusedError:
    """No Authorization, or nothing at that path and verb: the gateway does not tell which."""
    return _refused(b"MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete(missing: Sequence[str], header: str, *, dated: bool) -> RefusedError:
    """Parameters of the Authorization are missing."""
    told = [f"Authorization header requires '{name}' parameter." for name in missing]
    if not dated:
        told.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    told.append(f"(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(header)}")
    return _refused(_INCOMPLETE, " ".join(told))


def no_pair(header: str) -> RefusedError:
    """The Authorization is not made of names and values."""
    message = (
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        f"(hashed with SHA-256 and encoded with Base64): '{_hashed(header)}'."
    )
    return _refused(_INCOMPLETE, message)


def _hashed(header: str) -> str:
    return base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()


def bad_credential(credential: str) -> RefusedError:
    """The credential is not an id and a scope."""
    message = (
        "Credential must have exactly 5 slash-delimited elements, "
        f"e.g. keyid/date/region/service/term, got '{credential}'"
    )
    return _refused(_INCOMPLETE, message)


def unknown_key() -> RefusedError:
    """There is no such access key id."""
    message = "The security token included in the request is invalid."
    return _refused(b"UnrecognizedClientException", message)


def bad_stamp(stamp: str) -> RefusedError:
    """The date of the request cannot be read."""
    message = (
        f"Date must be in ISO-8601 'basic format'. Got '{stamp}'. "
        "See http://en.wikipedia.org/wiki/ISO_8601"
    )
    return _refused(_INCOMPLETE, message)


def unsigned_header(name: str) -> RefusedError:
    """A header that must be signed is not."""
    return bad_signature(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def bad_signature(message: str) -> RefusedError:
    """A signature that does not count, for that reason."""
    return _refused(_INVALID, message)


def mismatch(canonical: str, text: str) -> RefusedError:
    """Another secret, or other bytes than were signed."""
    return bad_signature(
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.\n\nThe Canonical String for this request should have been\n"
        f"'{canonical}'\n\nThe String-to-Sign should have been\n'{text}'\n"
    )


def denied(region: str, method: str, path: str) -> RefusedError:
    """The key's owner may not call the API."""
    resource = f"arn:aws:execute-api:{region}:********9012:sandbox/v1/{method}{path}"
    message = (
        f"User: {_ARN} is not authorized to perform: execute-api:Invoke on resource: {resource} "
        "because no identity-based policy allows the execute-api:Invoke action"
    )
    kind = (TYPE, b"AccessDeniedException")
    return RefusedError(Answer.json(403, {"Message": message}, (kind,)))
