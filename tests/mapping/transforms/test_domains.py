from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark
from tests.examples import CHARACTERS

domain = compile_transform("domain")

ACME = "acme.com"
LONG_LABEL = "a" * 64

MADE = [
    pytest.param("Akooda.co", "akooda.co", id="D01"),
    pytest.param("https://www.Akooda.CO/path?x=1", "akooda.co", id="D02"),
    pytest.param("AKOODA.CO.", "akooda.co", id="D03"),
    pytest.param("WWW2.acme.co.uk", "acme.co.uk", id="D04"),
    pytest.param("http://user:pw@shop.example.co.uk:8443/a", "example.co.uk", id="D05"),
    pytest.param("acme.com:8080", ACME, id="D06-port"),
    pytest.param("acme.com/about", ACME, id="D06-path"),
    pytest.param("acme.com?utm=1", ACME, id="D06-query"),
    pytest.param("jo@acme.com", ACME, id="D07"),
    pytest.param("mailto:jo@acme.com", ACME, id="D07-mailto"),
    pytest.param("münchen.de", "xn--mnchen-3ya.de", id="D12"),
    pytest.param("xn--mnchen-3ya.de", "xn--mnchen-3ya.de", id="D13"),
    pytest.param("straße.de", "xn--strae-oqa.de", id="D14"),
    pytest.param("пример.рф", "xn--e1afmkfd.xn--p1ai", id="D15"),
    pytest.param("ＡＣＭＥ.com", ACME, id="D16-full-width"),
    pytest.param("acme。com", ACME, id="D16-ideographic-stop"),
    pytest.param("acme.github.io", "acme.github.io", id="D19"),
    pytest.param("acme.myshopify.com", "acme.myshopify.com", id="D20"),
    pytest.param("acme.com\u200b", ACME, id="D26-zero-width"),
    pytest.param("  acme.com ", ACME, id="D26-blanks"),
    pytest.param("\ufeffacme.com", ACME, id="D26-byte-order-mark"),
    pytest.param("mail.google.com", "google.com", id="D30"),
    pytest.param("http://www.acme.it/", "acme.it", id="D32"),
    pytest.param("https://acme.com/a,b", ACME, id="comma-in-the-path"),
    pytest.param("<jo@acme.com>", ACME, id="angle-brackets"),
    pytest.param("ftp://files.acme.com", ACME, id="other-scheme"),
    pytest.param("//acme.com/x", ACME, id="no-scheme"),
]

DROPPED = [
    pytest.param("jo@gmail.com", Code.FREEMAIL, id="D08-address"),
    pytest.param("gmail.com", Code.FREEMAIL, id="D08-domain"),
    pytest.param("192.168.0.1", Code.IP, id="D10"),
    pytest.param("http://10.0.0.5:3000", Code.IP, id="D10-url"),
    pytest.param("http://[::1]/", Code.IP, id="D10-v6"),
    pytest.param("localhost", Code.NO_PUBLIC_SUFFIX, id="D11-localhost"),
    pytest.param("intranet", Code.NO_PUBLIC_SUFFIX, id="D11-intranet"),
    pytest.param("acme.local", Code.NO_PUBLIC_SUFFIX, id="D11-local"),
    pytest.param("acme.internal", Code.NO_PUBLIC_SUFFIX, id="D11-internal"),
    pytest.param("☃.net", Code.BAD_DOMAIN, id="D17-snowman"),
    pytest.param("-acme.com", Code.BAD_DOMAIN, id="D17-hyphen"),
    pytest.param("xn--a.com", Code.BAD_DOMAIN, id="D17-a-label"),
    pytest.param(f"{LONG_LABEL}.com", Code.BAD_DOMAIN, id="D17-64-letters"),
    pytest.param("co.uk", Code.BARE_SUFFIX, id="D18"),
    pytest.param("foo.kawasaki.jp", Code.BARE_SUFFIX, id="D18-wildcard"),
    pytest.param("github.io", Code.BARE_SUFFIX, id="D19-bare"),
    pytest.param("https://linkedin.com/company/acme", Code.SOCIAL_HOST, id="D21"),
    pytest.param("acme,com", Code.NO_PUBLIC_SUFFIX, id="D22-comma"),
    pytest.param("acme com", Code.NO_PUBLIC_SUFFIX, id="D22-blank"),
    pytest.param("acme..com", Code.BAD_DOMAIN, id="D22-dots"),
    pytest.param("javascript:alert(1)", Code.BAD_DOMAIN, id="D28"),
    pytest.param("https://acme.com.evil.example", Code.NO_PUBLIC_SUFFIX, id="D29"),
    pytest.param("0x7f.0.0.1", Code.IP, id="D31-hex"),
    pytest.param("2130706433", Code.IP, id="D31-number"),
    pytest.param("1.2.3", Code.IP, id="D31-short"),
    pytest.param("a." * 130 + "com", Code.BAD_DOMAIN, id="too-long"),
    pytest.param({"value": ACME}, Code.BAD_TYPE, id="object"),
    pytest.param(True, Code.BAD_TYPE, id="truth-value"),
]

