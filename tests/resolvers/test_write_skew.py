"""Write skew: two acts that are right alone and wrong together. SERIALIZABLE with retry lets only one of them through.

The rule is one of the law: no body may investigate with fewer than two certified officers (行政处罚法-42). Each of two
clerks looks, finds three, and ends another one's certificate; together they would leave one. They touch different rows,
so that no lock and no constraint stands between them.
"""

import asyncio

import pytest

from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.record import append
from resolvers.retrying import retried
from tests import running
from tests.running import Office

pytestmark = pytest.mark.clause("R9", "R14")
LEAST = 2
LEFT = "SELECT count(*) FROM certificate WHERE body_code = $1 AND ended_at IS NULL"


@pytest.fixture
async def office(database: Database) -> Office:
    made = await running.office(database)
    await running.certify(made, "judge")
    return made


async def ended(ctx: Context, officer: str, body: str, both: asyncio.Barrier | None, *, serializable: bool) -> None:
    """End a certificate unless too few would be left; ``both`` lets two come here before either goes on."""
    async with unit_of_work(ctx, serializable=serializable) as uow:
        connection = await uow.raw()
        if await connection.fetchval(LEFT, body) <= LEAST:
            await append(uow, f"certificate:证{officer}", "certificate.end_refused", {})
            return
        if both is not None:
            await both.wait()
        await connection.execute(
            "UPDATE certificate SET ended_on = $2, ended_at = $3, end_reason = '调离' WHERE number = $1",
            f"证{officer}",
            ctx.today,
            ctx.now,
        )
        await append(uow, f"certificate:证{officer}", "certificate.ended", {})


async def together(office: Office, *, serializable: bool) -> int:
    """Let two end a certificate each at the same moment; return how many officers are left."""
    both = asyncio.Barrier(2)
    tries = {"inv1": 0, "judge": 0}

    async def one(officer: str) -> None:
        async def work() -> None:
            tries[officer] += 1
            first = both if tries[officer] == 1 else None
            await ended(office.ctx, officer, office.body.code, first, serializable=serializable)

        await retried(work)

    await asyncio.gather(*(one(officer) for officer in tries))
    assert sum(tries.values()) == (3 if serializable else 2)  # one of them was undone, and found less the second time
    return int(await office.ctx.db.reads.fetchval(LEFT, office.body.code))


async def test_together_they_leave_no_fewer_than_the_law_wants(office: Office) -> None:
    assert await together(office, serializable=True) == LEAST


async def test_without_it_they_would(office: Office) -> None:
    """The negative control: READ COMMITTED lets both through, and each was right by what it saw."""
    assert await together(office, serializable=False) == LEAST - 1
