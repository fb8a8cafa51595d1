"""Reviewing a batch: counts by fate, rows with reasons and differences, decisions, options, mending one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.powers import PowerContent
from domain.profiles import load_profiles
from portal import asking
from portal.forms import FormView, read_form, text_value
from portal.imports import BATCH_KINDS, BATCH_STATES, FATES, figures
from portal.labels import mark
from portal.rendering import render
from resolvers import batches
from resolvers.batches import BatchOptions, BatchRowView, BatchView, Enters, RowFilter
from resolvers.errors import FieldProblem, InvalidInput, Refusal
from resolvers.reading import PageRequest

ROWS = 50
# More than so many missing items are not counted for the review page.
MISSING_COUNTED = 200
SEVERITIES: Mapping[str, str] = {
    "refuse": mark("拒绝"),
    "blocked": mark("须补正"),
    "attention": mark("须核对"),
    "note": mark("提示"),
}
DECISIONS: Mapping[str, str] = {"accepted": mark("采用"), "rejected": mark("不采用"), "": ""}
# Colours of the bar, dark enough for white and each with its own pattern of words beside it in the table.
FATE_COLOURS: Mapping[str, str] = {
    "new": "#1d6b3a",
    "changed": "#1f5f99",
    "attention": "#8a5a00",
    "refused": "#a3271b",
    "identical": "#5b6770",
    "continuation": "#8b98a1",
    "passed_over": "#b8c1c7",
}


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of the bar: where it begins and how wide it is, of 1000."""

    fate: str
    count: int
    start: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class FateLine:
    """A fate in the table of counts, with the address that shows its rows."""

    fate: str
    title: str
    count: int
    colour: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row with its words."""

    row: BatchRowView
    fate: str
    outcome: str
    decision: str
    decidable: bool
    acceptable: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A batch under review."""

    batch: BatchView
    state: str
    kind: str
    profile: str
    body: str
    total: int
    bar: tuple[BarPart, ...]
    fates: tuple[FateLine, ...]
    enters: Enters
    lines: tuple[RowLine, ...]
    filtered: str
    previous: str
    following: str
    missing: int
    missing_more: bool
    bodies: tuple[tuple[str, str], ...]
    form: FormView
    open: bool
    severities: Mapping[str, str] = field(default_factory=lambda: SEVERITIES)


@dataclass(frozen=True, slots=True)
class RowPage:
    """One row in full: everything it says, its differences and problems, and the form that mends it."""

    batch: BatchView
    line: RowLine
    said: tuple[tuple[str, str], ...]
    form: FormView
    categories: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]
    open: bool
    severities: Mapping[str, str] = field(default_factory=lambda: SEVERITIES)


def number_of(request: Request) -> int:
    """Return the batch's number in the path."""
    return int(request.path_params["number"])


def _line(row: BatchRowView) -> RowLine:
    decidable = row.fate in ("new", "changed", "attention") and row.role in ("item", "unassigned")
    blocked = any(problem.severity in ("blocked", "refuse") for problem in row.problems)
    acceptable = row.fate == "attention" and row.role == "item" and not blocked
    return RowLine(row, FATES[row.fate], FATES.get(row.outcome, ""), DECISIONS[row.decision], decidable, acceptable)


def _bar(batch: BatchView) -> tuple[BarPart, ...]:
    total, start = max(batch.rows, 1), 0.0
    parts = []
    for fate, count in figures(batch.counts):
        width = 1000 * count / total
        parts.append(BarPart(fate, count, round(start, 2), round(width, 2), FATE_COLOURS[fate]))
        start += width
    return tuple(parts)


async def review(request: Request) -> Response:
    """Show a batch: counts, options, and its rows filtered by fate."""
    return await _review(request, FormView())


