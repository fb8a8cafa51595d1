"""Mutations: every act of the engine on a matter, with a typed input and a result that says what was done or why not.

They are made from one table. A mutation binds who acts from the session, sends on what was given, and answers; the same
idempotency key gives the same answer however often it is sent. Nothing here is compiled, kept or run over GET.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Union, cast

import strawberry
from strawberry import UNSET

from domain.engine.events import Note
from resolvers import matters, receipts
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.matters import ActDone, Opened, Opening
from resolvers.reading.matters import MATTER
from schema.acting_errors import ERRORS
from schema.acting_inputs import ACTS, fields_of, made, plain
from schema.acting_table import OFFICIAL, PARTY, Doing
from schema.cost import Cost
from schema.fields import computed
from schema.loading import Info
from schema.matters import READ, Matter, matter_source
from schema.matters_names import MatterEnding, MatterPhase
from schema.matters_values import MatterNote

WEIGHT: Final = Cost(weight=20)
BOUND: Final = ("kind", "key", "by", "seen", "visit", "superior", "becomes")
"""What the server or the mutation itself says of an act."""


def _key() -> tuple[Any, Any]:
    words = "提交编号: random text of yours; sent again it gives the same answer, and nothing is done twice."
    return str, strawberry.field(description=words)


SEEN: Final = (
    int | None,
    strawberry.field(
        default=UNSET, description="已知序号: `seq` you last saw; if others acted since, nothing is done."
    ),
)
VISIT: Final = (
    int | None,
    strawberry.field(default=UNSET, description="环节序号: which open step is meant, where there are several."),
)
NUMBER: Final = (str, strawberry.field(description="编号: number of the matter (003-31(2))."))
CODE: Final = (str, strawberry.field(description="查询码: the code that the party was given with the number (H2)."))


@strawberry.type(description="已办理: what an act did, and where the matter stands now.")
class MatterActed:
    """What an act did."""

    done: strawberry.Private[ActDone]

    @computed()
    def number(self) -> str:
        """编号: number of the matter (003-31(2))."""
        return self.done.number

    @computed()
    def seq(self) -> int:
        """事件序号: number of the event that it made; send it as `seen` next time (003-33)."""
        return self.done.seq

    @computed()
    def at(self) -> datetime:
        """时间: when it was done."""
        return self.done.at

    @computed()
    def events(self) -> int:
        """事件数: how many events it made: itself, and what time had done before it."""
        return len(self.done.events)

    @computed()
    def phase(self) -> MatterPhase:
        """阶段: where the matter is now."""
        return MatterPhase(self.done.phase)

    @computed()
    def ending(self) -> MatterEnding:
        """结束方式: how it ended, if it has."""
        return MatterEnding(self.done.ending)

    @computed()
    def step_keys(self) -> list[str]:
        """当前环节代码: keys of the steps that are open now."""
        return list(self.done.steps)

    @computed()
    def step_names(self) -> list[str]:
        """当前环节: names of the steps that are open now."""
        return list(self.done.step_names)

    @computed()
    def repeated(self) -> bool:
        """是否重复提交: it had been done before under its key; everything is as it was the first time."""
        return self.done.repeated

    @computed()
    def notes(self) -> list[MatterNote]:
        """提示: what is pointed out although it was allowed (R10, R11)."""
        return cast(list[MatterNote], [_note(one) for one in self.done.notes])

    @computed()
    async def receipt(self, info: Info) -> str | None:
        """记录凭证: what a party keeps of its own act, to be checked without us (003-33); null for an official's."""
        return await receipts.given_for(info.context.ctx, self.done) or None

    @computed()
    async def matter(self, info: Info) -> Matter | None:
        """事务: the matter as it is now, for those who may see it; null for a party."""
        row = await info.context.loaders.one(MATTER, READ, "number").load(self.done.number)
        return cast(Matter | None, None if row is None else matter_source(row))


def _note(note: Note) -> dict[str, str]:
    return {"code": note.code, "clause": note.clause, "message": note.message}


@strawberry.type(description="已登记: the matter that was opened, with the look-up code that is shown here only (H2).")
class MatterOpened:
    """A matter that was opened."""

    acted: MatterActed = strawberry.field(description="已办理: what was done.")
    code: str = strawberry.field(description="查询码: finds the matter together with its number; keep it (H2).")


