"""The desk of supervised handling 督办: cases, opening one from alerts or of one's own knowledge, and the finding."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.supervision.violations import Responsible, Violation, load_violations
from portal import asking
from portal import supervision_words as words
from portal.forms import FormView, read_form, text_value
from portal.matters_words import PHASES, URGENCY_SIGNS
from portal.rendering import render
from portal.supervision import AREA, SHOWN
from resolvers import complaints, inspections, matters, supervision
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.matters import MatterFilter, MatterRow, MatterView
from resolvers.supervision import AlertFilter, AlertRow, CaseDraft, CaseFinding, CaseOpening

KIND: Final = "supervision_case"
FIELDS: Final = ("title", "undertaker", "content", "requirement", "finish_on", "source", "origin", "alerts", "key")
COMPLAINED: Final = "投诉举报反映事项的核查"
MOST_AT_ONCE: Final = 100
LONGEST_NUMBER: Final = 19
RESPONSIBLE: Final = 3
"""So many lines for people whose responsibility it is; more are written in the reasons."""


@dataclass(frozen=True, slots=True)
class CasesPage:
    """Supervision cases, the latest first."""

    rows: tuple[MatterRow, ...]
    phases: Mapping[str, str]
    signs: Mapping[str, str]
    may_open: bool
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class NewCasePage:
    """The form of a new case with the alerts that it follows up."""

    form: FormView
    alerts: tuple[AlertRow, ...]
    bodies: tuple[tuple[str, str], ...]
    sources: Mapping[str, str]
    grades: Mapping[str, str]
    signs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """The form of a finding."""

    view: MatterView
    form: FormView
    alerts: tuple[AlertRow, ...]
    results: tuple[tuple[str, str], ...]
    measures: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]
    violations: tuple[Violation, ...]
    responsibilities: tuple[tuple[str, str], ...]
    follow_ups: tuple[tuple[str, str], ...]
    lines: tuple[int, ...]
    may_find: bool


async def cases(request: Request) -> Response:
    """Show supervision cases."""
    ctx = request.state.context
    body, since = asking.text(request, "found_of", 100), asking.day(request, "from")
    where = MatterFilter(kind=(KIND,), found_of=body if since else "", found_since=since if body else None)
    found = await matters.list_matters(ctx, where, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    may_open = supervision.may_open_cases(ctx)
    page = CasesPage(found.rows, PHASES, dict(URGENCY_SIGNS), may_open, previous, following)
    return render(request, "supervision/cases.html", page)


async def _asked(request: Request, numbers: str) -> tuple[AlertRow, ...]:
    """Return the alerts that an address or a form names; those that may not be seen are left out."""
    given = numbers.split(",")[:MOST_AT_ONCE]
    ids = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < LONGEST_NUMBER]
    return await supervision.alerts_of(request.state.context, ids) if ids else ()


async def _new_page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    alerts = await _asked(request, form.value("alerts"))
    page = NewCasePage(form, alerts, await supervision.undertakers(ctx), words.SOURCES, words.GRADES, words.GRADE_SIGNS)
    return render(request, "supervision/new.html", page, status=status)


async def new(request: Request) -> Response:
    """Show the form of a new case; alerts that the address names are filled in."""
    supervision.must_supervise(request.state.context)
    numbers = ",".join(one for one in request.query_params.getlist("alert") if one.isascii() and one.isdigit())
    alerts = await _asked(request, numbers)
    values = {"key": uuid4().hex, "alerts": ",".join(str(one.id) for one in alerts), "source": "own"}
    if alerts:
        values |= {
            "source": "alert",
            "undertaker": alerts[0].body_code,
            "title": supervision.case_title(f"{alerts[0].body_name}：{alerts[0].rule_name}"),
            "content": "\n".join(f"{one.matter_number or one.subject_key}：{one.message}" for one in alerts),
        }
    if (inspection := asking.number(request, "inspection", 1, 2**62)) is not None:
        values |= _begun(
            await inspections.case_draft(request.state.context, inspection, asking.text(request, "body", 20))
        )
    if alerts and asking.text(request, "proposal", 3) == "on":
        values |= _begun(await supervision.proposed_case(request.state.context, alerts[0].id))
    if (complaint := asking.number(request, "complaint", 1, 2**62)) is not None:
        values |= await _complained(request, complaint)
    return await _new_page(request, FormView(values))


def _begun(draft: CaseDraft | None) -> dict[str, str]:
    """Return the beginning of a case as the form shows it; what the draft leaves open is left as it is."""
    return {name: str(one) for name, one in asdict(draft).items() if one} if draft else {}


async def _complained(request: Request, number: int) -> dict[str, str]:
    """Return what a case begins with that follows a complaint up: nothing of its words, which the body is not to read (000-16)."""
    row = (await complaints.complaint(request.state.context, number)).row
    return {
        "source": "complaint",
        "origin": row.number,
        "undertaker": row.about_body or row.body_code,
        "title": COMPLAINED,
    }


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


async def open_case(request: Request) -> Response:
    """Open a case, or show the form again with what is wrong."""
    form = await read_form(request)
    values = {name: text_value(form, name, 6000) for name in FIELDS}
    numbers = tuple(int(one) for one in values["alerts"].split(",") if one.isascii() and one.isdigit())
    opening = CaseOpening(
        key=values["key"],
        title=values["title"],
        undertaker=values["undertaker"],
        content=values["content"],
        requirement=values["requirement"],
        finish_on=_day(values["finish_on"]),
        source=values["source"],
        origin=values["origin"],
        alerts=numbers,
    )
    try:
        done = await supervision.open_case(request.state.context, opening)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await _new_page(request, FormView(values, problems), refused.status)
    return RedirectResponse(f"/desk/matters/{done.matter_id}", 303, {"Cache-Control": "no-store"})


async def _finding_page(request: Request, form: FormView, chosen: tuple[str, ...] = (), status: int = 200) -> Response:
    ctx, number = request.state.context, int(request.path_params["matter"])
    view = await matters.matter(ctx, number)
    if view.row.kind != KIND:
        return RedirectResponse(f"/desk/matters/{number}", 303, {"Cache-Control": "no-store"})
    catalogue, procedure = load_violations(), view.book.procedure
    alerts = await supervision.all_alerts(ctx, AlertFilter(case_is=number))
    page = FindingPage(
        view=view,
        form=form,
        alerts=alerts,
        results=tuple((code, one.name) for code, one in procedure.results.items()),
        measures=tuple((code, one.name) for code, one in procedure.measures.items()),
        chosen=chosen,
        violations=catalogue.violations,
        responsibilities=tuple(catalogue.responsibilities.items()),
        follow_ups=tuple((catalogue.team_measures | catalogue.person_measures).items()),
        lines=tuple(range(1, RESPONSIBLE + 1)),
        may_find="find" in view.row.steps,
    )
    return render(request, "supervision/finding.html", page, status=status)


async def finding(request: Request) -> Response:
    """Show the form of a finding."""
    by = await supervision.usual_rectification(request.state.context)
    return await _finding_page(request, FormView({"key": uuid4().hex, "rectify_by": by.isoformat()}))


def _responsible(form: FormData) -> tuple[Responsible, ...]:
    found = []
    for line in range(1, RESPONSIBLE + 1):
        kind, who, measure = (text_value(form, f"{name}{line}", 100) for name in ("kind", "who", "measure"))
        if kind or who:
            found.append(Responsible(kind=kind or "direct", who=who, measure=measure))
    return tuple(found)


async def find(request: Request) -> Response:
    """Make a finding, or show the form again with what is wrong."""
    form = await read_form(request)
    number = int(request.path_params["matter"])
    names = ["key", "result", "reasons", "violation", "rectify_by", "seen"]
    names += [f"{name}{line}" for name in ("kind", "who", "measure") for line in range(1, RESPONSIBLE + 1)]
    values = {name: text_value(form, name, 6000) for name in names}
    known = load_violations()
    measures = tuple(dict.fromkeys(str(one)[:60] for one in form.getlist("measures")))
    try:
        responsible = _responsible(form)
        made = CaseFinding(
            key=values["key"] or uuid4().hex,
            result=values["result"],
            reasons=values["reasons"],
            violation=values["violation"] if known.violation(values["violation"]) else "",
            measures=measures,
            responsible=responsible,
            rectify_by=_day(values["rectify_by"]) if "rectify" in measures else None,
        )
        await supervision.find_case(request.state.context, number, made)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except (Refusal, ValueError) as refused:
        told = refused if isinstance(refused, Refusal) else InvalidInput("责任划分有误。", "请改正后重新提交。")
        problems = told.problems or (FieldProblem("", told.code, told.message, told.remedy),)
        return await _finding_page(request, FormView(values, problems), measures, told.status)
    return RedirectResponse(f"/desk/matters/{number}", 303, {"Cache-Control": "no-store"})


CASES: Final = f"{AREA}/cases"
ROUTES: list[BaseRoute] = [
    Route(CASES, cases, methods=["GET"], name="supervision_cases"),
    Route(f"{CASES}/new", new, methods=["GET"], name="supervision_case_form"),
    Route(f"{CASES}/new", open_case, methods=["POST"], name="supervision_case_open"),
    Route(f"{CASES}/{{matter:int}}/finding", finding, methods=["GET"], name="supervision_finding_form"),
    Route(f"{CASES}/{{matter:int}}/finding", find, methods=["POST"], name="supervision_finding"),
]
