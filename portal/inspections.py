"""Supervision inspections on the desk 监督检查: the ledger, a plan, the draw that anybody can do again, sheets, result, clues (S9)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.supervision.inspections import InspectionContents, load_inspections
from portal import asking
from portal import supervision_words as words
from portal.forms import FormView, read_form, text_value
from portal.rendering import render
from portal.supervision import AREA, SHOWN, csv_headers, csv_lines
from resolvers import inspections, supervision
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.inspections_values import InspectionFilter, InspectionPlan, InspectionRow, InspectionView, Sheet

INSPECTIONS: Final = f"{AREA}/inspections"
TEXTS: Final = ("key", "title", "way", "content", "team", "first_day", "last_day", "sample_size")


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The ledger 台账."""

    rows: tuple[InspectionRow, ...]
    contents: InspectionContents
    states: Mapping[str, str]
    where: InspectionFilter
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The form of a plan."""

    form: FormView
    contents: InspectionContents
    bodies: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet that can be filled in: of a drawn matter, or of a body as a whole."""

    key: str
    title: str
    body: str
    matter_id: int | None
    sheets: Mapping[str, Sheet]

    @property
    def problems(self) -> int:
        """How many points have a problem."""
        return sum(one.verdict == "problem" for one in self.sheets.values())


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """One inspection; ``again`` says that drawing once more gave the same lots."""

    view: InspectionView
    again: bool
    parts: tuple[SheetPart, ...]
    open_part: str
    contents: InspectionContents
    states: Mapping[str, str]
    names: Mapping[str, str]
    form: FormView


async def ledger(request: Request) -> Response:
    """Show the ledger."""
    contents = load_inspections()
    where = InspectionFilter(
        state=next(iter(asking.choices(request, "state", words.INSPECTION_STATES)), ""),
        content=next(iter(asking.choices(request, "content", [one.code for one in contents.groups])), ""),
        body=asking.text(request, "body", 100),
    )
    found = await inspections.inspections(request.state.context, where, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    page = LedgerPage(found.rows, contents, words.INSPECTION_STATES, where, previous, following)
    return render(request, "inspections/ledger.html", page)


async def new(request: Request) -> Response:
    """Show the form of a plan."""
    supervision.must_supervise(request.state.context)
    return await _plan_page(request, FormView({"key": uuid4().hex, "sample_size": "20"}))


async def _plan_page(request: Request, form: FormView, chosen: tuple[str, ...] = (), status: int = 200) -> Response:
    bodies = await supervision.inspected_bodies(request.state.context)
    return render(request, "inspections/plan.html", PlanPage(form, load_inspections(), bodies, chosen), status=status)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _several(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(str(one)[:60] for one in form.getlist(name)[:100])


async def plan(request: Request) -> Response:
    """Plan an inspection, or show the form again with what is wrong."""
    form = await read_form(request)
    values = {name: text_value(form, name, 600) for name in TEXTS}
    size = values["sample_size"]
    wanted = InspectionPlan(
        key=values["key"],
        title=values["title"],
        way=values["way"],
        methods=_several(form, "methods"),
        content=values["content"],
        bodies=_several(form, "bodies"),
        team=tuple(one.strip() for one in values["team"].replace("、", "\n").splitlines() if one.strip()),
        first_day=_day(values["first_day"]),
        last_day=_day(values["last_day"]),
        sample_size=int(size) if size.isascii() and size.isdigit() and len(size) < 6 else 0,
    )
    try:
        made = await inspections.plan(request.state.context, wanted)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        chosen = (*wanted.bodies, *wanted.methods)
        return await _plan_page(request, FormView(values, problems), chosen, refused.status)
    return RedirectResponse(f"{INSPECTIONS}/{made}", 303, {"Cache-Control": "no-store"})


async def inspection(request: Request) -> Response:
    """Show an inspection."""
    return await _page(request, FormView())


async def _page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    view = await inspections.inspection(ctx, int(request.path_params["inspection"]))
    names = dict(await supervision.inspected_bodies(ctx))
    found = [
        SheetPart(f"s{one.id}", f"{one.number} {one.title}", one.body_code, one.matter_id, _of(view, one.id, ""))
        for one in view.samples
    ]
    found += [
        SheetPart(f"b{code}", names.get(code, code), code, None, _of(view, None, code)) for code in view.row.bodies
    ]
    open_part = form.value("part") or asking.text(request, "part", 30)
    again = await inspections.drawn_again(ctx, view.row, view.beacon, [one.number for one in view.samples])
    shown = (load_inspections(), words.INSPECTION_STATES, names, form)
    page = InspectionPage(view, again, tuple(found), open_part, *shown)
    return render(request, "inspections/inspection.html", page, status=status)


async def frame(request: Request) -> Response:
    """Send everything that an inspection draws from as CSV, so that anybody who may see it can draw again."""
    found = await inspections.frame(request.state.context, int(request.path_params["inspection"]))
    pieces = _pieces(found)
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=csv_headers("frame.csv"))


async def _pieces(found: AsyncIterator[tuple[str, ...]]) -> AsyncIterator[str]:
    yield "\ufeff" + csv_lines([("办件编号",)])
    async for numbers in found:
        yield csv_lines([(one,) for one in numbers])


def _of(view: InspectionView, sample: int | None, body: str) -> dict[str, Sheet]:
    return {
        one.point: one
        for one in view.sheets
        if one.sample_id == sample and (sample is not None or one.body_code == body)
    }


async def act(request: Request) -> Response:
    """Draw, fill a sheet in, or close; shows the inspection again with what is wrong."""
    form, ctx, number = await read_form(request), request.state.context, int(request.path_params["inspection"])
    do, part = text_value(form, "do", 10), text_value(form, "part", 30)
    values = {"part": part, "result": text_value(form, "result", 2100)}
    group = load_inspections().groups
    entries = []
    for point in dict.fromkeys(one.code for each in group for one in each.points):
        verdict, note = text_value(form, f"verdict-{point}", 20), text_value(form, f"note-{point}", 2100)
        values |= {f"verdict-{point}": verdict, f"note-{point}": note}
        if verdict:
            entries.append((point, verdict, note))
    try:
        if do == "draw":
            await inspections.draw_samples(ctx, number)
        elif do == "close":
            await inspections.close(ctx, number, values["result"])
        else:
            sample = int(part[1:]) if part[:1] == "s" and part[1:].isascii() and part[1:].isdigit() else None
            await inspections.note(ctx, number, "" if sample else part[1:], sample, entries)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await _page(request, FormView(values, problems), refused.status)
    return RedirectResponse(f"{INSPECTIONS}/{number}", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(INSPECTIONS, ledger, methods=["GET"], name="inspections"),
    Route(f"{INSPECTIONS}/new", new, methods=["GET"], name="inspection_new"),
    Route(f"{INSPECTIONS}/new", plan, methods=["POST"], name="inspection_plan"),
    Route(f"{INSPECTIONS}/{{inspection:int}}", inspection, methods=["GET"], name="inspection"),
    Route(f"{INSPECTIONS}/{{inspection:int}}/frame.csv", frame, methods=["GET"], name="inspection_frame"),
    Route(f"{INSPECTIONS}/{{inspection:int}}", act, methods=["POST"], name="inspection_act"),
]
