"""Bodies and governments: identifiers are checked on entry, and nothing is entered twice."""

import pytest

from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput
from tests import factories


@pytest.mark.clause("L2", "G2")
async def test_a_wrong_credit_code_is_refused_with_its_reason(database: Database) -> None:
    """One character off: nothing is entered, and the field is named."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    right = "11330000002482103X"
    for wrong in (right[:-1] + "1", right[:-1], right.replace("3", "I", 1)):
        with pytest.raises(InvalidInput) as refused:
            await factories.body(ctx, city, usc_code=wrong)
        assert refused.value.problems[0].path == "usc_code"
    assert await database.reads.fetchval("SELECT count(*) FROM body") == 0


async def test_a_wrong_division_code_is_refused(database: Database) -> None:
    """Six digits whose first is not zero, level by level."""
    ctx = factories.context(database)
    for wrong in ("99010", "099900", "99o100", "990012"):
        with pytest.raises(InvalidInput) as refused:
            await factories.government(ctx, division_code=wrong)
        assert refused.value.problems[0].path == "division_code"


async def test_codes_and_numbers_are_taken_once(database: Database) -> None:
    """A second government of one code, a second body of one code or number: each a conflict with a name."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    with pytest.raises(Conflict, match="990100"):
        await factories.government(ctx, name="另一城市")
    for changes in ({"code": "B002"}, {"number": "002"}):
        with pytest.raises(Conflict, match="云川市测试局"):
            await factories.body(ctx, city, **changes)