@strawberry.type(description="已分案: the act on the case, and the cases that began with it (003-30).")
class MatterParted:
    """A case that was split."""

    acted: MatterActed = strawberry.field(description="已办理: what was done.")
    numbers: list[str] = strawberry.field(description="分出的案件: numbers of the new cases.")


def result(title: str, done: Any) -> Any:
    """Return the union of what a mutation did and why it did nothing."""
    members = Union[(done, *ERRORS)]  # type: ignore[valid-type]
    words = "结果: what was done, or why nothing was."
    return Annotated[members, strawberry.union(f"{title}Result", description=words)]


def input_type(doing: Doing) -> Any:
    """Return the input of an act: the matter, the key, and the act's own fields."""
    fields = {"number": NUMBER, **({"code": CODE} if doing.by == "party" else {}), "idempotency_key": _key()}
    fields |= {"seen": SEEN, "visit": VISIT} if doing.by == "official" else {"seen": SEEN}
    without = (*BOUND, "received", "officers", "recordings", "receipts") if doing.by == "party" else BOUND
    return made(f"{doing.title}Input", {**fields, **fields_of(ACTS[doing.kind], without)}, doing.words)


def same_key(info: Info, key: str) -> str:
    """Return the idempotency key. Raises ``InvalidInput`` where the header says another one, or it is empty."""
    header = info.context.idempotency_key
    if not key.strip() or (header and header != key):
        words = "idempotencyKey 不能为空。" if not header else "Idempotency-Key 请求头与 idempotencyKey 不一致。"
        remedy = "请为每一次办理生成一个随机的提交编号，重试时原样使用。"
        raise InvalidInput(words, remedy, (FieldProblem("idempotencyKey", "IDEMPOTENCY_KEY", words, remedy),))
    return key


def act_data(info: Info, kind: str, given: Any) -> dict[str, Any]:
    """Return an act as plain data: its kind, its key, and what was given."""
    data = {**plain(given), "kind": kind}
    data.pop("number", None)
    data.pop("code", None)
    data["key"] = same_key(info, data.pop("idempotency_key"))
    return data


def by_official(doing: Doing) -> Any:
    """Return the mutation of an act by an official."""

    async def resolve(info: Info, input_: Any) -> Any:
        data = act_data(info, doing.kind, input_)
        return MatterActed(done=await matters.act_on(info.context.ctx, input_.number, data))

    return mutation(doing, resolve, input_type(doing), MatterActed)


def by_party(doing: Doing) -> Any:
    """Return the mutation of an act of the party's own, by number and code."""

    async def resolve(info: Info, input_: Any) -> Any:
        data = act_data(info, doing.kind, input_)
        info.context.try_code()
        return MatterActed(done=await matters.act_as_party(info.context.ctx, input_.number, input_.code, data))

    return mutation(doing, resolve, input_type(doing), MatterActed)


def mutation(doing: Doing, resolve: Any, given: Any, done: Any) -> Any:
    """Return a field of the root of all mutations."""
    told = strawberry.argument(name="input", description="输入: what is to be done, with its idempotency key.")
    resolve.__annotations__ = {"info": Info, "input_": Annotated[given, told], "return": result(doing.title, done)}
    return strawberry.mutation(resolver=resolve, description=doing.words, directives=[WEIGHT])


@dataclass(frozen=True, slots=True)
class Made:
    """A mutation with its name, as the contract writes it."""

    name: str
    field: Any


def acts() -> list[Made]:
    """Return the mutations of acts on a matter."""
    return [
        *(Made(one.name, by_official(one)) for one in OFFICIAL),
        *(Made(one.name, by_party(one)) for one in PARTY),
    ]


def opened(found: Opened) -> MatterOpened:
    """Return the answer to an opening."""
    return MatterOpened(acted=MatterActed(done=found.done), code=found.code)


def opening(info: Info, given: Any, **more: Any) -> Opening:
    """Return the opening that an input asks for."""
    data = plain(given)
    key = same_key(info, data.pop("idempotency_key"))
    own = {name: data.pop(name) for name in ("item", "body", "bodies", "procedure", "party", "party_kind", "received", "title")
           if name in data}  # fmt: skip
    return Opening(key=key, brings=data, **{**own, "bodies": tuple(own.get("bodies", ())), **more})
