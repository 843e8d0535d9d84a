from __future__ import annotations

import pytest

from crmsync.config.loading import load
from crmsync.errors import ConfigError

FILE = """
[alerts]
{}
[sources.hubspot]
access_token = "${{TOKEN}}"
[destinations.akooda]
tenant_id = "${{TENANT}}"
api_key = "${{KEY}}"
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
"""


def loaded(tmp_path, alerts, mode=0o600):
    path = tmp_path / "config.toml"
    path.write_text(FILE.format(alerts), encoding="utf-8")
    path.chmod(mode)
    return load(path)


def test_the_table_is_read(tmp_path):
    alerts = 'webhook = "${HOOK}"\nfailing_for = "2h"\n[alerts.pings]\nmain = "${PING}"'

    read = loaded(tmp_path, alerts).config.alerts

    assert (read.failing_for, list(read.pings), read.quiet) == (7_200.0, ["main"], 3_600.0)


@pytest.mark.parametrize(
    ("alerts", "path", "says"),
    [
        ('webhook = "hooks.example.com/x"', "alerts.webhook", "must be an https:// address"),
        ('webhook = "http://example.com/x"', "alerts.webhook", "must begin with https://"),
        ('ping = "env:PING"', "alerts.ping", "must be an https:// address"),
        ('pings.mian = "${PING}"', "alerts.pings.mian", 'is no sync; did you mean "main"?'),
        ('command = "page-me"', "alerts.command", "must be a list"),
        ('command = [""]', "alerts.command", "must be a program and its arguments"),
        ('failing_for = "soon"', "alerts.failing_for", 'such as "30s"'),
        ('ping_also = ["succes"]', "alerts.ping_also[0]", "must be 'start' or 'fail'"),
        ("quarantined = 0", "alerts.quarantined", "must be at least 1"),
        ('webhok = "x"', "alerts.webhok", 'did you mean "webhook"?'),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, alerts, path, says):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, alerts)
    (problem,) = caught.value.problems
    assert problem.field == path
    assert says in problem.message


def test_an_address_in_the_file_itself_is_warned_of_and_must_be_private(tmp_path):
    alerts = 'webhook = "https://hooks.example.com/services/s3cr3t"'

    (warning,) = loaded(tmp_path, alerts).warnings

    assert (warning.field, warning.code) == ("alerts.webhook", "literal_secret")
    with pytest.raises(ConfigError, match=r"holds a secret \(alerts\.webhook\)") as caught:
        loaded(tmp_path, alerts, mode=0o644)
    assert "s3cr3t" not in str(caught.value)


def test_an_address_of_this_machine_is_no_secret(tmp_path):
    alerts = 'webhook = "http://127.0.0.1:9/hook?sig=1"'

    assert loaded(tmp_path, alerts, mode=0o644).config.alerts.webhook is not None
