"""Acting on a matter: one form for each kind of act, made from the table; a refusal loses nothing that was typed.

The key in the form makes a double submission harmless; ``seen`` tells what the form was made from, so that of two
officers at once the second learns what happened meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.engine.matter import Visit
from portal import asking
from portal.forms import FormView, read_form
from portal.matters import AREA
from portal.matters_between import SETTLING, still_seen
from portal.matters_case import acts_of
from portal.matters_fields import Answers, Bench, Data, FilesTold, Group
from portal.matters_file_parts import guide_of
from portal.matters_handing import hand_in, read_with_files, told
from portal.matters_paper_parts import MAKE, further, offered
from portal.matters_record import RecordLine, lines_of
from portal.matters_table import FORMS, data_of, groups_of, takes_files
from portal.matters_words import act_name
from portal.parties_fields import settled
from portal.rendering import render
from resolvers import drafts, materials, matters, papers
from resolvers.bodies_beside import neighbours
from resolvers.colleagues import colleagues
from resolvers.context import Context
from resolvers.drafts import Place
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.materials import ForMatter
from resolvers.matters import (
    ActDone,
    ChangedMeanwhile,
    KeyReused,
    MatterFilter,
    MatterRefused,
    MatterRow,
    MatterView,
)
from resolvers.papers import PaperRefused
from resolvers.reading import PageRequest

HIDDEN: Final = ("key", "seen", "visit")
MOST_TOLD: Final = 50
OF_BODIES: Final = ("transfer", "request_assistance", "answer_assistance", "raise_dispute", "designate")
"""Acts that name another body."""

ACT: Final = f"{AREA}/{{matter:int}}/acts/{{kind}}"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that stands in the way of an act: what, by which clause, what to do."""

    message: str
    clause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ActPage:
    """The form of an act, and after a refusal why it was refused."""

    view: MatterView
    kind: str
    name: str
    step: str
    duty: str
    clause: str
    groups: tuple[Group, ...]
    form: FormView
    key: str
    seen: str
    visit: str
    gaps: tuple[Gap, ...]
    happened: tuple[RecordLine, ...]
    draft: datetime | None
    files: FilesTold | None
    further: tuple[tuple[str, str], ...]


async def bench_of(request: Request, visit: int | None, chosen: tuple[str, ...] = ()) -> Bench:
    """Return what the form of the address is made from; what the actor may not act upon is not found.

    ``chosen`` are documents that the form is to offer beside the usual ones.
    """
    ctx, kind = request.state.context, str(request.path_params["kind"])
    if kind not in FORMS:
        raise NotFound("这一操作")
    view = await matters.matter(ctx, int(request.path_params["matter"]))
    mine = [one.body_code for one in ctx.actor.postings if one.body_code in view.row.bodies]
    if not mine:
        raise NotFound("办件")
    body = view.row.body_code if view.row.body_code in mine else mine[0]
    meant = _visit(view, visit)
    made = await papers.drafts(ctx, view.row.id) if "papers" in FORMS[kind] else ()
    bench = Bench(view, kind, meant, await colleagues(ctx, body), ctx.now, body=body, papers=made, chosen=chosen)
    if takes_files(kind):
        bench = replace(bench, loose=await materials.loose(ctx, ForMatter(view.row.id)), files=told(ctx))
    if kind in OF_BODIES:
        return replace(bench, bodies=await neighbours(ctx, view.row.government_id, view.row.body_code))
    return replace(bench, cases=await _cases(ctx, view)) if kind == "merge" else bench


async def _cases(ctx: Context, view: MatterView) -> tuple[MatterRow, ...]:
    """Return the other open cases of a case's party in its body."""
    row = view.row
    where = MatterFilter(body=row.body_code, party=row.party, kind=(row.kind,), open_only=True)
    found = await matters.list_matters(ctx, where, PageRequest(first=MOST_TOLD)) if row.party else None
    return tuple(one for one in found.rows if one.id != row.id) if found else ()


def _visit(view: MatterView, number: int | None) -> Visit | None:
    matter = view.matter
    if number is not None and 1 <= number <= len(matter.visits):
        return matter.visit(number)
    return matter.open_visits[0] if len(matter.open_visits) == 1 else None


