"""Reading the forms of complaints: in memory only, without a cookie, and with nothing left behind for the browser to keep.

Whoever files is not asked to keep a cookie: what such a form does is done by what it holds, and another site's form is
refused by where it comes from. Uploads are never spooled to the disk in the clear.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from secrets import token_urlsafe
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from domain.complaints import Filing, Identity
from portal.forms import ForgedForm, limited, same_origin, text_value
from resolvers.complaints import MOST_BYTES, MOST_FILES, Sent
from resolvers.errors import InvalidInput
from resolvers.file_store import FileTooLarge

KEY_BYTES: Final = 24
WHOLE: Final = MOST_BYTES * MOST_FILES + 1_000_000
FILES: Final = "files"
WHO: Final = ("name", "number", "phone", "email", "address")
FIELDS: Final = ("kind", "capacity", "about", "body", "item", "detail", "subject", "text", "consent", *WHO)


class _InMemory(MultiPartParser):
    """Keeps what is uploaded in memory; the whole is limited before."""

    spool_max_size = WHOLE


async def read(request: Request) -> FormData:
    """Read a form that was sent from one of our own pages. Raises ``ForgedForm``, ``InvalidInput``, ``FileTooLarge``."""
    if not same_origin(request):
        raise ForgedForm
    refusal = FileTooLarge(
        f"提交的内容合计超过 {WHOLE // 1_000_000} MB。", "请减少文件后重新提交，其余的可以凭查询码补充。"
    )
    bounded = limited(request, WHOLE, refusal)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await bounded.form(max_files=0)
    async with aclosing(bounded.stream()) as stream:
        try:
            return await _InMemory(request.headers, stream, max_files=MOST_FILES + 1, max_fields=60).parse()
        except MultiPartException as error:
            raise InvalidInput(
                "提交的表单不完整，或者文件过多。", f"一次最多{MOST_FILES}个文件，请重新提交。"
            ) from error


def values_of(form: FormData, names: Sequence[str] = FIELDS) -> dict[str, str]:
    """Return what was typed, by field."""
    return {name: text_value(form, name, 6_000) for name in names}


def sent_of(form: FormData) -> list[Sent]:
    """Return the files that were chosen."""
    chosen = [one for one in form.getlist(FILES) if isinstance(one, UploadFile) and one.filename]
    return [Sent(one.file, one.filename or "", one.content_type or "") for one in chosen]


def filing_of(values: Mapping[str, str]) -> Filing:
    """Return what a form files; a form of no choice chooses nothing, and the use-case says so."""
    told = values.get("capacity") != "anonymous"
    who = Identity(**{name: values.get(name, "") for name in WHO}) if told else Identity()
    return Filing(
        kind=values.get("kind", ""),
        capacity=values.get("capacity", ""),  # type: ignore[arg-type]
        about=values.get("about", ""),  # type: ignore[arg-type]
        text=values.get("text", ""),
        subject=values.get("subject", ""),
        body=values.get("body", ""),
        item=values.get("item", ""),
        detail=values.get("detail", ""),
        consent=values.get("consent") == "on",
        identity=who,
    )


def new_key() -> str:
    """Return a fresh key for a form."""
    return token_urlsafe(KEY_BYTES)


def unkept(response: Response) -> Response:
    """Return an answer that nothing on its way may keep. Other sites are told no address of ours (`portal.headers`)."""
    response.headers["Cache-Control"] = "private, no-store"
    return response
