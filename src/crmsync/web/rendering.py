"""Makes a page of its template: every value is text, the one style is allowed by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from importlib.resources import files
from typing import Final, NamedTuple

from jinja2 import PackageLoader

from crmsync import __version__
from crmsync.reports import timestamp
from crmsync.showing.templates import environment, house_style, policy_hash
from crmsync.values import Value
from crmsync.web.times import from_now, short, written

NAV: Final = (
    ("/", "Overview"),
    ("/runs", "Runs"),
    ("/quarantine", "Quarantine"),
    ("/owed", "Owed"),
    ("/explain", "Explain"),
)

_FOLDER: Final = files("crmsync.web")
ICON: Final = _FOLDER.joinpath("icon.svg").read_text(encoding="utf-8")
STYLE: Final = house_style() + _FOLDER.joinpath("status.css").read_text(encoding="utf-8")
_TEMPLATES: Final = environment(PackageLoader("crmsync.web", "templates"))

POLICY: Final = (
    f"default-src 'none'; style-src '{policy_hash(STYLE)}'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Not "no-referrer": then browsers would send "Origin: null" with the page's own forms.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cache-Control", "no-store"),
)
"""What every answer carries."""


class Moment(NamedTuple):
    """A moment, as a page shows it."""

    iso: str
    written: str
    short: str
    relative: str


class Frame(Value, kw_only=False):
    """What is around every page.

    Attributes:
        here: The address of the page, without what follows the question mark.
        again: The address that shows it once more.
        form: What its forms carry; empty where it may have none.
        session: Whose page it is; empty where everybody may see it.
    """

    now: datetime
    zone: tzinfo
    here: str
    again: str
    form: str = ""
    session: str = ""
    nav: bool = True

    def moment(self, at: datetime) -> Moment:
        """A moment, seen from now."""
        told = written(at, self.zone), short(at, self.zone), from_now(at, self.now)
        return Moment(timestamp(at), *told)


def render(template: str, frame: Frame, values: Mapping[str, object]) -> str:
    """One page as HTML."""
    around = {
        "style": STYLE,
        "version": __version__,
        "nav": NAV if frame.nav else (),
        "here": frame.here,
        "again": frame.again,
        "form": frame.form,
        "session": frame.session,
        "now": frame.moment(frame.now),
    }
    return _TEMPLATES.get_template(f"{template}.html.j2").render(around | dict(values))