def _page(
    bench: Bench,
    form: FormView,
    fresh: Mapping[str, str],
    refusal: Refusal | None = None,
    happened: tuple[RecordLine, ...] = (),
    draft: datetime | None = None,
) -> ActPage:
    gaps: tuple[Gap, ...] = ()
    if isinstance(refusal, MatterRefused):
        own = Gap(refusal.message, refusal.clause, refusal.remedy)
        gaps = tuple(Gap(one.message, one.clause, one.remedy) for one in refusal.shortfalls) or (own,)
    if isinstance(refusal, ChangedMeanwhile):
        gaps = ()
    step = bench.step
    return ActPage(
        view=bench.view,
        kind=bench.kind,
        name=act_name(bench.kind, bench.view.row.kind),
        step=step.name if step else "",
        duty=step.duty if step else "",
        clause=bench.procedure.clause,
        groups=groups_of(bench),
        form=form,
        key=fresh["key"],
        seen=fresh["seen"],
        visit=fresh["visit"],
        gaps=gaps,
        happened=happened,
        draft=draft,
        files=bench.files,
        further=further(bench),
    )


# Two officials at once: whoever comes second sees who did what and what was said, beside what is filled in already.
async def _meanwhile(ctx: Context, view: MatterView, seen: int | None) -> tuple[RecordLine, ...]:
    """Return what happened on a matter after an event, as the record tells it."""
    if seen is None or seen >= view.row.seq:
        return ()
    told = await matters.history(ctx, view.row.id, PageRequest(last=MOST_TOLD))
    return lines_of(view, tuple(one for one in told.rows if one.seq > seen))


async def act_form(request: Request) -> Response:
    """Show the form of an act that the official can do now."""
    visit = asking.number(request, "visit", 1, 10_000)
    bench = await bench_of(request, visit, tuple(request.query_params.getlist("paper"))[:12])
    main, others = acts_of(bench.view, matters.possible(request.state.context, bench.view))
    path = request.url.path
    if not any(one.address.partition("?")[0] == path for one in (*main, *others)):
        raise NotFound("这一操作")
    begun = {control.name: control.default for group in groups_of(bench) for control in group.controls}
    fresh = {"key": uuid4().hex, "seen": str(bench.view.row.seq), "visit": str(visit or "")}
    ctx = request.state.context
    kept = await drafts.kept(ctx, Place(bench.view.row.id, bench.kind, visit or 0))
    happened: tuple[RecordLine, ...] = ()
    if kept is not None:
        answers = Answers(dict.fromkeys(begun, "") | dict(kept.values))
        happened = await _meanwhile(ctx, bench.view, answers.whole("seen"))
        begun = dict(answers.values)
    page = _page(bench, FormView(begun), fresh, happened=happened, draft=kept.saved_at if kept else None)
    return render(request, "matters/act.html", page)


async def act(request: Request) -> Response:
    """Do the act, or show the form again with everything that stands in its way."""
    form = await read_act(request)
    try:
        return await _act(request, form)
    finally:
        await form.close()


async def read_act(request: Request) -> FormData:
    """Read the form of an act; one that takes files only from whoever may add to the matter."""
    kind = str(request.path_params["kind"])
    if not takes_files(kind):
        return await read_form(request)
    aim = ForMatter(int(request.path_params["matter"]))
    return await read_with_files(request, aim, request.state.context.intake.most_bytes)


async def _act(request: Request, form: FormData) -> Response:
    ctx, answers = request.state.context, Answers.of(form)
    hidden = {name: answers.text(name)[:120] for name in HIDDEN}
    bench = await bench_of(request, answers.whole("visit"), offered(answers))
    if bench.kind == "name_party":
        answers, made = await settled(ctx, bench.view.row.body_code, answers)
        bench = replace(bench, parties=made.found)
        if answers.problems or made.again:
            return _again(request, bench, answers, hidden)
    if takes_files(bench.kind):
        loose = await hand_in(ctx, ForMatter(bench.view.row.id), form, answers, guide_of(bench))
        bench = replace(bench, loose=loose)
    return await _done(request, bench, answers, hidden)


