"""Generic charts change by new versions only."""

import pytest

from domain.flows import Flow, Step
from domain.powers import Chart
from resolvers import record
from resolvers.charts import record_charts
from resolvers.context import unit_of_work
from resolvers.database import Database
from tests import factories

CHART = Chart(
    code="licence", kind="external", name="许可通用流程图", flow=Flow(steps=(Step(key="accept", name="受理"),))
)


@pytest.mark.clause("L5", "L6")
async def test_an_unchanged_chart_gets_no_version_and_a_changed_one_does(database: Database) -> None:
    """Recording twice changes nothing; a new name is a second version beside the first."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    recorded = []
    for name in (CHART.name, CHART.name, "许可流程图（修订）"):
        async with unit_of_work(ctx) as uow:
            batch = await factories.batch(uow, city.id or 0)
            await record.append(uow, f"batch:{batch.id}", "batch.confirmed", {})
            charts = [CHART.model_copy(update={"name": name})]
            recorded.append(await record_charts(uow, batch.id or 0, city.id or 0, charts))
    assert recorded == [1, 0, 1]
    rows = await database.reads.fetch("SELECT no, content ->> 'name' AS name FROM chart_version ORDER BY no")
    assert [(row["no"], row["name"]) for row in rows] == [(1, CHART.name), (2, "许可流程图（修订）")]
