"""Registered documents: checked, recorded, withdrawn once, never changed, and found without being out of date."""

import asyncio
import hashlib

import asyncpg
import pytest

from domain.actors import ANONYMOUS, Actor
from domain.document_files import GivenDocument, sha256_of
from resolvers import documents
from resolvers.context import Context
from resolvers.database import Database
from resolvers.documents import Directory, Examined, Outcome
from resolvers.errors import Conflict, NotFound, NotPermitted, NotSignedIn
from tests import factories

TEXT = "query Items { powerItems { nodes { name } } }"
OTHER = "query Laws { laws { nodes { title } } }"


def examine(text: str) -> Examined:
    """Accept whatever starts like an operation: what a document may be is the interface's affair."""
    return Examined(("Items",), 7) if text.startswith("query") else Examined(refusal="不是查询")


def given(text: str = TEXT, alias: str = "") -> GivenDocument:
    return GivenDocument("file.json", "名称", text, alias)


async def register(ctx: Context, *one: GivenDocument) -> list[Outcome]:
    return list(await documents.register(ctx, one, examine))


async def events(database: Database) -> list[str]:
    rows = await database.reads.fetch("SELECT kind FROM event WHERE stream LIKE 'document:%' ORDER BY id")
    return [row["kind"] for row in rows]


@pytest.mark.clause("R1")
async def test_each_document_is_told_what_became_of_it_and_each_act_is_recorded(database: Database) -> None:
    ctx = factories.context(database)
    md5 = hashlib.md5(TEXT.encode()).hexdigest()
    found = await register(ctx, given(), given("mutation"), given(OTHER, "0" * 64), given(alias=md5))
    assert [one.state for one in found] == ["registered", "refused", "refused", "known"]
    assert [bool(one.reason) for one in found] == [False, True, True, False]
    assert (found[0].sha256, found[0].cost, found[0].operations) == (sha256_of(TEXT), 7, ("Items",))
    assert await events(database) == ["document.registered", "document.named"]
    again = await register(ctx, given(), given(alias=md5))
    assert [one.state for one in again] == ["known", "known"]
    assert await events(database) == ["document.registered", "document.named"], "what is known is not told twice"
    (row,) = await documents.list_documents(ctx)
    assert (row.sha256, row.aliases, row.registered_by, row.withdrawn_at) == (sha256_of(TEXT), (md5,), "测试", None)


async def test_a_name_stands_for_one_document_for_good(database: Database) -> None:
    ctx = factories.context(database)
    await register(ctx, given(alias="items"))
    (refused,) = await register(ctx, given(OTHER, "items"))
    assert (refused.state, "另一个文档" in refused.reason) == ("refused", True)
    directory = Directory()
    found = await directory.find(ctx, "items")
    assert found is not None
    assert found.text == TEXT
    assert await directory.find(ctx, sha256_of(OTHER)) is None


@pytest.mark.clause("R1")
async def test_a_withdrawn_document_is_gone_at_once_and_does_not_come_back(database: Database) -> None:
    ctx = factories.context(database)
    directory = Directory()
    await register(ctx, given(alias="items"))
    for name in ("items", sha256_of(TEXT), f"sha256:{sha256_of(TEXT)}"):
        assert await directory.find(ctx, name) is not None
    assert await documents.withdraw(ctx, "items") == sha256_of(TEXT)
    for name in ("items", sha256_of(TEXT), f"sha256:{sha256_of(TEXT)}"):
        assert await directory.find(ctx, name) is None
    with pytest.raises(Conflict):
        await documents.withdraw(ctx, sha256_of(TEXT))
    with pytest.raises(NotFound):
        await documents.withdraw(ctx, "nobody")
    (refused,) = await register(ctx, given())
    assert "撤回" in refused.reason
    assert await events(database) == ["document.registered", "document.withdrawn"]


async def test_two_who_register_at_once_register_once(database: Database) -> None:
    ctx = factories.context(database)
    found = await asyncio.gather(*(register(ctx, given(), given(OTHER, "laws")) for _ in range(4)))
    assert sorted(one[0].state for one in found) == ["known"] * 3 + ["registered"]
    assert await events(database) == ["document.registered"] * 2


async def test_who_may_register_is_who_operates_or_holds_the_scope(database: Database) -> None:
    ctx = factories.context(database)
    holder = Actor("integrator", None, "单位", scopes=frozenset({"documents:register"}))
    assert (await register(ctx.acting_as(holder), given()))[0].state == "registered"
    reader = Actor("integrator", None, "单位", scopes=frozenset({"library:read"}))
    with pytest.raises(NotPermitted):
        await register(ctx.acting_as(reader), given())
    with pytest.raises(NotSignedIn):
        await register(ctx.acting_as(ANONYMOUS), given())
    for act in (documents.withdraw(ctx.acting_as(holder), "x"), documents.list_documents(ctx.acting_as(holder))):
        with pytest.raises(NotPermitted):
            await act


@pytest.mark.both_postgres
async def test_the_database_itself_refuses_every_other_change(database: Database, owner_url: str) -> None:
    await register(factories.context(database), given(alias="items"))
    owner = await asyncpg.connect(owner_url)
    for statement in (
        "UPDATE registered_document SET text = 'x', sha256 = encode(sha256('x'), 'hex')",
        "UPDATE registered_document SET cost = 0, withdrawn_at = now()",
        "UPDATE registered_document SET registered_by_name = 'x'",
        "DELETE FROM registered_document",
        "UPDATE document_alias SET alias = 'other'",
        "DELETE FROM document_alias",
        "INSERT INTO registered_document (sha256, text, cost, registered_at) VALUES (repeat('0', 64), 'x', 1, now())",
        "INSERT INTO document_alias SELECT repeat('0', 64), sha256 FROM registered_document",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(statement)
    await owner.execute("UPDATE registered_document SET withdrawn_at = now()")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await owner.execute("UPDATE registered_document SET withdrawn_at = NULL")
    await owner.close()


async def test_what_is_remembered_is_bounded(database: Database) -> None:
    ctx = factories.context(database)
    texts = [f"query Q{number} {{ powerItems {{ nodes {{ name }} }} }}" for number in range(8)]
    await register(ctx, *(given(text) for text in texts))
    directory = Directory(most=3, most_characters=len(texts[0]) * 2)
    for text in texts:
        found = await directory.find(ctx, sha256_of(text))
        assert found is not None
        assert found.text == text
        assert len(directory._found) <= 2
        assert directory._characters == sum(len(one.text) for one in directory._found.values())
