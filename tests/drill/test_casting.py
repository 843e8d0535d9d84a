from __future__ import annotations

import tomllib

import pytest

from crmsync.config.files import read_config
from crmsync.config.loading import load
from crmsync.drill.casting import cast, script, with_files_at
from crmsync.errors import ConfigError
from crmsync.sandbox.options import SandboxOptions

URLS = ("http://127.0.0.1:1", "http://127.0.0.1:2")
CONFIG = """
[state]
url = "sqlite:////var/lib/crmsync/real.db"
[sources.north]
type = "hubspot"
access_token = "real-hubspot-token"
rate_limit = "1/1s"
overlap = "20m"
[sources.south]
type = "hubspot"
access_token = "real-hubspot-token"
[sources.org]
type = "salesforce"
auth = "refresh_token"
login_url = "https://real.my.salesforce.com"
consumer_key = "real-key"
refresh_token = "real-refresh"
allowed_hosts = ["real.example.com"]
[sources.sheets]
type = "file"
folder = "exports"
[destinations.akooda]
tenant_id = "real-tenant"
api_key = "real-key"
base_url = "https://real.akooda.example"
[destinations.atoka]
token = "real-token"
app_user_id = "real-user"
first_sight = "baseline"
[syncs.north]
source = "north"
object = "companies"
destination = "akooda"
schedule = "15 2 * * *"
timezone = "Europe/Rome"
full_every = "3d"
filter = { lifecyclestage = ["customer"] }
fields = { "properties.displayName" = "name | upper" }
[syncs.south]
source = "south"
object = "companies"
destination = "akooda"
[syncs.deals]
source = "org"
object = "Opportunity"
destination = "atoka"
[syncs.sheet]
source = "sheets"
object = "companies"
destination = "akooda"
preset = "none"
fields = { domain = "domain", "properties.displayName" = "name" }
"""


@pytest.fixture
def configured(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    return load(path)


def written(loaded, *syncs):
    played = cast(loaded.config, syncs or tuple(loaded.config.syncs))
    table = with_files_at(read_config(loaded.path).table, loaded.path.parent)
    return tomllib.loads(script(table, played, URLS, SandboxOptions()))


def test_no_address_and_no_credential_of_the_real_accounts_reaches_a_drill(configured):
    text = str(written(configured))
    assert "real" not in text
    assert "https://" not in text


def test_what_a_sync_says_stays_but_for_its_schedule(configured):
    table = tomllib.loads(CONFIG)["syncs"]["north"]
    kept = {k: v for k, v in table.items() if k not in ("schedule", "timezone")}
    assert written(configured)["syncs"]["north"] == kept


def test_what_an_account_says_of_itself_stays(configured):
    drilled = written(configured)
    assert drilled["sources"]["north"]["overlap"] == "20m"
    assert drilled["destinations"]["atoka"]["first_sight"] == "baseline"
    assert "rate_limit" not in drilled["sources"]["north"]


def test_two_accounts_of_a_kind_get_a_sandbox_each(configured):
    drilled = written(configured)
    assert drilled["sources"]["north"]["base_url"] == "http://127.0.0.1:1/hubspot"
    assert drilled["sources"]["south"]["base_url"] == "http://127.0.0.1:2/hubspot"
    assert drilled["destinations"]["akooda"]["base_url"] == "http://127.0.0.1:1/akooda"


def test_files_are_read_where_they_are(configured):
    assert written(configured)["sources"]["sheets"] == {
        "type": "file",
        "folder": str(configured.path.parent / "exports"),
    }


def test_only_the_accounts_of_the_chosen_syncs_take_part(configured):
    drilled = written(configured, "deals")
    assert list(drilled["syncs"]) == ["deals"]
    assert list(drilled["sources"]) == ["org"]
    assert list(drilled["destinations"]) == ["atoka"]


def test_what_is_written_is_a_configuration_without_a_fault(configured, tmp_path):
    played = cast(configured.config, tuple(configured.config.syncs))
    table = with_files_at(read_config(configured.path).table, configured.path.parent)
    path = tmp_path / "drill.toml"
    path.write_text(script(table, played, URLS, SandboxOptions()))
    path.chmod(0o600)
    (tmp_path / "exports").mkdir()
    assert set(load(path).config.syncs) == set(configured.config.syncs)


def test_a_platform_that_nobody_plays_is_left_out_with_the_reason(configured):
    config = configured.config
    foreign = config.destinations["atoka"].model_copy(update={"type": "elsewhere"})
    others = config.model_copy(update={"destinations": {**config.destinations, "atoka": foreign}})
    played = cast(others, tuple(others.syncs))
    assert played.left_out == {"deals": "no simulator plays the destination elsewhere"}
    with pytest.raises(ConfigError, match="no simulator plays") as told:
        cast(others, ["deals"])
    assert "akooda" in told.value.hint