MENDED = [
    pytest.param("acme.com, acme.de", Code.FIRST_OF_SEVERAL, id="D23-comma"),
    pytest.param("acme.com;acme.de", Code.FIRST_OF_SEVERAL, id="D23-semicolon"),
    pytest.param("gmail acme.com", Code.FIRST_OF_SEVERAL, id="D23-first-usable"),
    pytest.param("http//acme.com", Code.REPAIRED, id="D24-no-colon"),
    pytest.param("https:acme.com", Code.REPAIRED, id="D24-no-slashes"),
    pytest.param("http://http://acme.com", Code.REPAIRED, id="D24-twice"),
    pytest.param("http:/acme.com", Code.REPAIRED, id="D24-one-slash"),
    pytest.param("htp://acme.com/x", Code.REPAIRED, id="D24-misspelt"),
    pytest.param("http:\\\\acme.com", Code.REPAIRED, id="D24-backslashes"),
    pytest.param("a_b.acme.com", Code.REPAIRED, id="D27"),
]

NOTHING = ["n/a", "none", "-", "TBD", "unknown", "xxx", "", "  ", None]


@pytest.mark.parametrize(("given", "expected"), MADE)
def test_a_domain_is_taken_out_of_what_people_type(given, expected):
    assert domain(given) == expected


@pytest.mark.parametrize(("given", "code"), DROPPED)
def test_what_is_no_company_domain_is_dropped_with_its_reason(given, code):
    remark = domain(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, code)


@pytest.mark.parametrize(("given", "code"), MENDED)
def test_what_can_be_mended_is_mended_with_a_warning(given, code):
    remark = domain(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (ACME, code)


@pytest.mark.parametrize("given", NOTHING, ids=lambda given: f"D25-{given}")
def test_placeholders_are_empty_without_a_warning(given):
    assert domain(given) is None


def test_two_spellings_of_an_international_domain_have_one_key_d13():
    assert domain("xn--mnchen-3ya.de") == domain("münchen.de") == domain("MÜNCHEN.DE")


def test_of_several_addresses_free_mail_is_passed_over_d09():
    assert domain(["a@gmail.com", "a@acme.se"]) == ["acme.se"]


def test_the_second_source_counts_where_the_first_is_free_mail_d33():
    given = ["gmail.com", "acme.io;acme.dev"]
    assert domain(given) == ["acme.io"]


def test_a_list_without_any_domain_gives_the_first_reason():
    remark = domain(["a@gmail.com", "10.0.0.1"])
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.FREEMAIL)
    assert domain([None, ""]) is None


def test_free_mail_and_social_networks_can_be_kept():
    assert compile_transform("domain", {"freemail": "keep"})("jo@gmail.com") == "gmail.com"
    assert compile_transform("domain", {"social": "keep"})("x.com") == "x.com"


def test_repairing_can_be_switched_off_d24():
    remark = compile_transform("domain", {"repair": False})("http//acme.com")
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_DOMAIN)


@pytest.mark.parametrize(
    "given", ["http://user:hush@10.0.0.1/", "http//u:hush@acme.com", "https://u:hush@co.uk x"]
)
def test_a_password_in_an_address_is_in_no_message_d05(given):
    remark = domain(given)
    assert isinstance(remark, Remark)
    assert "hush" not in remark.message


def test_a_message_names_the_value_and_the_reason():
    remark = domain("acme.local")
    assert isinstance(remark, Remark)
    assert remark.message == '"acme.local" ends with no public suffix: a local name?'


@given(st.text(CHARACTERS, max_size=60))
def test_any_text_gives_nothing_a_remark_or_a_domain_that_stays_itself(text):
    found = domain(text)
    name = found.value if isinstance(found, Remark) else found
    assert name is None or domain(name) == name
