"""Receipts 记录凭证 in the hall: the block shown after every act of a citizen, and the page that looks one up (003-33).

Asking changes nothing and needs no cookie. What is no receipt of ours is one answer, whatever is wrong with it.
"""

from dataclasses import dataclass
from typing import Final

import segno
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.proof.receipts import LONGEST_RECEIPT
from portal.forms import ForgedForm, FormTooLarge, FormView, limited, same_origin
from portal.identity import site_of
from portal.rendering import render
from portal.tools import Tool, tools
from resolvers import receipts
from resolvers.archives import InTheArchive
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound
from resolvers.log_folder import LogFolder
from resolvers.receipts import LostWithLog, RecordAltered

FORM_BYTES: Final = 60_000
SAVE, SAVE_PROOF = "save", "save-proof"


@dataclass(frozen=True, slots=True)
class Block:
    """A receipt as it is shown: its text, and the same text as a QR code."""

    text: str
    drawing: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The form, and what was found: ``waiting``, ``proven``, ``archived``, ``lost`` or ``altered``; empty before anything was sent."""

    form: FormView
    state: str
    text: str
    proof: str
    """The proof; for ``archived`` the name of the bundle, for ``lost`` that of the log."""
    tools: tuple[Tool, ...]


def block(text: str) -> Block | None:
    """Return the block of a receipt; None where none was given."""
    if not text:
        return None
    return Block(text, segno.make(text, error="l", micro=False).svg_data_uri(scale=4, border=4, light="#ffffff"))


def _tools(request: Request) -> tuple[Tool, ...]:
    return tools(LogFolder(site_of(request).state_folder / "log"))


async def look(request: Request) -> Response:
    """Show the form."""
    return _page(request, ReceiptPage(FormView(), "", "", "", _tools(request)))


async def looked_up(request: Request) -> Response:
    """Say whether a receipt is ours and where its act stands, or send receipt or proof as a file."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=1)
    try:
        text, wish = await _text(form), form.get("do")
    finally:
        await form.close()
    ctx: Context = request.state.context
    state, proof = await _found(ctx, text)
    if state == "foreign":
        return _foreign(request, text)
    if wish == SAVE:
        return file_answer("receipt.txt", text)
    if wish == SAVE_PROOF and state == "proven":
        return file_answer("proof.txt", proof)
    return _page(
        request,
        ReceiptPage(FormView(), state, text, proof, _tools(request)),
        409 if state in {"altered", "lost"} else 200,
    )


async def _found(ctx: Context, text: str) -> tuple[str, str]:
    """Return what is known of a text, and the proof if there is one."""
    if ctx.issuer is None:
        return "foreign", ""
    try:
        proof = await receipts.proof(ctx, ctx.issuer, text)
    except NotFound:
        return "foreign", ""
    except InTheArchive as found:
        return "archived", found.where.name
    except LostWithLog as lost:
        return "lost", lost.origin
    except RecordAltered as error:
        receipts.alarm(error)
        return "altered", ""
    return ("proven", proof) if proof else ("waiting", "")


async def _text(form: FormData) -> str:
    """Return the receipt that was pasted or uploaded, as it was given: mail and editors change the ends of lines."""
    given = form.get("file")
    content = await given.read(FORM_BYTES) if isinstance(given, UploadFile) else b""
    pasted = form.get("receipt")
    text = content.decode("utf-8", "replace") if content else pasted if isinstance(pasted, str) else ""
    return text.lstrip("\ufeff \r\n\t").replace("\r\n", "\n").rstrip() + "\n"


def _foreign(request: Request, text: str) -> Response:
    told = FieldProblem(
        "receipt",
        "NOT_FOUND",
        "这不是本系统出具的记录凭证，或者内容不完整、被改动过。",
        "请从当时保存的文件中完整复制，一个字符也不能少；入库证明和案卷导出请用核验工具核验。",
    )
    form = FormView({"receipt": text.strip()[:LONGEST_RECEIPT]}, (told,))
    return _page(request, ReceiptPage(form, "", "", "", _tools(request)), 422)


def _page(request: Request, page: ReceiptPage, status: int = 200) -> Response:
    response = render(request, "receipts/look.html", page, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_answer(name: str, text: str) -> Response:
    """Return a text that is to be saved, and that nothing on its way may keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(text, media_type="text/plain", headers=headers)


ROUTES: list[BaseRoute] = [
    Route("/receipt", look, methods=["GET"], name="receipt"),
    Route("/receipt", looked_up, methods=["POST"], name="receipt_found"),
]
