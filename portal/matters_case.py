"""The page of one matter: where it stands, its clocks day by day, its file, and everything that was done (R5, R6)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.clock import DayLine
from domain.engine.choices import Choice
from domain.engine.clocks import Deadline
from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.flows import Flow, Limit, Step, Transition
from domain.procedures import Procedure
from domain.supervision.undertaking import UNDERTAKER
from portal import asking
from portal.calendar import LONGEST_RECEIPT
from portal.drawing import draw
from portal.items import limit_words
from portal.labels import mark
from portal.languages import TRADITIONAL, translate
from portal.matters import AREA
from portal.matters_between import Between, between
from portal.matters_record import RecordLine, lines_of, outcome_text
from portal.matters_table import FORMS, MAIN
from portal.matters_words import (
    ENDINGS,
    HOWS,
    KINDS,
    METHODS,
    PARTIES,
    PHASES,
    STATES,
    URGENCY_SIGNS,
    VERDICTS,
    act_name,
    fact_name,
    fact_text,
)
from portal.rendering import render
from portal.view import view_of
from resolvers import drafts, materials, matters, papers, ratings, supervision
from resolvers.archives import Whereabouts
from resolvers.bodies_beside import body_names
from resolvers.context import Context
from resolvers.drafts import Place
from resolvers.matters import MatterView
from resolvers.parties_reading import named
from resolvers.parties_values import MaskedParty
from resolvers.ratings import RatedMatter
from resolvers.reading import PageRequest
from resolvers.supervision import AlertFilter

RECORD_SHOWN: Final = 100
RATED: Final = {
    "invited": mark("已邀请，尚未评价"),
    "answered": mark("已评价"),
    "expired": mark("没有评价，邀请已到期"),
    "under_review": mark("差评，正在核查"),
    "reviewed": mark("差评，已核查"),
}
ASSIGN: Final = mark("分派")
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit of a step: who did it, when, how it ended, and whether it is where the matter is now."""

    number: int
    name: str
    post: str
    how: str
    entered: datetime
    left: datetime | None
    people: str
    body: str
    now: bool
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit with its state and its receipt; of a long receipt the middle is left out."""

    limit: Deadline
    state: str
    words: str
    days_left: int | None
    days: tuple[DayLine, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class ActLink:
    """A way to the form of an act."""

    address: str
    name: str
    step: str


RESTING: Final = ("closed", "archived")
"""Phases of matters whose acts may have left for the archive."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One matter with everything that is known of it."""

    view: MatterView
    phase: str
    kind: str
    party: MaskedParty | None
    party_kind: str
    signs: dict[str, str]
    main: tuple[ActLink, ...]
    others: tuple[ActLink, ...]
    done: RecordLine | None
    drafts: tuple[tuple[str, str, datetime], ...]
    visits: tuple[VisitLine, ...]
    joint: tuple[str, ...]
    assistances: tuple[tuple[str, datetime, datetime | None], ...]
    between: Between | None
    alerts: tuple[tuple[int, str], ...]
    chart: Markup
    limits: tuple[LimitLine, ...]
    facts: Rows
    materials: Rows
    papers: Rows
    made: Mapping[str, int]
    opinions: tuple[tuple[str, str, str, str, datetime], ...]
    outcome: str
    proposals: tuple[str, ...]
    pauses: Rows
    record: tuple[RecordLine, ...]
    archived: tuple[Whereabouts, ...]
    rated: RatedMatter | None
    rated_words: str
    previous: str
    following: str

    @property
    def undertaker(self) -> str:
        """The name of the body that undertakes a supervised case."""
        return self.joint[UNDERTAKER] if self.joint else ""


def acts_of(view: MatterView, choices: Iterable[Choice]) -> tuple[tuple[ActLink, ...], tuple[ActLink, ...]]:
    """Return the ways to the forms: acts in a step, then acts upon the whole."""
    main: dict[ActLink, int] = {}
    others: dict[ActLink, None] = {}
    several = len(view.matter.open_visits) > 1
    for one in choices:
        if one.act not in FORMS:
            continue
        link = _link(view, one.act, act_name(one.act, view.row.kind), one.visit, several=several)
        if one.act in MAIN:
            main[link] = MAIN.index(one.act)
        else:
            others[link] = None
        if one.act == "opine":
            main[_link(view, "assign", ASSIGN, one.visit, several=several)] = MAIN.index("assign")
    return tuple(sorted(main, key=lambda link: main[link])), tuple(others)


