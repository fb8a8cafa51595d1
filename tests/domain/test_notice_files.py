"""Notice files: read strictly, each fault with its key."""

from datetime import date

import pytest

from domain.notice_files import NoticeFileError, read_notice

TEXT = """
year = 2027
title = "放假通知"
holidays = [{ name = "元旦", first = 2027-01-01, last = 2027-01-03 }]
workdays = [{ name = "元旦", day = 2026-12-26 }]
"""


@pytest.mark.clause("N4")
def test_spans_become_days() -> None:
    days = read_notice(TEXT).days
    assert [(day, special.kind, special.name) for day, special in days.items()] == [
        (date(2027, 1, 1), "holiday", "元旦"),
        (date(2027, 1, 2), "holiday", "元旦"),
        (date(2027, 1, 3), "holiday", "元旦"),
        (date(2026, 12, 26), "make_up_workday", "元旦调休上班"),
    ]


@pytest.mark.clause("N4")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("year = 2027", "", "year"),
        ("year = 2027", "year = 2127", "year"),
        ("2027-01-03", "2026-01-03", "结束日期"),
        ("2027-01-03", "2027-03-03", "31天"),
        ("2026-12-26", "2027-01-02", "同一天写了两次：2027-01-02"),
        ("workdays", "workday", "workday"),
        ('"放假通知"', '"放假通知', "TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_key_and_reason(old: str, new: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(NoticeFileError, match=words):
        read_notice(TEXT.replace(old, new, 1))
