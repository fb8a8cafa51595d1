"""Running matters on a real database: from the application to the archive, every act an event, nothing twice."""

import pytest

from resolvers.database import Database
from tests import running
from tests.matters import sha
from tests.running import agree, paper


@pytest.mark.clause("R1")
@pytest.mark.both_postgres
async def test_a_licence_runs_from_the_application_to_the_archive(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    assert opened.number == "B001XK2026000001"
    await office.act(opened, "clerk", "accept")
    await office.act(opened, "reviewer", "complete", opinion=agree())
    await office.act(opened, "verifier", "complete", opinion=agree(), to="decide")
    done = await office.act(opened, "deputy", "decide", outcome={"result": "granted"})
    assert done.steps == ("serve",)
    await office.act(opened, "server", "record", documents=[paper("decision")])
    await office.act(opened, "server", "serve", document="decision", method="direct")
    await office.act(opened, "server", "complete")
    closed = await office.act(opened, "server", "close")
    assert (closed.phase, closed.ending) == ("closed", "finished")
    archived = await office.act(opened, "server", "archive", index=sha("i"))
    assert archived.phase == "archived"
