"""The calendar page: a receipt for every day, provisional years marked, wrong input told at its field."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup

from domain.calendar import Day
from portal.calendar import LONGEST_RECEIPT, month_views, special_days
from tests.portal.conftest import Visits


async def page_of(visits: Visits, address: str, status: int = 200, **choices: str) -> BeautifulSoup:
    """Return the parsed page at an address."""
    answer = await visits.ask(address, **choices)
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "html.parser")


@pytest.mark.clause("N4")
async def test_a_deadline_over_a_holiday_is_counted_day_by_day(visits: Visits) -> None:
    page = await page_of(visits, "/calendar?start=2026-09-28&limit=5&unit=workday")
    assert "2026年10月10日" in page.select_one(".due").get_text()  # type: ignore[union-attr]
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in page.select(".receipt tbody tr")
    ]
    assert len(rows) == 13
    assert "不计入" in rows[0][1]
    assert [row[2] for row in rows if "✓" in row[1]] == ["1", "2", "3", "4", "5"]
    assert "国庆节" in rows[3][3]


@pytest.mark.clause("N4")
async def test_a_year_without_a_notice_is_marked_provisional(visits: Visits) -> None:
    page = await page_of(visits, "/calendar?start=2027-01-20&limit=10&unit=workday&year=2027")
    assert len(page.select(".notice")) == 2
    assert "暂定" in page.select_one(".receipt").get_text()  # type: ignore[union-attr]
    official = await page_of(visits, "/calendar?start=2026-01-20&limit=10&unit=workday&year=2026")
    assert official.select(".notice") == []


async def test_what_was_entered_wrongly_is_told_at_its_field_and_kept(visits: Visits) -> None:
    page = await page_of(visits, "/calendar?start=2026-13-01&limit=20", 400)
    field = page.select_one("#field-start")
    assert field is not None
    assert field["aria-invalid"] == "true"
    assert "error-start" in str(field["aria-describedby"])
    assert page.select_one("#field-limit")["value"] == "20"  # type: ignore[index]
    assert page.title is not None
    assert page.title.get_text().startswith("有误")
    for query in ("start=2026-01-01", "start=2026-01-01&limit=-1", "limit=99999", "start=0001-01-01&limit=1"):
        assert len((await page_of(visits, f"/calendar?{query}", 400)).select(".problems li")) == 1
    hour = await page_of(visits, "/calendar?start=2026-01-01&limit=24&unit=hour&time=9am", 400)
    assert hour.select_one("#field-time")["aria-invalid"] == "true"  # type: ignore[index]


async def test_a_very_long_receipt_shows_its_beginning_and_its_end(visits: Visits) -> None:
    page = await page_of(visits, "/calendar?start=2020-01-01&limit=1500&unit=day")
    rows = page.select(".receipt tbody tr")
    assert len(rows) == LONGEST_RECEIPT + 1
    assert len(page.select(".left-out")) == 1
    assert rows[0].select_one("time")["datetime"] == "2020-01-01"  # type: ignore[index]
    due = page.select_one(".due")
    last = rows[-1].select_one("time")
    assert due is not None
    assert last is not None
    assert last.get_text() in due.get_text()


async def test_explanations_of_days_are_english_on_an_english_page(visits: Visits) -> None:
    page = await page_of(visits, "/calendar?start=2026-09-28&limit=5&unit=workday", language="en")
    assert "10 October 2026" in page.select_one(".due").get_text()  # type: ignore[union-attr]
    assert "Holiday" in page.select_one(".receipt").get_text()  # type: ignore[union-attr]


def days(first: date, *kinds: tuple[str, str]) -> list[Day]:
    """Return days in a row of these kinds and names."""
    return [Day(first + timedelta(number), kind, name, True) for number, (kind, name) in enumerate(kinds)]  # type: ignore[arg-type]


def test_days_off_moved_to_a_holiday_belong_to_it() -> None:
    found = special_days(
        days(
            date(2026, 1, 1),
            ("holiday", "元旦"),
            ("holiday", "元旦调休"),
            ("holiday", "元旦"),
            ("make_up_workday", "元旦调休上班"),
            ("workday", ""),
        )
    )
    assert [(one.name, one.kind, one.count) for one in found] == [
        ("元旦", "holiday", 3),
        ("元旦调休上班", "make_up_workday", 1),
    ]


def test_a_month_is_laid_out_from_monday_to_sunday() -> None:
    month = month_views(days(date(2026, 11, 1), *[("workday", "")] * 30))[0]
    assert [len(week) for week in month.weeks] == [7] * 6
    assert [cell is None for cell in month.weeks[0]] == [True] * 6 + [False]
    assert month.weeks[5][0] is not None
    assert month.weeks[5][0].day == date(2026, 11, 30)
    assert month.working == 30