def _link(view: MatterView, kind: str, name: str, visit: int | None, *, several: bool) -> ActLink:
    # Q2: a finding names its violation and whose responsibility it is, and has a form of its own.
    if (view.row.kind, kind) == ("supervision_case", "decide"):
        return ActLink(f"/desk/supervision/cases/{view.row.id}/finding", mark("认定"), "")
    address = f"{AREA}/{view.row.id}/acts/{kind}"
    if visit is None:
        return ActLink(address, name, "")
    step = view.procedure.by_key[view.matter.visit(visit).step].name if several else ""
    return ActLink(f"{address}?visit={visit}", name, step)


def visit_lines(view: MatterView, bodies: Mapping[str, str]) -> tuple[VisitLine, ...]:
    """Return the visits in the order in which they were entered; a body's own branch bears its name (R17)."""
    found = []
    for one in view.matter.visits:
        step = view.procedure.by_key[one.step]
        people = "、".join(view.name(who) for who in (one.doers or ((one.assignee,) if one.assignee else ())))
        now = one.left is None and view.row.phase in ("received", "running")
        how = HOWS[one.how] if one.left else HOWS[""]
        found.append(
            VisitLine(
                one.number,
                step.name,
                step.post,
                how,
                one.entered,
                one.left,
                people,
                bodies.get(one.body, one.body),
                now,
                step.requirements,
            )
        )
    return tuple(found)


def limit_lines(view: MatterView) -> tuple[LimitLine, ...]:
    """Return the limits with their receipts, the running ones first."""
    found = []
    for one in view.deadlines:
        days, left_out = one.receipt.days, 0
        if len(days) > LONGEST_RECEIPT:
            half = LONGEST_RECEIPT // 2
            days, left_out = days[:half] + days[-half:], len(days) - 2 * half
        state = one.state(view.today)
        left = one.days_left(view.today) if one.ended is None else None
        found.append(LimitLine(one, state, STATES[state], left, days, left_out))
    return tuple(sorted(found, key=lambda line: line.limit.ended is not None))


def flow_of(procedure: Procedure, visited: dict[str, bool]) -> Flow:
    """Return a procedure as a flow chart; steps that were visited and the present ones are marked by a sign."""
    signs = {True: "▶ ", False: "✓ "}
    steps = tuple(
        Step(
            key=one.key,
            name=f"{signs[visited[one.key]] if one.key in visited else ''}{one.name}",
            unit=one.unit,
            post=one.post,
            limit=Limit(value=one.limit.value, unit=one.limit.unit) if one.limit else None,
        )
        for one in procedure.steps
    )
    ways = tuple(Transition(source=one.source, target=one.target, condition=one.condition) for one in procedure.ways)
    return Flow(name=procedure.name, steps=steps, transitions=ways)


def _chart(request: Request, view: MatterView) -> Markup:
    language = view_of(request).language
    spoken = "zh-Hans" if language == TRADITIONAL else language
    visited: dict[str, bool] = {}
    for one in view.matter.visits:
        visited[one.step] = one.left is None or visited.get(one.step, False)
    flow = flow_of(view.procedure, visited)
    described = translate(spoken, "共 {count} 个环节，▶ 为当前环节，✓ 为到过的环节；文字内容见上面的列表。")
    return draw(
        flow,
        key="chart-matter",
        title=view.procedure.name,
        description=described.format(count=len(flow.steps)),
        words=lambda text: translate(spoken, text),
        limit=lambda step: limit_words(spoken, step),
    )


async def _materials(ctx: Context, view: MatterView) -> Rows:
    """Return the materials in the file, each with the address of its viewer."""
    files = (await materials.listed(ctx, view.row.id)).rows
    addresses = {(one.digest, one.title): f"{AREA}/{view.row.id}/materials/{one.id}" for one in files}
    return tuple(
        (one.name, one.note, one.by, one.digest[:12], addresses.get((one.digest, one.name), ""))
        for one in view.matter.materials
    )


def _papers(view: MatterView) -> Rows:
    names, found = view.procedure.documents, []
    for one in view.matter.documents:
        rule = names.get(one.code)
        served = [s for s in view.matter.served if s.document == one.code and s.digest in ("", one.digest)]
        sent = "；".join(f"{METHODS.get(s.method, s.method)} {civil_day(s.received)}" for s in served)
        found.append((rule.name if rule else one.code, one.number, sent, rule.clause if rule else "", one.digest))
    return tuple(found)


def _facts(view: MatterView) -> Rows:
    procedure = view.procedure
    return tuple(
        (fact_name(procedure, code), fact_text(procedure, one), _clause(procedure, code))
        for code, one in view.matter.facts.items()
    )


