"""Rules of the supervisors' own: refused or cut off when they are bad, tried before they are switched on by another (S2)."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from domain.actors import Actor
from domain.supervision.rules import Rule, Scope
from domain.supervision.view import VIEW
from resolvers import expressions, supervision, supervision_rules, supervision_view
from resolvers.addresses import plain_url
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.expressions import Answer, CutOff, Evaluator
from resolvers.supervision import RuleNotReady, RuleText
from resolvers.supervision_view import Wanted, judge
from tests import factories, running
from tests.resolvers.test_supervision import forged, found, told
from tests.running import Office

pytestmark = pytest.mark.clause("S2")
ENDLESS = "[" + ",".join(["1"] * 300) + "]"
for _step in ("a", "b", "c", "d"):
    ENDLESS = f"[{','.join(['1'] * 300)}].map({_step}, {ENDLESS})"
ONE = ({"grade": "warning", "least": "1"},)
TEXT = RuleText(
    name="补正过多",
    clause="003-32(5)",
    kind="flow",
    expression="supplements",
    message="补正 {measure} 次。",
    grades=({"grade": "warning", "least": "2", "points": "1"}, {"grade": "alarm", "least": "3"}),
    kinds=("case",),
)
TEXT_RULE: dict[str, Any] = {
    "name": "补正过多",
    "clause": "003-32(5)",
    "kind": "flow",
    "condition": "expression",
    "message": "发现。",
    "grades": [{"grade": "warning", "least": "1"}],
}


@pytest.fixture
async def office(database: Database) -> Office:
    """Return a body at work with two supervisors of its government beside it."""
    made = await running.office(database)
    bureau = await factories.body(made.ctx, made.government, code="B077", number="077", name="云川市监察机构")
    holders: dict[str, tuple[str, tuple[Role, ...]]] = {
        "author": ("监察一岗", (Role.SUPERVISION_BUREAU,)),
        "checker": ("监察二岗", (Role.SUPERVISION_BUREAU,)),
    }
    made.people |= await running.people(made.ctx, bureau, holders)
    await supervision.keep_shipped(made.ctx)
    return made


def asked(times: int) -> str:
    """Return the change of a matter whose party was asked so often for what was missing."""
    one = {"asked": "2026-03-02T02:00:00Z", "items": ["照片"], "received": "2026-03-02T02:30:00Z"}
    return f"state = state || '{json.dumps({'supplements': [one] * times}, ensure_ascii=False)}'::jsonb"


async def test_endless_huge_and_wrong_expressions_are_cut_off_and_nobody_waits_for_them() -> None:
    """The second lock, for what the check of a text would refuse: time and memory of the process that evaluates."""
    slow, other = Evaluator(seconds=0.2), Evaluator()
    try:
        task = asyncio.create_task(slow.ask(ENDLESS, [], [[]]))
        await asyncio.sleep(0)
        rows = [[number % 5, "case"] for number in range(5000)]
        answer = await other.ask('supplements > 2 && kind == "case"', ["supplements", "kind"], rows)
        assert (len(answer.values), sum(bool(one) for one in answer.values), answer.faults) == (5000, 2000, ())
        with pytest.raises(CutOff, match="已经中止"):
            await task
        # The next request finds a new process.
        assert (await slow.ask("1 + 1", [], [[]])).values == (2,)
        small = Evaluator(memory=200_000_000)
        with pytest.raises(CutOff):
            await small.ask(f"[{'1,' * 99}1].map(a, '{'长' * 20000}' + '{'长' * 20000}' + string(a)).map(b, [b + b + b + b, b + b + b + b]).map(c, string(c[0] + c[1] + c[0] + c[1])).map(d, d + d + d + d + d)", [], [[]])  # fmt: skip
        small.close()
    finally:
        slow.close()
        other.close()


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("supplements +", "表达式写得不对"),
        ("supplements / returned > 1", "除数为零"),
        ("fee_deviation * supplements > 1", "类型不合"),
        ("kind", "既不是“是”或“否”，也不是数"),
        ("days_open.startsWith('1')", "试算时出错"),
    ],
)
async def test_what_reading_does_not_show_is_found_by_trying(expression: str, said: str) -> None:
    assert any(said in one for one in await expressions.check(expression))


async def test_a_rule_is_written_tried_switched_on_by_another_and_finds_at_acts_as_in_sweeps(
    office: Office, owner_url: str
) -> None:
    number = (await office.open()).number
    await forged(owner_url, number, asked(2))
    await supervision.sweep(office.ctx)
    author, other = office.at("author"), office.at("checker")
    with pytest.raises(InvalidInput) as refused:
        await supervision.write_rule(author, replace(TEXT, expression="party == 1", grades=(), name=""))
    assert {one.path for one in refused.value.problems} == {"expression", "grades", "name"}
    code = await supervision.write_rule(author, TEXT)
    assert (code, await supervision.write_rule(author, TEXT)) == ("Z01", "Z01")
    # Nobody but supervisors knows of a draft, and a body writes none.
    with pytest.raises(NotFound):
        await supervision.rule(office.at("clerk"), code)
    with pytest.raises(NotPermitted):
        await supervision.write_rule(office.at("clerk"), TEXT)
    with pytest.raises(RuleNotReady, match="还没有试算"):
        await supervision.set_rule(author, code, 1, {"state": "on_trial"})
    trial = await supervision.read_backtest(author, code, await supervision.backtest(author, code))
    assert (trial.looked, trial.found, trial.grades) == (1, 1, {"warning": 1})
    assert [(one.about, one.message) for one in trial.samples] == [(number, "补正 2 次。")]
    assert [(one.code, one.count) for one in trial.bodies] == [(office.body.code, 1)]
    assert [one.rule_code for one in await found(office.ctx) if one.rule_code == code] == []
    with pytest.raises(RuleNotReady, match="起草人以外"):
        await supervision.set_rule(author, code, 1, {"state": "active"})
    assert await supervision.set_rule(other, code, 1, {"state": "active"}) == 2
    await supervision.sweep(office.ctx)
    assert [(one.grade, one.matter_number) for one in await found(office.ctx, rule=code)] == [("warning", number)]
    # One more: the act tells it, and the alert rises; the next sweep finds nothing that is new.
    await forged(owner_url, number, asked(3))
    matter = await office.ctx.db.reads.fetchval("SELECT id FROM matter WHERE number = $1", number)
    async with unit_of_work(office.ctx) as uow:
        await supervision.attend(uow, {"matter": matter})
    assert [(one.grade, one.rule_version) for one in await found(office.ctx, rule=code)] == [("alarm", 2)]
    again = await supervision.sweep(office.ctx)
    assert (again.opened, again.risen) == (0, 0)
    # What is changed is a draft again, and has not been tried.
    await supervision.write_rule(author, replace(TEXT, expression="supplements + returned"), code, 2)
    assert (await supervision.rule(author, code))[0].rule.state == "draft"
    with pytest.raises(RuleNotReady):
        await supervision.set_rule(other, code, 3, {"state": "active"})


async def test_matters_that_are_alike_are_judged_once_and_each_of_them_is_found_in_parts_as_at_acts(
    office: Office, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [await office.open() for _ in range(4)]
    await forged(owner_url, opened[2].number, asked(2))
    await told(office.ctx)
    ids = tuple(one.matter_id for one in opened)
    rule = Rule.model_validate({**TEXT_RULE, "code": "Z01", "expression": "supplements >= 0"})
    others = [
        rule.model_copy(update={"code": "Z02", "expression": "1 / supplements"}),
        rule.model_copy(update={"code": "Z03", "scope": Scope(kinds=("penalty_case",))}),
        rule.model_copy(update={"code": "Z04", "expression": "fee_deviation + 1.0 > 0.5 && days_open >= 0"}),
        rule.model_copy(update={"code": "Z05", "scope": Scope(categories=("licence",), government=10**9)}),
    ]
    asking, today = _Counting(), office.ctx.today
    try:
        whole = await judge(office.ctx.db.reads, asking, [rule, *others], Wanted(today))
        assert asking.rows[rule.expression] == 2
        monkeypatch.setattr(supervision_view, "PART", 1)
        monkeypatch.setattr(supervision_view, "RULES_AT_ONCE", 2)
        parts = [
            await judge(office.ctx.db.reads, asking, [rule, *others], wanted)
            for wanted in (Wanted(today), Wanted(today, ids))
        ]
    finally:
        asking.close()
    for said in (whole, *parts):
        found_by = {(code, matter) for code, matter in zip(said.codes, said.matters, strict=True)}
        assert found_by == {(code, one) for code in ("Z01", "Z04") for one in ids}
        assert len(said.codes) == len(found_by)
        # One over two is nothing for whole numbers; of the others it says why it says nothing.
        assert {matter for matter, _ in said.faults["Z02"]} == {*ids} - {ids[2]}
        assert (said.looked, said.cut_off) == (12, {})


class _Counting(Evaluator):
    """Counts the rows of which an expression was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, int] = {}

    async def ask_written(self, source: str, names: Sequence[str], rows: Sequence[str]) -> Answer:
        self.rows[source] = self.rows.get(source, 0) + len(rows)
        return await super().ask_written(source, names, rows)


