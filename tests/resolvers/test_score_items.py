"""What no rule counts in a score: proposed by one supervisor with its evidence, decided by another one (003-43; S7)."""

import pytest

from resolvers import assessments, score_items
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from tests import running
from tests.resolvers.test_assessments import item, office, second_watcher
from tests.running import Office

__all__ = ["office"]
pytestmark = pytest.mark.clause("S7")


async def test_a_month_is_scored_with_what_one_supervisor_proposed_and_another_one_confirmed(office: Office) -> None:
    await second_watcher(office)
    watcher, second = office.at("watcher"), office.at("second")
    with pytest.raises(InvalidInput) as refused:
        await score_items.propose(watcher, item(office, points="99", evidence="", indicator="additions"))
    assert {one.path for one in refused.value.problems} == {"points", "evidence"}
    with pytest.raises(NotPermitted):
        await score_items.propose(office.at("clerk"), item(office))
    added = await score_items.propose(watcher, item(office))
    assert await score_items.propose(watcher, item(office)) == added
    more = await score_items.propose(watcher, item(office, key="two", points="3", words="另一加分"))
    less = await score_items.propose(
        second, item(office, key="three", indicator="others", points="2", words="档案不全")
    )
    never = await score_items.propose(second, item(office, key="four", indicator="others", words="查无实据"))
    with pytest.raises(NotPermitted, match="提出人以外"):
        await score_items.decide(watcher, added, confirmed=True, decision="属实")
    with pytest.raises(NotFound):
        await score_items.decide(office.at("clerk"), added, confirmed=True, decision="属实")
    for _ in range(2):
        await score_items.decide(second, added, confirmed=True, decision="属实")
    await score_items.decide(second, more, confirmed=True, decision="属实")
    await score_items.decide(watcher, less, confirmed=True, decision="属实")
    await score_items.decide(watcher, never, confirmed=False, decision="没有证据")
    with pytest.raises(score_items.ScoreItemMoved):
        await score_items.decide(watcher, never, confirmed=True, decision="改主意")
    await assessments.freeze(watcher, office.government.id or 0, "2026-03")
    (row,) = (await assessments.list_scores(watcher, period="2026-03", body=office.body.code)).rows
    view = await assessments.score_view(watcher, row.id)
    by_hand = [(one.indicator, one.points) for one in view.entries.rows if one.indicator in ("additions", "others")]
    # Additions are full at five; what was not confirmed is nowhere.
    assert by_hand == [("additions", "4.50"), ("additions", "0.50"), ("others", "-2.00")]
    assert float(row.total) == 100 + sum(float(one.points) for one in view.entries.rows)
    # The ledger has the item's evidence and leads to the item; who proposed and confirmed it is told there, for no score names a person.
    for one in view.entries.rows:
        assert one.indicator not in ("additions", "others") or "（证据：2026年第3号通报）" in one.words
        assert not any(actor.name in one.words for actor in office.people.values()), one.words
    assert {one.post for one in view.entries.rows if one.rule_code == "R01"} <= set(running.POSTS.values()) | {""}
    assert any(one.post for one in view.entries.rows)
    with pytest.raises(score_items.ScoreItemMoved, match="已经评定"):
        await score_items.propose(watcher, item(office, key="late"))
    assert [one.period for one in view.history] == ["2026-03"]
