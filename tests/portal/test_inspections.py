"""An inspection by forms: planned, drawn, noted, its finding followed up in a case, closed (S9)."""

from datetime import timedelta

import pytest

from tests.desks import soup, text_of
from tests.portal.test_matters import Desk, desk, filled

__all__ = ["desk"]
pytestmark = pytest.mark.clause("S9")
AREA = "/desk/supervision/inspections"


async def test_an_inspection_is_planned_drawn_noted_and_followed_up(desk: Desk) -> None:
    bureau = desk.bureau
    number = (await desk.open())[0]
    async with bureau.ctx.db.acts.acquire() as connection:
        registered = await connection.fetchval("SELECT opened_at FROM matter WHERE id = $1", number)
    visitor = await desk.as_("supervisor")
    page = await desk.page("supervisor", f"{AREA}/new")
    wrong = await visitor.client.post(f"{AREA}/new", data=filled(page, "main form.form"))
    assert (wrong.status_code, "检查组至少两人" in text_of(wrong)) == (400, True)
    day = (registered.date() - timedelta(days=3)).isoformat()
    given = filled(wrong, "main form.form") | {"title": "许可检查", "team": "甲\n乙", "first_day": day, "last_day": day}
    none = await visitor.client.post(f"{AREA}/new", data=given | {"methods": "dossiers", "bodies": bureau.body.code})
    assert (none.status_code, "没有登记办件" in text_of(none)) == (400, True)
    assert soup(none).select_one(f"input[name=bodies][value={bureau.body.code}][checked]")
    assert "还没有监督检查" in text_of(await desk.page("supervisor", AREA))
    await desk.page("clerk", f"{AREA}/1", 404)
