"""A period that takes longer than a page may wait: ordered, scored by the worker however long that takes, told on the desk (S7)."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.periods import Period
from resolvers import assessments, assessments_freezing
from resolvers.assessments import Frozen, Order
from resolvers.assessments_evidence import evidence_of
from resolvers.assessments_locking import only_scorer, scoring
from resolvers.context import Context, UnitOfWork
from resolvers.errors import NotPermitted
from tests.resolvers.test_assessments import PERIOD, office
from tests.running import Office

__all__ = ["office"]
pytestmark = pytest.mark.clause("S7")


async def _do(office: Office) -> int:
    return await assessments.freeze_ordered(office.ctx, lambda: office.ctx.now)


async def _orders(office: Office) -> Sequence[Order]:
    return await assessments.orders(office.at("watcher"), office.government.id or 0)


async def _asked(office: Office, monkeypatch: pytest.MonkeyPatch) -> Frozen:
    """Ask for a period while it cannot be scored at once."""
    with monkeypatch.context() as patched:
        patched.setattr(assessments_freezing, "AT_ONCE_SECONDS", 1)
        async with scoring(office.ctx, office.government.id or 0, PERIOD, 0):
            return await assessments.freeze_or_order(office.at("watcher"), office.government.id or 0, PERIOD)


async def _ordered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order a period, which is done once; nobody else orders, or one that is not over."""
    watcher, government = office.at("watcher"), office.government.id or 0
    with pytest.raises(NotPermitted):
        await assessments.freeze_or_order(office.at("clerk"), government, PERIOD)
    with pytest.raises(NotPermitted):
        await assessments.orders(office.at("clerk"), government)
    with pytest.raises(assessments.PeriodNotOver):
        await assessments.freeze_or_order(watcher, government, "2026-Q4")
    first = await _asked(office, monkeypatch)
    assert (first.bodies, first.order) == (0, (await assessments.freeze_or_order(watcher, government, PERIOD)).order)
    assert [(one.id, one.state, one.period) for one in await _orders(office)] == [(first.order, "waiting", PERIOD)]


async def test_an_order_is_done_once_for_whoever_asked_and_tells_how_far_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ordered(office, monkeypatch)
    seen: list[tuple[str, int, int]] = []

    async def looked() -> None:
        (one,) = await _orders(office)
        seen.append((one.state, one.done, one.total))

    async def evidence(ctx: Context, uow: UnitOfWork, government: int, period: Period) -> Any:
        await looked()
        return await evidence_of(ctx, uow, government, period)

    async def body(*values: Any) -> None:
        await looked()
        await score_body(*values)

    score_body = assessments_freezing._score_body
    monkeypatch.setattr(assessments_freezing, "evidence_of", evidence)
    monkeypatch.setattr(assessments_freezing, "_score_body", body)
    async with only_scorer(office.ctx) as mine:
        assert (mine, await _do(office), seen) == (True, 0, [])
    assert [await _do(office) for _ in range(2)] == [1, 0]
    assert seen == [("running", 0, 0), ("running", 0, 1)]
    (one,) = await _orders(office)
    assert (one.state, one.done, one.total, one.reason, one.asked_by) == ("scored", 1, 1, "", "人员watcher")
    by = await office.ctx.db.reads.fetchval("SELECT frozen_by FROM assessment")
    assert by == str(office.at("watcher").actor.account_id), "who asked for scores decides no objection to them"
    kinds = "SELECT kind FROM event WHERE stream LIKE 'scoring_order:%' ORDER BY id"
    assert [row["kind"] for row in await office.ctx.db.reads.fetch(kinds)] == [
        "scoring_order.asked",
        "scoring_order.scored",
    ]
    # A period that is scored needs no order any more.
    again = await assessments.freeze_or_order(office.at("watcher"), office.government.id or 0, PERIOD)
    assert (again.bodies, again.order) == (0, None)


async def test_an_order_outlives_its_worker_and_says_why_it_was_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ordered(office, monkeypatch)
    begun = asyncio.Event()

    async def endless(*_: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    async def failing(*_: Any) -> Any:
        raise RuntimeError("no evidence")

    monkeypatch.setattr(assessments_freezing, "evidence_of", endless)
    # The worker is stopped half way as often as it likes: that is no failure.
    for _ in range(4):
        begun.clear()
        task = asyncio.create_task(_do(office))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [one.state for one in await _orders(office)] == ["waiting"]
    monkeypatch.setattr(assessments_freezing, "evidence_of", failing)
    for state in ("waiting", "waiting", "waiting", "failed"):
        assert (await _do(office), [one.state for one in await _orders(office)]) == (0, [state])
    (one,) = await _orders(office)
    assert "系统管理员" in one.reason
    assert one.ended_at is not None
    # Whoever asks again after it was mended has it scored.
    monkeypatch.undo()
    await _asked(office, monkeypatch)
    assert await _do(office) == 1
    assert [one.state for one in await _orders(office)] == ["scored", "failed"]
