"""The examples shown on the API guide run as they stand."""

import json
from typing import Any

import pytest
from graphql import parse

from domain.actors import ANONYMOUS
from resolvers.database import Database
from resolvers.materials import ForParty
from schema import examples
from schema.answers import Asked
from schema.examples import Example
from schema.http import GraphConfig
from schema.root import runner
from tests import running
from tests.schema import world
from tests.schema.conftest import Ask

ALL = examples.load()
ACTING = examples.load_acting()
DOERS = {
    "open": "clerk",
    "ask-supplement": "clerk",
    "supplement": "",
    "accept": "clerk",
    "review": "reviewer",
    "verify": "verifier",
    "decide": "deputy",
    "record": "server",
    "serve": "server",
    "deliver": "server",
    "close": "server",
}
"""Who does what in the life that the acting examples tell; nobody: the party."""


@pytest.mark.clause("H11")
@pytest.mark.parametrize("example", ALL, ids=lambda one: one.name)
async def test_an_example_runs_as_it_stands(example: Example, city: world.City, ask: Ask) -> None:
    answer = await ask(example.document)
    assert "errors" not in answer, answer["errors"]
    assert answer["extensions"]["cost"]["requested"] < 5_000


async def test_the_examples_find_something(city: world.City, ask: Ask) -> None:
    found = {one.name: (await ask(one.document))["data"] for one in ALL}
    assert [node["name"] for node in found["catalogue"]["powerItems"]["nodes"]] == ["户外广告设施设置许可"]
    assert found["search"]["powerItemFacets"]["total"] > 0
    assert found["laws"]["laws"]["nodes"][0]["legalBases"]["nodes"][0]["article"] == "第三十六条"
    assert found["benchmarks"]["benchmarks"]["nodes"]
    assert found["refetch"]["nodes"][0]["__typename"] == "Law"
    assert found["deadline"]["deadline"]["due"] == "2026-10-26"


@pytest.mark.clause("H11", "R1")
async def test_the_acting_examples_are_the_life_of_one_matter(database: Database) -> None:
    office = await running.office(database)
    assert [one.name for one in ACTING] == list(DOERS)
    found: dict[str, Any] = {}
    for example in ACTING:
        who = DOERS[example.name]
        ctx = office.at(who) if who else office.ctx.acting_as(ANONYMOUS)
        sent = json.loads(example.variables)["input"]
        sent |= {name: found[name] for name in ("number", "code") if name in sent}
        if "materials" in sent:
            sent = await running.handed_in(ctx, ForParty(found["number"], found["code"]), sent)
        answer = await runner.run(Asked(example.document, None, {"input": sent}), ctx, GraphConfig().limits)
        assert not answer.errors, (example.name, answer.errors)
        assert answer.data is not None
        (done,) = answer.data.values()
        assert done["__typename"] in ("MatterOpened", "MatterActed"), (example.name, done)
        found |= {**done, **done.get("acted", {})}
        office.later(minutes=1)
    assert (found["phase"], found["ending"]) == ("CLOSED", "FINISHED")


def test_examples_have_a_chinese_title_a_name_and_a_document_in_the_usual_form() -> None:
    assert len({one.name for one in ALL}) == len(ALL) >= 10
    for one in (*ALL, *ACTING):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.title)
        assert parse(one.document).definitions