async def test_what_an_expression_sees_has_the_types_that_are_documented(office: Office) -> None:
    """The database writes the values that the other process reads: a whole number where a decimal is promised is a fault."""
    opened = await office.open()
    await told(office.ctx)
    types = {"string": str, "int": int, "double": float, "bool": bool, "list": list}
    columns = ", ".join(supervision_view.VIEWED[name] for name in VIEW)
    sql = f"SELECT json_build_array({columns})::text FROM watched_matter w WHERE w.matter_id = $1 AND $2::date IS NOT NULL"
    seen = json.loads(await office.ctx.db.reads.fetchval(sql, opened.matter_id, office.ctx.today))
    assert [type(one) for one in seen] == [types[one.type] for one in VIEW.values()]


async def test_a_rule_that_is_cut_off_while_watching_is_a_draft_again_and_the_others_go_on(
    office: Office, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted past the check, as an earlier release might have let it pass."""
    author, other = office.at("author"), office.at("checker")
    good = await supervision.write_rule(author, replace(TEXT, expression="true", grades=ONE))
    await supervision.backtest(author, good)
    await supervision.set_rule(other, good, 1, {"state": "active"})
    connection = await asyncpg.connect(plain_url(owner_url))
    bad = """INSERT INTO supervision_rule (code, version, state, document, digest, recorded_at)
      SELECT 'Z09', 1, 'active', jsonb_set(jsonb_set(document, '{expression}', to_jsonb($1::text)), '{code}', '"Z09"'), digest,
        now() FROM supervision_rule WHERE code = $2 AND version = 2"""
    await connection.execute(bad, ENDLESS, good)
    await connection.close()
    quick = Evaluator(seconds=0.3)
    monkeypatch.setattr(expressions, "standing", lambda: quick)
    opened = await office.open()
    began = time.process_time()
    await told(office.ctx)
    assert time.process_time() - began < 60
    assert [one.matter_number for one in await found(office.ctx, rule=good)] == [opened.number]
    halted = next(one for one in await supervision_rules.newest(office.ctx.db.reads) if one.rule.code == "Z09")
    assert (halted.version, halted.rule.state) == (2, "draft")
    assert "已经中止" in halted.rule.note
    quick.close()


async def test_the_bureau_of_another_government_neither_sees_nor_changes_what_is_tried(office: Office) -> None:
    author = office.at("author")
    code = await supervision.write_rule(author, TEXT)
    trial = await supervision.backtest(author, code)
    government = await factories.government(office.ctx, division_code="990199", name="别县")
    body = await factories.body(office.ctx, government, code="C001", number="101", name="别县监察机构")
    actor: Actor = await running.person(office.ctx, body, "foreign", "监察岗", Role.SUPERVISION_BUREAU)
    foreign = office.ctx.acting_as(actor)
    attempts: list[Any] = [
        lambda: supervision.set_rule(foreign, code, 1, {"state": "retired"}),
        lambda: supervision.backtest(foreign, code),
        lambda: supervision.write_rule(foreign, TEXT, code, 1),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            await attempt()
    with pytest.raises(NotFound):
        await supervision.read_backtest(foreign, code, trial)
