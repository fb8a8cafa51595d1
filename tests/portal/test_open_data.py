"""Open data on the portal: files of one dump, whole or in pieces, and the feed as a mirror asks for it."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from resolvers.database import Database
from resolvers.open_data_dumps import Dumps
from resolvers.open_data_making import make
from tests import desks, factories
from tests.desks import Visitor, check_markup, soup, text_of

pytestmark = pytest.mark.clause("H7")


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Starlette]:
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as running:
        yield running


async def test_a_reader_finds_every_table_and_a_program_fetches_it_in_pieces(
    app: Starlette, database: Database, tmp_path: Path
) -> None:
    visitor, ctx = Visitor(app), factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    await factories.confirmed(ctx, city, [factories.change(city, factories.power()) for _ in range(3)])
    empty = await visitor.get("/open-data")
    check_markup(empty)
    assert "第一份数据包还没有制作" in text_of(empty)
    assert (await visitor.get("/open-data/latest/laws.csv")).status_code == 404

    dump = await make(ctx, Dumps(tmp_path))
    page = await visitor.get("/open-data")
    check_markup(page)
    assert {str(one["id"]) for one in soup(page).select("tbody tr")} == {one.dataset.name for one in dump.tables}
    assert "Versions of power items" in text_of(await visitor.get("/open-data?lang=en"))
    visitor.client.cookies.clear()
    for link in soup(page).select("main a[href^='/open-data/latest/']"):
        lead = await visitor.get(str(link["href"]))
        assert lead.status_code == 303
        whole = await visitor.get(lead.headers["location"])
        told = dump.files.get(lead.headers["location"].rpartition("/")[2])
        if told is None:
            continue
        assert hashlib.sha256(whole.content).hexdigest() == told.sha256 == whole.headers["etag"].strip('"')
        assert whole.headers["access-control-allow-origin"] == "*"
        assert "immutable" in whole.headers["cache-control"]

    address = f"/open-data/dumps/{dump.name}/power_versions.json"
    whole = await visitor.get(address)
    got, tag = b"", whole.headers["etag"]
    assert (await visitor.get(address, headers={"If-None-Match": tag})).status_code == 304
    while len(got) < len(whole.content):
        part = await visitor.get(address, headers={"Range": f"bytes={len(got)}-{len(got) + 999}", "If-Range": tag})
        assert part.status_code == 206
        got += part.content
    assert got == whole.content
    other = await visitor.get(address, headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content), "another file is never put behind this one"
    assert (await visitor.get(address, headers={"Range": "bytes=99999999-"})).status_code == 416
    for wrong in ("../../secret", "%2e%2e%2flock", ".lock", "nothing.csv"):
        assert (await visitor.get(f"/open-data/dumps/{dump.name}/{wrong}")).status_code == 404
        assert (await visitor.get(f"/open-data/latest/{wrong}")).status_code == 404
    assert (await visitor.get("/open-data/dumps/..%2f/laws.csv")).status_code == 404


async def test_a_mirror_asks_for_what_changed_since(app: Starlette, database: Database, tmp_path: Path) -> None:
    visitor, ctx = Visitor(app), factories.context(database)
    await factories.government(ctx)
    dump = await make(ctx, Dumps(tmp_path))
    quiet = (await visitor.get(f"/open-data/changes?after={dump.position}")).json()
    assert quiet == {"position": str(dump.position), "more": False, "changes": []}
    await factories.government(ctx, division_code="990200", name="另一个市")
    answer = await visitor.get(f"/open-data/changes?after={dump.position}&first=1000")
    [found] = answer.json()["changes"]
    assert (found["dataset"], found["row"]["name"]) == ("governments", "另一个市")
    assert answer.json()["position"] != str(dump.position)

    query = "query($after: String!) { openChanges(after: $after) { changes { dataset key row } position more } }"
    asked = {"query": query, "variables": {"after": str(dump.position)}}
    by_graphql = (await visitor.client.post("/graphql", json=asked)).json()["data"]["openChanges"]
    assert by_graphql["position"] == answer.json()["position"]
    assert [json.loads(one["row"]) for one in by_graphql["changes"]] == [found["row"]]

    for wrong, status, code in (
        ("after=x", 400, "BAD_USER_INPUT"),
        ("first=0", 400, "BAD_USER_INPUT"),
        (f"after={dump.position.revision + 1}", 409, "POSITION_UNKNOWN"),
    ):
        refused = await visitor.get(f"/open-data/changes?{wrong}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
        assert refused.json()["error"]["remedy"]
