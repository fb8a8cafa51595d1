"""Between bodies on the desk (R14; 004-6): the forms of transfers and disputes, and what the case page tells of them."""
# ruff: noqa: ARG001 -- one signature for all parts

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from domain.engine.between import RETURNED
from domain.engine.matter import Matter
from domain.engine.parts import Dispute
from portal.labels import mark
from portal.matters_fields import NONE, Answers, Bench, Control, Data, Group, Part
from resolvers import complaints, inspections, matters
from resolvers.bodies_beside import body_names
from resolvers.complaints import ComplaintFilter
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.reading import PageRequest

CLAIMS: Final = ((("", mark("（请选择）"))), ("yes", mark("属于本机关管辖")), ("no", mark("不属于本机关管辖")))
CLAIMED: Final = mark("认为属于本机关管辖")
SETTLING: Final = ("state_jurisdiction", "designate")
"""Acts after which whoever did them may not see the matter any more."""

DISCLAIMED: Final = mark("认为不属于本机关管辖")


def _show_transfer(bench: Bench) -> Iterator[Group]:
    hint = mark("移送后本办件即告结束，在接收机关的工作台登记为新的办件，期限另行计算；接收或者退回会记录在这里。")
    options = (NONE, *bench.bodies)
    own = mark("接收机关有对应事项的，填写权力编码；留空的按同类事项的一般程序办理。")
    controls = (
        Control("to_body", mark("移送到"), "select", hint, required=True, options=options),
        Control("to_item", mark("接收机关的事项"), hint=own, most=60),
    )
    yield Group("", controls)


def _read_transfer(answers: Answers, bench: Bench) -> Data:
    item = answers.text("to_item")[:60]
    return {"to": answers.needed("to_body", "移送到")} | ({"item": item} if item else {})


def _show_dispute(bench: Bench) -> Iterator[Group]:
    hint = mark("与哪个机关对管辖有不同意见。提出后，双方陈述意见；协商不成的，由共同的上级指定。")
    yield Group("", (Control("other", mark("另一机关"), "select", hint, required=True, options=(NONE, *bench.bodies)),))
    yield from _show_claim(bench)


def _read_dispute(answers: Answers, bench: Bench) -> Data:
    return {"other": answers.needed("other", "另一机关"), **_read_claim(answers, bench)}


def _show_claim(bench: Bench) -> Iterator[Group]:
    hint = mark("双方意见一致的，争议即告解决。")
    yield Group("", (Control("claims", mark("本机关的意见"), "select", hint, required=True, options=CLAIMS),))


def _read_claim(answers: Answers, bench: Bench) -> Data:
    return {"claims": answers.needed("claims", "本机关的意见") == "yes"}


def _show_designation(bench: Bench) -> Iterator[Group]:
    hint = mark("指定其他机关的，本办件在原机关结束，在被指定机关的工作台登记为新的办件。")
    names, dispute = dict(bench.bodies), bench.view.matter.open_dispute
    both = (bench.view.row.body_code, dispute.other) if dispute else ()
    first = tuple(
        (code, names.get(code, bench.view.row.body_name if code == bench.view.row.body_code else code)) for code in both
    )
    others = tuple(one for one in bench.bodies if one[0] not in both)
    options = (NONE, *first, *others)
    yield Group("", (Control("to_body", mark("指定哪个机关管辖"), "select", hint, required=True, options=options),))


def _read_designation(answers: Answers, bench: Bench) -> Data:
    return {"to": answers.needed("to_body", "指定哪个机关管辖")}


PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "transfer": Part(_show_transfer, _read_transfer),
        "dispute": Part(_show_dispute, _read_dispute),
        "claim": Part(_show_claim, _read_claim),
        "designation": Part(_show_designation, _read_designation),
    }
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A matter beside this one, or what a case follows up: its number, and for whoever may see it its id below an address."""

    number: str
    id: int | None
    area: str = "/desk/matters"


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute over competence: with whom, who said what, how it ended."""

    other: str
    superior: str
    raised: datetime
    said: tuple[tuple[str, str, str, datetime], ...]
    ended: datetime | None
    competent: str


@dataclass(frozen=True, slots=True)
class Between:
    """What the page of a matter tells of other bodies: where it came from, where it went, what was disputed."""

    origin: Linked | None
    came: str
    sent: Linked | None
    to: str
    sent_at: datetime | None
    answered: datetime | None
    accepted: bool
    back: Linked | None
    disputes: tuple[DisputeLine, ...]


async def between(ctx: Context, matter: Matter) -> Between | None:
    """Return what is to be told of other bodies, or None: nothing."""
    sent = matter.sent
    if not (matter.origin or sent or matter.disputes):
        return None
    named = [one for dispute in matter.disputes for one in (dispute.other, dispute.superior, dispute.designated)]
    names = await body_names(ctx, [matter.body, *named, *([sent.to] if sent else [])])
    return Between(
        origin=await _origin(ctx, matter.origin),
        came=mark("退回的移送") if matter.came_by == RETURNED else mark("移送来的办件") if matter.came_by else "",
        sent=await _linked(ctx, sent.number) if sent else None,
        to=names.get(sent.to, sent.to) if sent else "",
        sent_at=sent.at if sent else None,
        answered=sent.answered if sent else None,
        accepted=bool(sent and sent.accepted),
        back=await _linked(ctx, sent.back) if sent else None,
        disputes=tuple(_dispute(one, names) for one in matter.disputes),
    )


async def still_seen(ctx: Context, number: str) -> bool:
    """Say whether the actor may see a matter."""
    found = await _linked(ctx, number)
    return found is not None and found.id is not None


async def _origin(ctx: Context, number: str) -> Linked | None:
    """Return where a matter came from: another matter, or the complaint or the inspection that a case follows up."""
    linked = await _linked(ctx, number)
    if linked is None or linked.id is not None:
        return linked
    where = ComplaintFilter(number=number, everything=True)
    for one in (await complaints.visible(ctx, where, PageRequest(first=1))).rows:
        return Linked(number, one.id, "/desk/complaints")
    with suppress(NotFound):
        return Linked(number, await inspections.id_of(ctx, number), "/desk/supervision/inspections")
    return linked


async def _linked(ctx: Context, number: str) -> Linked | None:
    if not number:
        return None
    try:
        return Linked(number, (await matters.ids_of(ctx, [number]))[0])
    except NotFound:
        return Linked(number, None)


def _dispute(one: Dispute, names: Mapping[str, str]) -> DisputeLine:
    return DisputeLine(
        other=names.get(one.other, one.other),
        superior=names.get(one.superior, one.superior),
        raised=one.raised,
        said=tuple(
            (names.get(said.body, said.body), CLAIMED if said.claims else DISCLAIMED, said.reasons, said.at)
            for said in one.statements
        ),
        ended=one.ended,
        competent=names.get(one.designated, one.designated),
    )
