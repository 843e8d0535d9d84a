from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from crmsync.showing.templates import environment, house_style, policy_hash


def shown(template: str, **values: object) -> str:
    return environment().from_string(template).render(**values)


def test_a_value_is_text_and_never_markup():
    assert shown("{{ a }}", a='<b a="\'">&') == "&lt;b a=&#34;&#39;&#34;&gt;&amp;"


def test_what_a_browser_obeys_or_hides_is_made_visible_line_by_line():
    assert shown("{{ a }}", a="a\u202eb\nc\0\ud800") == "a\\u202eb\nc\\x00\\ud800"


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        shown("{{ a }}")


def test_a_style_is_allowed_by_its_hash():
    assert policy_hash("a") == "sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="
    assert house_style().startswith(":root {")