async def _done(request: Request, bench: Bench, answers: Answers, hidden: dict[str, str]) -> Response:
    ctx, data = request.state.context, data_of(answers, bench)
    seen = answers.whole("seen")
    number = bench.view.row.id
    if answers.problems:
        return _again(request, bench, answers, hidden)
    data |= {"key": hidden["key"], "seen": seen}
    if hidden["visit"] and bench.visit is not None:
        data["visit"] = bench.visit.number
    try:
        done = await _do(ctx, number, data)
    except Refusal as refusal:
        if isinstance(refusal, NotPermitted | NotSignedIn) or (isinstance(refusal, NotFound) and bench.kind != "merge"):
            raise
        happened: tuple[RecordLine, ...] = ()
        if isinstance(refusal, ChangedMeanwhile):
            known = bench.parties
            fresh = await bench_of(request, bench.visit.number if bench.visit else None, bench.chosen)
            bench = replace(fresh, parties=known)
            happened = await _meanwhile(ctx, bench.view, seen)
            hidden["seen"] = str(bench.view.row.seq)
        if isinstance(refusal, KeyReused):
            # Somebody went back and changed what had been done: it is another act, and gets a key of its own.
            hidden["key"] = uuid4().hex
        return _again(request, bench, answers, hidden, refusal, happened)
    await drafts.drop(ctx, Place(number, bench.kind, int(hidden["visit"] or 0)))
    # Whoever only spoke in a dispute has nothing to do with the matter once that is settled, and goes back to their own.
    shown = bench.kind not in SETTLING or await still_seen(ctx, done.number)
    place = f"{AREA}/{number}?done={done.seq}" if shown else AREA
    return RedirectResponse(place, 303, {"Cache-Control": "no-store"})


async def _do(ctx: Context, number: int, data: Data) -> ActDone:
    """Do an act by its door: joining and splitting concern other matters too."""
    if data["kind"] == "merge":
        others = [(await matters.matter(ctx, one)).row.id for one in data["others"]]
        return await matters.merge(ctx, number, others, data["reasons"], data["key"], data["seen"])
    if data["kind"] == "split":
        return (await matters.split(ctx, number, data["off"], data["reasons"], data["key"], data["seen"])).done
    # The documents of an act are made in its transaction, with it or not at all.
    return await papers.make(ctx, number, data, data.pop("papers", ()))


def _again(
    request: Request,
    bench: Bench,
    answers: Answers,
    hidden: Mapping[str, str],
    refusal: Refusal | None = None,
    happened: tuple[RecordLine, ...] = (),
) -> Response:
    """Show the form with what was typed. What the engine misses is told above it, what is wrong at its control."""
    problems = list(answers.problems)
    if refusal is not None and not isinstance(refusal, MatterRefused):
        names = {control.name for group in groups_of(bench) for control in group.controls}
        said = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        if isinstance(refusal, PaperRefused):
            said = tuple(_of_paper(one) for one in said)
        problems += [_at_its_control(one, names) for one in said]
    # A box that was unticked is not sent: what the form began with must not come back.
    values = {control.name: "" for group in groups_of(bench) for control in group.controls} | dict(answers.values)
    page = _page(bench, FormView(values, tuple(problems)), hidden, refusal, happened)
    status = refusal.status if refusal is not None else 400 if problems else 200
    return render(request, "matters/act.html", page, status=status)


def _of_paper(problem: FieldProblem) -> FieldProblem:
    """Return the problem of a document at the control of its text, or at the box of the document."""
    return FieldProblem(
        f"{MAKE}-{problem.path.replace('.', '-')}".removesuffix("-"), problem.code, problem.message, problem.remedy
    )


def _at_its_control(problem: FieldProblem, names: set[str]) -> FieldProblem:
    """Return the problem at the control of its field, or above the form where none has that name."""
    last = problem.path.rpartition(".")[2]
    place = last if last in names else ""
    return FieldProblem(place, problem.code, problem.message, problem.remedy)


ROUTES: list[BaseRoute] = [
    Route(ACT, act_form, methods=["GET"], name="matter_act_form"),
    Route(ACT, act, methods=["POST"], name="matter_act"),
]