async def _review(request: Request, form: FormView, status: int = 200) -> Response:
    ctx, number = request.state.context, number_of(request)
    batch = await batches.batch(ctx, number)
    fates = asking.choices(request, "fate", FATES)
    where = RowFilter(fates=fates, decisions=("",) if "undecided" in request.query_params else ())
    asked = asking.page_request(request, size=ROWS) if request.method == "GET" else PageRequest(first=ROWS)
    found = await batches.rows(ctx, number, where, asked)
    missing = await batches.missing(ctx, number, MISSING_COUNTED + 1)
    lines = tuple(
        FateLine(
            fate, FATES[fate], count, FATE_COLOURS[fate], f"/desk/imports/{number}?fate={fate}#rows", fates == (fate,)
        )
        for fate, count in figures(batch.counts)
    )
    bodies = await _bodies(request, batch)
    # After a refused form the page stands under another address, from which no page follows.
    previous, following = asking.neighbours(request, found) if request.method == "GET" else ("", "")
    page = ReviewPage(
        batch=batch,
        state=BATCH_STATES[batch.state],
        kind=BATCH_KINDS[batch.kind],
        profile=next((one.name for one in load_profiles().values() if one.id == batch.profile), batch.profile),
        body=next((name for code, name in bodies if code == batch.options.get("body")), ""),
        total=batch.rows,
        bar=_bar(batch),
        fates=lines,
        enters=await batches.enters(ctx, number),
        lines=tuple(map(_line, found.rows)),
        filtered="、".join(FATES[fate] for fate in fates),
        previous=previous,
        following=following,
        missing=min(len(missing), MISSING_COUNTED),
        missing_more=len(missing) > MISSING_COUNTED,
        bodies=bodies,
        form=form,
        open=batch.state == "draft",
    )
    return render(request, "imports/review.html", page, status=status)


async def _bodies(request: Request, batch: BatchView) -> tuple[tuple[str, str], ...]:
    """Return the bodies that the batch's government has; a reader who may not propose sees none to choose."""
    try:
        kept = await batches.keepers(request.state.context)
    except Refusal:
        return ()
    return next((one.bodies for one in kept if one.division_code == batch.division_code), ())


def problems_of(refusal: Refusal) -> tuple[FieldProblem, ...]:
    """Return what a form shows for a refusal; one about rights goes on to the error page."""
    if refusal.status in (401, 403, 404):
        raise refusal
    return (FieldProblem("", refusal.code, refusal.message, refusal.remedy), *refusal.problems)


def _back(number: int, form: FormData, anchor: str = "rows") -> RedirectResponse:
    """Return to the rows that were shown before the act."""
    kept = {name: text_value(form, name, 2000) for name in ("fate", "after", "before")}
    query = urlencode({name: value for name, value in kept.items() if value})
    return RedirectResponse(f"/desk/imports/{number}{'?' if query else ''}{query}#{anchor}", status_code=303)


async def decide(request: Request) -> Response:
    """Accept or reject the chosen rows, or take decisions back."""
    number, form = number_of(request), await read_form(request)
    decision = {"accept": "accepted", "reject": "rejected", "undo": ""}.get(text_value(form, "action", 20))
    try:
        if decision is None:
            raise InvalidInput("没有选择操作。", "请选择采用、不采用或撤回决定。")
        chosen = chosen_of(form, "row")
        await batches.decide(request.state.context, number, chosen, decision, text_value(form, "reason", 500))  # type: ignore[arg-type]
    except Refusal as refusal:
        values = {"reason": text_value(form, "reason", 500)}
        return await _review(request, FormView(values, problems_of(refusal)), status=refusal.status)
    return _back(number, form)


def chosen_of(form: FormData, name: str) -> list[int]:
    """Return the numbers of ticked boxes; raises ``InvalidInput`` when none is ticked."""
    texts = [value for value in form.getlist(name) if isinstance(value, str)]
    found = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]
    if not found:
        raise InvalidInput("没有选择任何一行。", "请先勾选要处理的行。")
    return found


