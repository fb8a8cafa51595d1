"""Every kind of breach that is planted in a year is found, and nothing else: precision and recall are printed (S1, S2, S10)."""

import pytest

from resolvers import supervision
from resolvers.database import Database
from resolvers.supervision import AlertFilter
from tests import planted

pytestmark = pytest.mark.clause("S1", "S2", "S10")


async def test_all_planted_breaches_of_a_year_are_found_and_nothing_else_is(
    database: Database, owner_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    city = await planted.city(database, owner_url)
    await supervision.sweep(city.ctx)
    rows = await supervision.all_alerts(city.ctx, AlertFilter())
    found = [(one.rule_code, one.grade, one.matter_number or one.subject_key) for one in rows]
    with capsys.disabled():
        print(f"\n{planted.told(city.expected, found, city.kinds)}")
    assert len(city.kinds) == len(set(city.kinds)) >= 40
    assert set(found) == city.expected
    assert len(found) == len(city.expected)
