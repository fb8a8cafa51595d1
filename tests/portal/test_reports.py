"""Reports at the desk in forms: written, refused with everything that is missing, handed in, accepted by a second person."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from domain.access import Role
from domain.periods import Period
from resolvers import planner, reports
from resolvers.context import unit_of_work
from resolvers.database import Database
from tests import bureau, desks, factories
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, text_of
from tests.reporting import TEXTS

pytestmark = pytest.mark.clause("N1", "N2", "N5")
LAST_YEAR = Period(datetime.now(UTC).year - 1)


@pytest.fixture
async def made(database: Database) -> Bureau:
    found = await bureau.bureau(database)
    office = await factories.body(found.ctx, found.government, code="B009", number="009", name="云川市政务服务管理办公室", offices=("service_office",))  # fmt: skip
    for login in ("writer", "second"):
        found.people[login] = await desks.official(found.ctx, office, login, Role.SERVICE_OFFICE)
    found.people["operator"] = await desks.official(found.ctx, office, "operator", Role.SYSTEM_ADMIN)
    return found


@pytest.fixture
async def app(made: Bureau, database_url: str, tmp_path: Path) -> AsyncIterator[Starlette]:
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as running:
        yield running


async def sent(visitor: Visitor, page: str, act: str, **fields: str) -> int:
    """Send one of the forms of a report with what its page shows; returns the status."""
    shown = desks.soup(await visitor.get(page))
    form = next(
        one
        for one in shown.select("main form")
        if str(one["action"]).endswith(f"/{act}") or one.select_one(f'[formaction$="/{act}"]')
    )
    values = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    values |= {str(one["name"]): one.get_text().removeprefix("\n") for one in form.select("textarea[name]")}
    answer = await visitor.client.post(f"{page}/{act}", data=values | fields)
    if answer.status_code != 303:
        check_markup(answer)
    return answer.status_code


async def test_a_yearly_report_is_written_handed_in_and_accepted_in_forms(made: Bureau, app: Starlette) -> None:
    async with unit_of_work(made.ctx) as uow:
        opened = await reports.open_annual(uow, made.government.id or 0, LAST_YEAR, made.ctx.today)
    page = f"/desk/reports/{opened[made.body.code]}"
    clerk, head, writer = [await made.visitor(app, who) for who in ("clerk", "head", "writer")]
    assert made.body.name in text_of(await clerk.get("/desk/reports"))
    shown = await clerk.get(page)
    check_markup(shown)
    assert "由本机关负责人提交" in text_of(shown)
    assert await sent(head, page, "submit") == 400
    assert await sent(clerk, page, "count") == 303
    assert "本期" in text_of(await clerk.get(page))
    assert await sent(clerk, page, "save", **TEXTS) == 303
    assert "未报" in text_of(await writer.get("/desk/reports/overview"))
    assert await sent(head, page, "submit", assessment="考核优秀。") in (200, 303)
    overview = await writer.get("/desk/reports/overview")
    check_markup(overview)
    assert "都已经报送" in text_of(overview)
    assert await sent(writer, page, "return", reason="") == 400
    assert await sent(writer, page, "accept") == 303
    listed = await Visitor(app).get("/reports")
    address = next(str(one["href"]) for one in desks.soup(listed).select("main th a"))
    assert "考核优秀" in text_of(await Visitor(app).get(address))
    assert (await Visitor(app).get(f"{address}.pdf")).content.startswith(b"%PDF")
    assert await sent(clerk, page, "correct", reason="漏写一项") == 303
    assert "第 2 版" in text_of(await clerk.get(page))


@pytest.mark.clause("R5")
async def test_the_operator_sees_the_plan_and_officials_say_how_to_be_told(made: Bureau, app: Starlette) -> None:
    await planner.plan(made.ctx)
    operator, head = await made.visitor(app, "operator"), await made.visitor(app, "head")
    shown = await operator.get("/desk/planner")
    check_markup(shown)
    assert "003-6" in text_of(shown)
    assert "法定，不能关闭" in text_of(shown)
    wanted = {"mail": "head@example.gov.cn", "language": "en", "muted": "overdue_digest"}
    answer = await head.send("/desk/notices/settings", wanted)
    assert answer.headers["location"].endswith("?saved")
    again = desks.soup(await head.get("/desk/notices/settings"))
    assert again.select_one('input[value="head@example.gov.cn"]') is not None
    refused = await head.send("/desk/notices/settings", {"mail": "x", "language": "en"})
    assert refused.status_code == 400
    check_markup(refused)
