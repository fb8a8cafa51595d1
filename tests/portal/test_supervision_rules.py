"""Rules of the supervisors' own by forms: written beside what they can name, refused in place, tried, switched on by another (S2)."""

import asyncpg
import pytest

from domain.access import Role
from domain.supervision.view import VIEW
from resolvers import supervision
from resolvers.addresses import plain_url
from resolvers.supervision_sweep import sweep
from tests.desks import soup, text_of
from tests.portal.test_matters import Desk, desk, filled

__all__ = ["desk"]
pytestmark = pytest.mark.clause("S2")
AREA = "/desk/supervision"


async def test_a_rule_is_written_checked_kept_tried_and_switched_on_by_somebody_else(
    desk: Desk, owner_url: str
) -> None:
    await supervision.keep_shipped(desk.bureau.ctx)
    matter = (await desk.open())[0]
    await sweep(desk.bureau.ctx)
    visitor = await desk.as_("supervisor")
    page = await desk.page("supervisor", f"{AREA}/writing")
    assert {one.get_text() for one in soup(page).select("tbody code")} == set(VIEW)
    given = filled(page, "main form.form") | {"expression": 'party == "王某" || kind == 1', "do": "keep"}
    wrong = await visitor.client.post(f"{AREA}/writing", data=given)
    said = text_of(wrong)
    assert (wrong.status_code, "办件没有“party”这一项" in said, "文字和整数" in said) == (400, True, True)
    assert 'party == "王某" || kind == 1' in soup(wrong).select_one("#field-expression").get_text()  # type: ignore[union-attr]
    given = filled(wrong, "main form.form") | {
        "name": "已登记",
        "clause": "003-32(5)",
        "expression": 'kind == "case" && supplements == 0',
        "message": "登记了。",
        "least-reminder": "1",
    }
    checked = await visitor.client.post(f"{AREA}/writing", data=given | {"do": "check"})
    assert (checked.status_code, "检查通过" in text_of(checked)) == (200, True)
    made = [await visitor.client.post(f"{AREA}/writing", data=given | {"do": "keep"}) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in made] == [(303, f"{AREA}/rules/Z01")] * 2
    shown = await desk.page("supervisor", f"{AREA}/rules/Z01")
    assert "草案" in text_of(shown)
    await desk.page("clerk", f"{AREA}/rules/Z01", 404)
    form = filled(shown, "main form.form")
    early = await visitor.client.post(f"{AREA}/rules/Z01", data=form | {"state": "active"})
    assert (early.status_code, "还没有试算" in text_of(early)) == (409, True)
    tried = await visitor.client.post(f"{AREA}/rules/Z01/trials", data=form)
    trial = await desk.page("supervisor", tried.headers["location"])
    assert [one["href"] for one in soup(trial).select("tbody a")] == [f"/desk/matters/{matter}"]
    own = await visitor.client.post(f"{AREA}/rules/Z01", data=form | {"state": "active"})
    assert (own.status_code, "起草人以外" in text_of(own)) == (409, True)
    # Somebody else of the bureau.
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("UPDATE post SET roles = $1 WHERE name = '窗口受理岗'", [Role.SUPERVISION_BUREAU.value])
    await connection.close()
    other = await desk.as_("stranger")
    page = await desk.page("stranger", f"{AREA}/rules/Z01")
    switched = await other.client.post(f"{AREA}/rules/Z01", data=filled(page, "main form.form") | {"state": "active"})
    assert switched.status_code == 303
    await sweep(desk.bureau.ctx)
    assert len(soup(await desk.page("supervisor", f"{AREA}/alerts?rule=Z01")).select("tbody tr")) == 1


async def test_a_shipped_rule_is_tried_with_the_thresholds_of_the_form_and_is_not_changed(desk: Desk) -> None:
    await supervision.keep_shipped(desk.bureau.ctx)
    visitor = await desk.as_("supervisor")
    page = await desk.page("supervisor", f"{AREA}/rules/R12")
    tried = await visitor.client.post(f"{AREA}/rules/R12/trials", data=filled(page, "main form.form"))
    assert "这一期间不会发现任何问题" in text_of(await desk.page("supervisor", tried.headers["location"]))
    assert (await supervision.rule(desk.bureau.ctx, "R12"))[0].version == 1
