from __future__ import annotations

from crmsync.web.exposition import Family, exposed


def test_a_family_is_written_with_its_help_type_and_samples():
    family = Family("owed", "Records.")
    family.add(3, sync="a", side="crm")
    assert exposed([family]) == (
        "# HELP crmsync_owed Records.\n# TYPE crmsync_owed gauge\n"
        'crmsync_owed{sync="a",side="crm"} 3\n'
    )


def test_what_would_end_a_label_or_a_line_is_escaped():
    family = Family("owed", "Records.", "counter")
    family.add(0.5, sync='a"b\\c\nd')
    assert family.lines()[-1] == 'crmsync_owed{sync="a\\"b\\\\c\\nd"} 0.5'


def test_a_family_without_samples_is_left_out_and_one_without_labels_is_plain():
    plain = Family("up", "It is.")
    plain.add(1)
    assert exposed([Family("none", "Nothing."), plain]).endswith("gauge\ncrmsync_up 1\n")
