"""Generic charts: recorded with a confirmed batch, each change a new version (000-8)."""

from collections.abc import Sequence

from sqlmodel import col, select

from domain.powers import Chart
from domain.tables.powers import ChartVersion
from domain.values import digest, document
from resolvers import library, record
from resolvers.context import UnitOfWork


async def record_charts(uow: UnitOfWork, batch_id: int, government_id: int, charts: Sequence[Chart]) -> int:
    """Record charts of a government that is confirming a batch; those that did not change stay as they are.

    Returns how many new versions there are. Each is an event in the chart's own stream.
    """
    await library.lock(uow)
    recorded = 0
    for chart in charts:
        mine = (col(ChartVersion.government_id) == government_id) & (col(ChartVersion.code) == chart.code)
        newest = select(ChartVersion).where(mine).order_by(col(ChartVersion.no).desc()).limit(1)
        last = (await uow.session.exec(newest)).first()
        hashed = digest(chart)
        if last is not None and last.digest == hashed:
            continue
        no = (last.no if last else 0) + 1
        version = ChartVersion(
            government_id=government_id,
            code=chart.code,
            no=no,
            content=document(chart),
            digest=hashed,
            batch_id=batch_id,
            recorded_at=uow.ctx.now,
        )
        uow.session.add(version)
        told = {"batch": batch_id, "digest": hashed.hex(), "no": no}
        await record.append(uow, f"chart:{government_id}:{chart.code}", "chart.recorded", told)
        recorded += 1
    return recorded
