"""Closing a batch: what the list no longer has, the second look, confirming, discarding, and the report."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portal.forms import FormView, read_form, text_value
from portal.imports_review import BATCH, chosen_of, number_of, problems_of
from portal.rendering import render
from resolvers import batches
from resolvers.batches import BatchView, Enters, MissingItem
from resolvers.errors import FieldProblem, InvalidInput, Refusal

MISSING_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """The second look: what a confirmation would do."""

    batch: BatchView
    enters: Enters
    by_body: tuple[tuple[str, int], ...]
    form: FormView


@dataclass(frozen=True, slots=True)
class MissingPage:
    """Items that the library holds and the list does not have."""

    batch: BatchView
    items: tuple[MissingItem, ...]
    more: bool
    form: FormView
    open: bool


async def missing_page(request: Request) -> Response:
    """Show what the list does not have any more."""
    return await _missing_page(request, FormView())


async def _missing_page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx, number = request.state.context, number_of(request)
    batch = await batches.batch(ctx, number)
    found = await batches.missing(ctx, number, MISSING_SHOWN + 1)
    page = MissingPage(batch, found[:MISSING_SHOWN], len(found) > MISSING_SHOWN, form, batch.state == "draft")
    return render(request, "imports/missing.html", page, status=status)


async def mark_missing(request: Request) -> Response:
    """Mark items for cancellation, or take all marks back."""
    number, form = number_of(request), await read_form(request)
    reason, basis = text_value(form, "reason", 500), text_value(form, "basis", 500)
    try:
        chosen = chosen_of(form, "item") if text_value(form, "action", 20) == "mark" else []
        await batches.mark_for_cancellation(request.state.context, number, chosen, reason, basis)
    except Refusal as refusal:
        values = {"reason": reason, "basis": basis}
        return await _missing_page(request, FormView(values, problems_of(refusal)), status=refusal.status)
    return RedirectResponse(f"/desk/imports/{number}/missing", status_code=303)


async def confirm_page(request: Request) -> Response:
    """Show what confirming would do, before it is done."""
    return await _confirm_page(request, FormView())


async def _confirm_page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx, number = request.state.context, number_of(request)
    batch = await batches.batch(ctx, number)
    enters = await batches.enters(ctx, number)
    page = ConfirmPage(batch, enters, tuple(enters.by_body.items()), form)
    return render(request, "imports/confirm.html", page, status=status)


async def confirm(request: Request) -> Response:
    """Confirm the batch; what changed since the review is told on the second look."""
    number, form = number_of(request), await read_form(request)
    try:
        if not form.get("read"):
            problem = FieldProblem("read", "NOT_READ", "请确认已核对。", "请勾选后再确认入库。")
            raise InvalidInput(problem.message, problem.remedy, (problem,))
        await batches.confirm(request.state.context, number)
    except Refusal as refusal:
        return await _confirm_page(request, FormView({}, problems_of(refusal)), status=refusal.status)
    return RedirectResponse(f"/desk/imports/{number}", status_code=303)


async def discard(request: Request) -> Response:
    """Discard the batch with a reason."""
    number, form = number_of(request), await read_form(request)
    reason = text_value(form, "reason", 500)
    try:
        await batches.discard(request.state.context, number, reason)
    except Refusal as refusal:
        return await _confirm_page(request, FormView({"reason": reason}, problems_of(refusal)), status=refusal.status)
    return RedirectResponse(f"/desk/imports/{number}", status_code=303)


async def report(request: Request) -> Response:
    """Send the full account as CSV."""
    ctx, number = request.state.context, number_of(request)
    await batches.batch(ctx, number)
    headers = {
        "Content-Disposition": f'attachment; filename="batch-{number}.csv"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(batches.report(ctx, number), media_type="text/csv; charset=utf-8", headers=headers)


ROUTES: list[BaseRoute] = [
    Route(f"{BATCH}/missing", missing_page, methods=["GET"], name="import_missing"),
    Route(f"{BATCH}/missing", mark_missing, methods=["POST"], name="import_mark_missing"),
    Route(f"{BATCH}/confirm", confirm_page, methods=["GET"], name="import_confirm_page"),
    Route(f"{BATCH}/confirm", confirm, methods=["POST"], name="import_confirm"),
    Route(f"{BATCH}/discard", discard, methods=["POST"], name="import_discard"),
    Route(f"{BATCH}/report.csv", report, methods=["GET"], name="import_report"),
]
