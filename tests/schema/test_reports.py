"""Bulletins, reports, figures and notices in the interface: compiled as by the executor, guarded, acted upon with a key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.actors import ANONYMOUS, Actor
from resolvers import outbox, reports
from resolvers.context import Context
from resolvers.database import Database
from schema.limits import Limits
from schema.node import global_id
from schema.operations import Asked
from schema.root import runner
from tests import editions, reporting
from tests.reporting import NEW_YEAR, TEXTS, Scene

pytestmark = pytest.mark.clause("N1", "N2", "N5")
WIDE = Limits(cost=10**6)
PUBLIC = """{
  bulletins(first: 2, period: "2026-Q3") { nodes { id title edition note current pdfSize digest publishedAt bodyCode
    body { name } government { name } sections { code name text } figures { metric bodyCode category value before } } }
  annualReports(first: 2) { totalCount { count } nodes { id period title sections { text } figures { metric value } } }
  metrics(first: 50, by: BODY, metric: "closed") { nodes { id metric period bodyCode category value restated previous } }
}"""
DESK = "{ reports(first: 5) { nodes { id kind period state seq dueOn missed late figures { metric value } } } notices(first: 5) { nodes { id title text clause address readAt } } }"


async def asked(ctx: Context, document: str) -> dict[str, Any]:
    answer = await runner.run(Asked(document), ctx, WIDE)
    assert not answer.errors, answer.errors
    assert answer.data is not None
    return dict(answer.data)


@pytest.fixture
async def of(database: Database) -> Scene:
    return await reporting.scene(database, datetime(2026, 12, 1, 3, 0, tzinfo=UTC))


async def test_what_is_published_reads_the_same_compiled_and_by_the_executor(of: Scene, owner_url: str) -> None:
    await editions.editions(owner_url, of.of.body.code)
    ctx = of.at("", NEW_YEAR).acting_as(ANONYMOUS)
    found = await asked(ctx, PUBLIC)
    (bulletin,) = found["bulletins"]["nodes"]
    assert (bulletin["edition"], bulletin["current"], bulletin["note"]) == (2, True, "更正超期件数")
    assert bulletin["sections"][0]["text"].startswith("全部事项")
    assert {"metric": "timeliness", "bodyCode": "", "category": "", "value": 97, "before": 95} in bulletin["figures"]
    assert [one["value"] for one in found["metrics"]["nodes"] if one["bodyCode"] == of.of.body.code] == [94]
    by_id = " ".join(f'n{at}: node(id: "{one}") {{ __typename id }}' for at, one in enumerate(
        [bulletin["id"], found["annualReports"]["nodes"][0]["id"], found["metrics"]["nodes"][0]["id"]]))  # fmt: skip
    assert [one["__typename"] for one in (await asked(ctx, f"{{ {by_id} }}")).values()] == [
        "Bulletin",
        "AnnualReport",
        "MetricFigure",
    ]
    before = runner.counters()["compiled"]
    compiled, plain = [await runner.run(Asked(PUBLIC), ctx, WIDE, compiled=one) for one in (True, False)]
    assert compiled.data == plain.data
    assert runner.counters()["compiled"] > before, runner.fallback_reasons()


async def test_reports_and_notices_are_for_those_they_concern(of: Scene) -> None:
    report = await of.opened()
    await of.handed_in(report)
    ctx = of.at("", NEW_YEAR)
    for one in await outbox.claim(ctx):
        await outbox.deliver(ctx, one.id)
    for who, count in (("head", 1), ("clerk", 1), ("second", 1), ("watcher", 1)):
        found = await asked(of.at(who, NEW_YEAR), DESK)
        assert len(found["reports"]["nodes"]) == count, who
    office = await asked(of.at("second", NEW_YEAR), DESK)
    assert "提交了2026年度年度报告" in office["notices"]["nodes"][0]["title"]
    nobody = await asked(ctx.acting_as(ANONYMOUS), DESK)
    assert (nobody["reports"]["nodes"], nobody["notices"]["nodes"]) == ([], [])
    strange = Actor("official", of.people["watcher"].account_id, "别处")
    assert (await asked(ctx.acting_as(strange), DESK))["reports"]["nodes"] == []


async def test_acts_have_typed_results_and_the_same_key_gives_the_same_answer(of: Scene) -> None:
    report = global_id("Report", await of.opened())
    head, office = of.at("head", NEW_YEAR), of.at("second", NEW_YEAR)
    text = ", ".join(f'{{code: "{code}", text: "{said}"}}' for code, said in TEXTS.items())

    async def act(ctx: Context, name: str, key: str, more: str) -> dict[str, Any]:
        told = "__typename ... on ReportActed { seq report { state } } ... on UserError { code path }"
        document = f'mutation {{ {name}(input: {{report: "{report}", idempotencyKey: "{key}", {more}}}) {{ {told} }} }}'
        return dict((await asked(ctx, document))[name])

    refused = await act(head, "reportSubmit", "k0", "seen: 0")
    assert refused["__typename"] == "ValidationError"
    saved = await act(head, "reportSave", "k1", f"seen: 0, texts: [{text}]")
    counted = await act(head, "reportCount", "k2", f"seen: {saved['seq']}")
    sent = await act(head, "reportSubmit", "k3", f"seen: {counted['seq']}")
    assert sent["report"]["state"] == "SUBMITTED"
    assert await act(head, "reportSubmit", "k3", f"seen: {counted['seq']}") == sent
    assert (await act(office, "reportReturn", "k3", 'seen: 1, reason: "x"'))["__typename"] == "IdempotencyKeyReused"
    assert (await act(head, "reportAccept", "k4", "seen: 1"))["__typename"] == "NotPermitted"
    done = await act(office, "reportAccept", "k5", f"seen: {sent['seq']}")
    assert done["report"]["state"] == "ACCEPTED"
    assert len((await reports.list_published(head, "annual_report")).rows) == 1
    begun = await act(head, "reportCorrect", "k6", f'seen: {done["seq"]}, reason: "漏写"')
    assert begun["report"]["state"] == "OPEN"
