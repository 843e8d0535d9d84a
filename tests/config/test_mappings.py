from __future__ import annotations

from crmsync.config.loading import load
from tests.config.conftest import DESTINATION, SOURCE, SYNC

BEFORE = SOURCE + DESTINATION
FIELDS = SYNC + "[syncs.main.fields]\n"
AT = "syncs.main.fields"


def test_what_the_grammar_and_the_platform_refuse_is_told_at_once(faults):
    rules = '"properties.nam" = "name"\n"properties.phone" = { from = "phone", transfroms = "x" }\n'
    found = faults(BEFORE + FIELDS + rules)
    assert set(found) == {f'{AT}."properties.nam"', f'{AT}."properties.phone".transfroms'}


def test_a_faulty_rule_is_not_blamed_for_what_stands_in_for_it(faults):
    found = faults(f"{BEFORE}{FIELDS}domain = {{ from = 3 }}\n")
    assert set(found) == {f"{AT}.domain.from"}


def test_a_field_that_does_not_exist_is_told_with_the_faults_of_its_rule(faults):
    found = faults(f'{BEFORE}{FIELDS}"properties.nam" = {{ from = 3 }}\n')
    assert set(found) == {f'{AT}."properties.nam"', f'{AT}."properties.nam".from'}


def test_the_mappings_of_every_sync_are_checked_with_all_else(faults):
    other = f'[syncs.other.fields]\n"properties.nam" = "name"\n{SYNC.replace("main", "other")}'
    text = f'limits.x = 1\n{BEFORE}{FIELDS}"properties.nam" = "name"\n'
    tables = other.partition("[syncs.other]")
    found = faults(f"{text}[syncs.other]{tables[2]}{tables[0]}")
    assert set(found) == {
        "limits.x",
        'syncs.main.fields."properties.nam"',
        'syncs.other.fields."properties.nam"',
    }


def test_a_sync_with_another_fault_has_its_mapping_checked_all_the_same(faults):
    found = faults(f'{BEFORE}{SYNC}bad = 1\n[syncs.main.fields]\n"properties.nam" = "name"\n')
    assert set(found) == {"syncs.main.bad", f'{AT}."properties.nam"'}


def test_a_filter_by_what_is_no_path_is_told(faults):
    found = faults(f'{BEFORE}{SYNC}filter = {{ "a..b" = "x" }}\n')
    assert set(found) == {'syncs.main.filter."a..b"'}


def test_what_a_sync_switches_off_is_not_mapped(write):
    loaded = load(write(f'{BEFORE}{FIELDS}"properties.phone" = false\n'))
    mapping = loaded.mappings["main"]
    assert "properties.phone" not in mapping.mapped
    assert mapping.rules["properties.phone"] is False
    assert {"domain", "properties.displayName"} <= mapping.mapped


def test_a_secrets_relative_file_lies_beside_the_configuration(write):
    path = write(BEFORE.replace("${KEY}", "file:key.txt") + SYNC)
    (path.parent / "key.txt").write_text("from-the-file\n", encoding="utf-8")
    settings = load(path).config.destinations["akooda"].settings
    assert settings.api_key.reveal() == "from-the-file"
