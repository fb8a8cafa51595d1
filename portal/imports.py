"""Importing lists, for the staffing office: the batches, and the upload of files (L8; 003-20, 003-24)."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.profiles import load_profiles
from portal import asking
from portal.forms import FormView, limited, read_form, text_value
from portal.identity import site_of
from portal.labels import mark
from portal.rendering import render
from resolvers import batches
from resolvers.batches import BatchView, KeptGovernment, Proposal, SourceFile
from resolvers.errors import FieldProblem, InvalidInput, Refusal
from resolvers.reading import Page
from resolvers.workbook_guards import ListFileRefused

MOST_FILES = 20
# What a form adds to the files themselves: its fields and the boundaries between them.
FORM_BYTES = 1_000_000
ACCEPTED = ".xls,.xlsx,.xlsm,.et,.ods,.csv,.txt,.json,.jsonl"
BATCH_STATES: Mapping[str, str] = {
    "draft": mark("待审核"),
    "confirmed": mark("已入库"),
    "discarded": mark("已作废"),
}
BATCH_KINDS: Mapping[str, str] = {
    "import": mark("清单导入"),
    "adjustment": mark("动态调整"),
    "correction": mark("更正"),
}
FATES: Mapping[str, str] = {
    "new": mark("新增"),
    "changed": mark("变更"),
    "attention": mark("待核对"),
    "refused": mark("不予收录"),
    "identical": mark("一致"),
    "continuation": mark("续行"),
    "passed_over": mark("非事项行"),
}


class UploadTooLarge(Refusal):
    """More was sent than may be uploaded."""

    code = "UPLOAD_TOO_LARGE"
    status = 413


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in the list, with its words."""

    batch: BatchView
    state: str
    kind: str
    figures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """The list of batches."""

    lines: tuple[BatchLine, ...]
    previous: str
    following: str
    may_propose: bool


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form for files and options."""

    form: FormView
    governments: tuple[KeptGovernment, ...]
    bodies: tuple[tuple[str, str], ...]
    profiles: tuple[tuple[str, str], ...]
    profile: str
    today: date
    limit_megabytes: int
    most_files: int
    accepted: str


def figures(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the counts by fate that a reader wants to see, in the order of the fates."""
    return tuple((fate, counts[fate]) for fate in FATES if counts.get(fate))


def _titled(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((FATES[fate], count) for fate, count in figures(counts))


async def batch_list(request: Request) -> Response:
    """Show the batches that the actor may read, the newest first."""
    ctx = request.state.context
    found: Page[BatchView] = await batches.list_batches(ctx, asking.page_request(request))
    lines = tuple(
        BatchLine(one, BATCH_STATES[one.state], BATCH_KINDS[one.kind], _titled(one.counts)) for one in found.rows
    )
    try:
        may_propose = bool(await batches.keepers(ctx))
    except Refusal:
        may_propose = False
    return render(request, "imports/list.html", BatchesPage(lines, *asking.neighbours(request, found), may_propose))


async def upload_form(request: Request) -> Response:
    """Show the form for a new batch."""
    return _form_page(request, FormView(), await batches.keepers(request.state.context))


def _form_page(
    request: Request, form: FormView, governments: tuple[KeptGovernment, ...], status: int = 200
) -> Response:
    ctx = request.state.context
    bodies = [(code, f"{name}（{one.name}）") for one in governments for code, name in one.bodies]
    page = UploadPage(
        form=form,
        governments=governments,
        bodies=tuple(bodies),
        profiles=tuple((one.id, one.name) for one in load_profiles().values()),
        profile=ctx.profile.id,
        today=ctx.today,
        limit_megabytes=site_of(request).upload_limit_bytes // 1_000_000,
        most_files=MOST_FILES,
        accepted=ACCEPTED,
    )
    return render(request, "imports/upload.html", page, status=status)


async def upload(request: Request) -> Response:
    """Take files, propose a batch, and go to its review; what is wrong is told on the form."""
    ctx = request.state.context
    # The right is asked for before a single byte of a file is taken.
    governments = await batches.keepers(ctx)
    form = await read_form(_limited(request), max_files=MOST_FILES)
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        with tempfile.TemporaryDirectory(prefix="yangguang-upload-") as folder:
            files = await _stored(form, Path(folder), site_of(request).upload_limit_bytes)
            number = await batches.propose(ctx, _proposal(form, ctx.today, site_of(request).list_mappings), files)
    except Refusal as refusal:
        if refusal.status in (401, 403):
            raise
        about_files = isinstance(refusal, ListFileRefused | UploadTooLarge)
        told = FieldProblem("files" if about_files else "", refusal.code, refusal.message, refusal.remedy)
        problems = refusal.problems or (told,)
        return _form_page(request, FormView(values, problems), governments, status=refusal.status)
    finally:
        await form.close()
    return RedirectResponse(f"/desk/imports/{number}", status_code=303)


def _proposal(form: FormData, today: date, mappings: tuple[Path, ...]) -> Proposal:
    """Read the options of a batch; a wrong day is told at its field."""
    text = text_value(form, "valid_from", 20) or today.isoformat()
    try:
        valid_from = date.fromisoformat(text)
    except ValueError as error:
        problem = FieldProblem("valid_from", "NOT_A_DAY", f"“{text}”不是有效的日期。", "请按 2026-01-31 的样式填写。")
        raise InvalidInput(problem.message, problem.remedy, (problem,)) from error
    return Proposal(
        government=text_value(form, "government", 20),
        valid_from=valid_from,
        body=text_value(form, "body", 80),
        profile=text_value(form, "profile", 60),
        level_policy="attention" if form.get("level_asks") else "keep",
        create_bodies=bool(form.get("create_bodies")),
        title=text_value(form, "title", 200),
        reason=text_value(form, "reason", 500),
        mappings=mappings,
    )


async def _stored(form: FormData, folder: Path, limit: int) -> Sequence[SourceFile]:
    """Write the uploaded files to disk, each under a name of ours; its own name is only told."""
    uploads = [value for value in form.getlist("files") if isinstance(value, UploadFile) and value.filename]
    files = []
    for number, one in enumerate(uploads):
        name = PurePath((one.filename or "").replace("\\", "/")).name[:200]
        if (one.size or 0) > limit:
            raise UploadTooLarge(f"文件“{name}”超过 {limit // 1_000_000} MB。", "请拆分文件，或用命令行导入。")
        path = folder / str(number)
        await asyncio.to_thread(_copy, one, path)
        files.append(SourceFile(name, path))
    return files


def _copy(upload: UploadFile, path: Path) -> None:
    upload.file.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(upload.file, target, 1 << 20)


def _limited(request: Request) -> Request:
    """Return the same request with a body that ends in ``UploadTooLarge`` beyond the site's limit."""
    limit = site_of(request).upload_limit_bytes + FORM_BYTES
    megabytes = limit // 1_000_000
    refusal = UploadTooLarge(f"提交的内容超过 {megabytes} MB。", "请减少文件后重试；较大的清单可以用命令行导入。")
    return limited(request, limit, refusal)


ROUTES: list[BaseRoute] = [
    Route("/desk/imports", batch_list, methods=["GET"], name="imports"),
    Route("/desk/imports", upload, methods=["POST"], name="import_upload"),
    Route("/desk/imports/new", upload_form, methods=["GET"], name="import_new"),
]