def _opinions(view: MatterView) -> tuple[tuple[str, str, str, str, datetime], ...]:
    steps = view.procedure.by_key
    return tuple(
        (
            steps[one.step].name if one.step in steps else "",
            view.name(one.by),
            VERDICTS[one.opinion.verdict],
            "；".join(text for text in (one.opinion.text, one.opinion.reasons) if text),
            one.at,
        )
        for one in view.matter.opinions
    )


def _pauses(view: MatterView) -> Rows:
    grounds = view.procedure.pauses
    return tuple(
        (
            grounds[one.ground].name if one.ground in grounds else one.ground,
            grounds[one.ground].clause if one.ground in grounds else "",
            civil_day(one.since).isoformat(),
            civil_day(one.until).isoformat() if one.until else "",
        )
        for one in view.matter.pauses
    )


def _drafts(
    view: MatterView, ways: tuple[ActLink, ...], kept: tuple[tuple[Place, datetime], ...]
) -> tuple[tuple[str, str, datetime], ...]:
    """Return the ways back to drafts whose act can still be done."""
    named = {one.address: one.name for one in ways}
    found = (
        (f"{AREA}/{view.row.id}/acts/{place.kind}{f'?visit={place.visit}' if place.visit else ''}", saved)
        for place, saved in kept
    )
    return tuple((address, named[address], saved) for address, saved in found if address in named)


def _named(matter: Matter) -> Iterator[str]:
    """Yield the bodies that a matter's record names beside its own: asked to assist, in dispute with it, sent it."""
    yield from (one.of for one in matter.assistances)
    yield from (body for one in matter.disputes for body in (one.other, one.superior, one.designated) if body)
    if matter.sent is not None:
        yield matter.sent.to


async def _alerts(ctx: Context, view: MatterView) -> tuple[tuple[int, str], ...]:
    """Return number and words of the alerts that a supervised case follows up and the actor may see."""
    if view.row.kind != "supervision_case":
        return ()
    return tuple((one.id, one.message) for one in await supervision.all_alerts(ctx, AlertFilter(case_is=view.row.id)))


async def case(request: Request) -> Response:
    """Show one matter. Whoever may not see it is told that there is none."""
    ctx, number = request.state.context, int(request.path_params["matter"])
    view = await matters.matter(ctx, number)
    asked = asking.page_request(request, size=RECORD_SHOWN)
    if asked.after is None and asked.before is None:
        # The newest stand on the first page; each page tells them in their order.
        asked = PageRequest(last=RECORD_SHOWN)
    told = await matters.history(ctx, number, asked)
    previous, following = asking.neighbours(request, told)
    matter, row = view.matter, view.row
    main, others = acts_of(view, matters.possible(ctx, view))
    bodies = await body_names(ctx, [*row.bodies, *matter.bodies, *_named(matter)])
    record = lines_of(view, told.rows, bodies)
    done = asking.number(request, "done", 1, 10**9)
    rated = await ratings.rated(ctx, view)
    page = CasePage(
        view=view,
        phase=ENDINGS.get(row.ending) or PHASES.get(row.phase, row.phase),
        kind=KINDS.get(row.kind, row.kind),
        party=(await named(ctx, [row.party])).get(row.party),
        party_kind=PARTIES.get(row.party_kind, row.party_kind),
        signs=dict(URGENCY_SIGNS),
        main=main,
        others=others,
        done=next((one for one in record if one.seq == done), None),
        drafts=_drafts(view, (*main, *others), await drafts.of_matter(ctx, number)),
        visits=visit_lines(view, bodies),
        joint=tuple(bodies.get(one, one) for one in matter.bodies) if len(matter.bodies) > 1 else (),
        assistances=tuple((bodies.get(one.of, one.of), one.asked, one.answered) for one in matter.assistances),
        between=await between(ctx, matter),
        alerts=await _alerts(ctx, view),
        chart=_chart(request, view),
        limits=limit_lines(view),
        facts=_facts(view),
        materials=await _materials(ctx, view),
        papers=_papers(view),
        made={one.digest: one.id for one in await papers.papers_of(ctx, number)},
        opinions=_opinions(view),
        outcome=outcome_text(view, matter.outcome) if matter.outcome else "",
        proposals=tuple(outcome_text(view, one.outcome) for one in matter.proposals),
        pauses=_pauses(view),
        record=record,
        archived=await matters.archived(ctx, number) if row.phase in RESTING else (),
        rated=rated,
        rated_words=RATED.get(rated.state, "") if rated else "",
        previous=previous,
        following=following,
    )
    return render(request, "matters/case.html", page)


def _clause(procedure: Procedure, code: str) -> str:
    rule = procedure.facts.get(code)
    return rule.clause if rule else "003-15"


ROUTES: list[BaseRoute] = [Route(f"{AREA}/{{matter:int}}", case, methods=["GET"], name="matter")]