async def options(request: Request) -> Response:
    """Evaluate the batch again, with other options or against the library as it is now."""
    number, form = number_of(request), await read_form(request)
    given = BatchOptions(
        body=text_value(form, "body", 80),
        level_policy="attention" if form.get("level_asks") else "keep",
        create_bodies=bool(form.get("create_bodies")),
    )
    try:
        await batches.refresh(request.state.context, number, given)
    except Refusal as refusal:
        return await _review(request, FormView({}, problems_of(refusal)), status=refusal.status)
    return RedirectResponse(f"/desk/imports/{number}", status_code=303)


async def row_page(request: Request) -> Response:
    """Show one row in full."""
    return await _row_page(request, FormView())


async def _row_page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx, number = request.state.context, number_of(request)
    batch = await batches.batch(ctx, number)
    row = await batches.row(ctx, number, min(int(request.path_params["seq"]), 2**31 - 1))
    profile = load_profiles().get(batch.profile, ctx.profile)
    page = RowPage(
        batch=batch,
        line=_line(row),
        said=tuple(_said(row.content or {})),
        form=form,
        categories=tuple((one.code, one.name) for one in profile.categories),
        levels=tuple((one.code, one.name) for one in profile.levels),
        bodies=await _bodies(request, batch),
        open=batch.state == "draft",
    )
    return render(request, "imports/row.html", page, status=status)


def _said(content: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what a row says as titles and texts, in the order of the content's fields."""
    told = []
    for name, info in PowerContent.model_fields.items():
        if content.get(name):
            told.append((info.title or name, _words(content[name])))
    return told


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_words(one) for one in value)
    if isinstance(value, dict):
        texts = [str(value["text"])] if value.get("text") else [f"{name}：{_words(one)}" for name, one in value.items()]
        heading = f"{value['heading']}：" if value.get("heading") else ""
        return heading + "\n".join(texts)
    return str(value)


async def mend(request: Request) -> Response:
    """Fill in what a row lacks, and decide about it."""
    number, form = number_of(request), await read_form(request)
    seq = min(int(request.path_params["seq"]), 2**31 - 1)
    fields = ("name", "sub_item", "category", "body", "level", "code")
    values = {name: text_value(form, name, 1000) for name in fields}
    mended = {name: value for name, value in values.items() if value}
    action = text_value(form, "action", 20)
    ctx = request.state.context
    try:
        if action == "mend":
            if not mended:
                raise InvalidInput("没有填写任何内容。", "请至少补正一项。")
            await batches.decide(ctx, number, [seq], "", mended=mended)
        elif action in ("accept", "reject", "undo"):
            words = {"accept": "accepted", "reject": "rejected", "undo": ""}
            await batches.decide(ctx, number, [seq], words[action], text_value(form, "reason", 500))  # type: ignore[arg-type]
        else:
            raise InvalidInput("没有选择操作。", "请选择补正、采用或不采用。")
    except Refusal as refusal:
        shown = {**values, "reason": text_value(form, "reason", 500)}
        return await _row_page(request, FormView(shown, problems_of(refusal)), status=refusal.status)
    return RedirectResponse(f"/desk/imports/{number}/rows/{seq}", status_code=303)


async def to_review(request: Request) -> Response:
    """Lead whoever comes back to the address of a form to the batch itself."""
    return RedirectResponse(f"/desk/imports/{number_of(request)}", status_code=303)


BATCH = "/desk/imports/{number:int}"
ROUTES: list[BaseRoute] = [
    Route(BATCH, review, methods=["GET"], name="import"),
    Route(f"{BATCH}/rows", decide, methods=["POST"], name="import_decide"),
    Route(f"{BATCH}/rows", to_review, methods=["GET"], name="import_decided"),
    Route(f"{BATCH}/rows/{{seq:int}}", row_page, methods=["GET"], name="import_row"),
    Route(f"{BATCH}/rows/{{seq:int}}", mend, methods=["POST"], name="import_mend"),
    Route(f"{BATCH}/options", options, methods=["POST"], name="import_options"),
    Route(f"{BATCH}/options", to_review, methods=["GET"], name="import_optioned"),
    Route(f"{BATCH}/discard", to_review, methods=["GET"], name="import_discarded"),
]
