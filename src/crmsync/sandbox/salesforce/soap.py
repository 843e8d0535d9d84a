"""The SOAP login: a session for a user's name and password.

SOAP login() is not in API versions above 64.0 and is off in newer organizations: "SOAP API login()
Call is Being Retired", Salesforce Help, read 2026-11-21.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Final

from crmsync.sandbox.exchange import Answer, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import ids
from crmsync.sandbox.salesforce.oauth import TokenEndpoint
from crmsync.sandbox.salesforce.sessions import ORGANIZATION, Sessions

LAST_VERSION: Final = 64
_TYPE: Final = b"text/xml; charset=UTF-8"
_ELEMENT: Final = r"<(?:\w+:)?{0}>(.*?)</(?:\w+:)?{0}>"
_USERNAME: Final = re.compile(_ELEMENT.format("username"), re.DOTALL)
_PASSWORD: Final = re.compile(_ELEMENT.format("password"), re.DOTALL)
_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns="urn:partner.soap.sforce.com" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body>'
    "</soapenv:Envelope>"
)


def login(
    request: Request, version: int, options: SandboxOptions, users: TokenEndpoint,
    sessions: Sessions,
) -> Answer:  # fmt: skip
    """Handle a login call."""
    if version > LAST_VERSION:
        message = f"login() is not supported in API version {version}.0"
        return _fault("UNSUPPORTED_API_VERSION", message)
    if not options.salesforce_soap_login:
        message = "SOAP API login() is disabled by default in this org"
        return _fault("INVALID_OPERATION", message)
    body = request.body.decode("utf-8", "replace")
    username, password = _USERNAME.search(body), _PASSWORD.search(body)
    if b"soapaction" not in request.headers or username is None or password is None:
        return _fault("UNKNOWN_EXCEPTION", "the request is no login")
    if not users.knows(unescape(username[1]), unescape(password[1])):
        message = "Invalid username, password, security token; or user locked out."
        return _fault("INVALID_LOGIN", message)
    base = options.salesforce_instance_url or request.base_url
    server = f"{base}/services/Soap/u/{version}.0/{ORGANIZATION[:15]}"
    return _sent(
        200,
        f"<loginResponse><result><metadataServerUrl>{escape(server)}</metadataServerUrl>"
        "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{escape(server)}</serverUrl>"
        f"<sessionId>{sessions.open()}</sessionId>"
        f"<userId>{ids.setting('005', 0)}</userId></result></loginResponse>",
    )


def _fault(code: str, message: str) -> Answer:
    return _sent(
        500,
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode>"
        f"<faultstring>{code}: {escape(message)}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}'
        f"</sf:exceptionCode><sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault>",
    )


def _sent(status: int, body: str) -> Answer:
    return Answer(status, _ENVELOPE.format(body).encode(), _TYPE)
