"""The transforms `linkedin` and `twitter`: profile pages from handles and addresses."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import Final, cast

from crmsync.mapping.cleaning import clean
from crmsync.mapping.memory import Memory
from crmsync.mapping.sifting import all_begin, sift
from crmsync.mapping.transforms.definitions import transform
from crmsync.mapping.transforms.hosts import says_nothing, split_address
from crmsync.mapping.transforms.links import to_url
from crmsync.mapping.values import Code, Remark, dropped, shown
from crmsync.patterns import later
from crmsync.payloads import FieldKind

_OF_HANDLES: Final = f"{ascii_letters}{digits}_".encode()
_OF_NAMES: Final = _OF_HANDLES + b"-"
_LONGEST_NAME: Final = 200
_LINKEDIN_READY: Final = later(
    rf"https://(?:[a-z]{{2,3}}\.)?linkedin\.com/(?:company|in)/[A-Za-z0-9_-]{{1,{_LONGEST_NAME}}}"
)
_LINKEDIN_HOST: Final = later(r"(?:[a-z]{2,3}\.)?linkedin\.com")
_LINKEDIN_PATH: Final = later(
    r"/?((?:company|in|school|showcase|pub|company-beta|groups|organization)/[^/?#\s]+)"
)
_LINKEDIN_HANDLE: Final = later(r"@?([\w-]{2,100})")
# Handles have at most 15 characters, says Twitter's help as quoted at
# https://leechtips.blogspot.com/2011/06/how-to-change-your-username.html, read 2026-11-21.
_LONGEST_HANDLE: Final = 15
_TWITTER_HANDLE: Final = later(rf"@?([A-Za-z0-9_]{{1,{_LONGEST_HANDLE}}})")
_TWITTER_HOST: Final = later(r"(?:www\.|mobile\.|m\.)?(twitter\.com|x\.com)")
_TWITTER_PATH: Final = later(r"/(?:#!/)?@?([A-Za-z0-9_]{1,15})(?:[/?#].*)?")
_TWITTER_PAGES: Final = frozenset({"home", "intent", "search", "share", "i", "hashtag", "login"})


_LINKEDIN_HEADS: Final = Memory[str, bool](
    lambda head: bool(_LINKEDIN_READY.fullmatch(f"{head}/x"))
)


def _linkedin_ready(texts: list[str]) -> list[str | None]:
    host = texts[0].rpartition("/")[0]
    head = f"{host}/"
    if (
        _LINKEDIN_HEADS[host]
        and all_begin(texts, head, _OF_NAMES, len(head) + _LONGEST_NAME)
        and head not in texts
    ):
        return cast("list[str | None]", texts)
    heads, _, tails = zip(*[text.rpartition("/") for text in texts], strict=True)
    ready = map(_LINKEDIN_HEADS.__getitem__, heads)
    return [
        text if good and not rest and 0 < len(tail) <= _LONGEST_NAME else None
        for text, good, tail, rest in zip(texts, ready, tails, sift(tails, _OF_NAMES), strict=True)
    ]


def _twitter_handles(texts: list[str]) -> list[str | None]:
    return [
        f"https://twitter.com/{text}"
        if not rest and len(text) <= _LONGEST_HANDLE and not says_nothing(text)
        else None
        for text, rest in zip(texts, sift(texts, _OF_HANDLES), strict=True)
    ]


@transform("linkedin", at_once=_linkedin_ready, gives=FieldKind.URL)
def linkedin(text: str) -> object:
    """The address of a LinkedIn page.

    Input: its address with or without scheme, a path (`company/acme`), or a company's handle.
    Output: an https address without query. Dropped: addresses of other sites.

    Examples:
        "linkedin.com/company/acme" -> "https://linkedin.com/company/acme"
        "http://www.linkedin.com/company/acme/?trk=x" -> "https://www.linkedin.com/company/acme"
        "@acme" -> "https://www.linkedin.com/company/acme"
        "https://acme.com" -> null
    """
    if _LINKEDIN_READY.fullmatch(text):
        return text
    text = clean(text, one_line=True)
    if says_nothing(text):
        return None
    handle = _LINKEDIN_HANDLE.fullmatch(text)
    if handle:
        return to_url(f"https://www.linkedin.com/company/{handle.group(1)}")
    if _LINKEDIN_PATH.fullmatch(text.rstrip("/")):
        return to_url(f"https://www.linkedin.com/{text.strip('/')}")
    address = split_address(text)
    host = address.host.lower()
    path = _LINKEDIN_PATH.match(address.rest)
    if not path or not _LINKEDIN_HOST.fullmatch(host):
        return _no_profile(text, "LinkedIn")
    return to_url(f"https://{host}/{path.group(1)}")


@transform("twitter", at_once=_twitter_handles, gives=FieldKind.URL)
def twitter(text: str) -> object:
    """The address of a Twitter (X) profile.

    Input: a handle with or without `@`, or the profile's address on twitter.com or x.com.
    Output: an https address on the host that was written, twitter.com for a handle.
    Dropped: what is neither.

    Examples:
        "@acme" -> "https://twitter.com/acme"
        "https://x.com/acme?lang=en" -> "https://x.com/acme"
        "this is not a handle!" -> null
    """
    handle = _TWITTER_HANDLE.fullmatch(text)
    if not handle:
        text = clean(text, one_line=True)
        handle = _TWITTER_HANDLE.fullmatch(text)
    if says_nothing(text):
        return None
    if handle:
        return f"https://twitter.com/{handle.group(1)}"
    address = split_address(text)
    host = _TWITTER_HOST.fullmatch(address.host.lower())
    path = _TWITTER_PATH.fullmatch(address.rest)
    if not host or not path or path.group(1).lower() in _TWITTER_PAGES:
        return _no_profile(text, "Twitter")
    return f"https://{host.group(1)}/{path.group(1)}"


def _no_profile(text: str, network: str) -> Remark:
    message = f"{shown(text)} is neither a {network} handle nor a page there; left out"
    return dropped(Code.BAD_PROFILE, message)
