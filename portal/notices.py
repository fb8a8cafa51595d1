"""Notices to officials: what fell due, and what was done by others in the matters they handle; and how to be told (R2, N1).

Read marks are set without a script.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.forms import FormView, read_form, text_value
from portal.rendering import link, render
from resolvers import inbox, notices_reading
from resolvers.errors import InvalidInput
from resolvers.inbox import Notice
from resolvers.notices_reading import NoticeWishes, OwnNotice

AREA: Final = "/desk/notices"
SETTINGS: Final = f"{AREA}/settings"
SHOWN, SHOWN_OWN = 30, 20
LANGUAGE_NAMES: Final = {"zh-Hans": "简体中文", "en": "English"}
GREATEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NoticeSettingsPage:
    """How the actor wants to be told beside the desk."""

    form: FormView
    muted: tuple[str, ...]
    optional: tuple[tuple[str, str, str], ...]
    fixed: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    saved: bool


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """Notices, the newest first. ``newest`` is the first one shown: only what was seen is marked as read."""

    own: tuple[OwnNotice, ...]
    newest_own: int
    more_own: str
    rows: tuple[Notice, ...]
    newest: int
    unread: bool
    previous: str
    following: str


async def listed(request: Request) -> Response:
    """Show the notices of whoever asks."""
    ctx, before = request.state.context, asking.number(request, "before", 1, GREATEST)
    found = await inbox.notices(ctx, before, SHOWN + 1)
    earlier = asking.number(request, "earlier", 1, GREATEST)
    told = await notices_reading.own_notices(ctx, earlier, SHOWN_OWN + 1)
    rows, own = found[:SHOWN], told[:SHOWN_OWN]
    page = NoticesPage(
        own=own,
        newest_own=own[0].id if own else 0,
        more_own=link("desk", "notices", earlier=own[-1].id) if len(told) > SHOWN_OWN else "",
        rows=rows,
        newest=rows[0].id if rows else 0,
        unread=any(one.unread for one in rows) or any(one.unread for one in own),
        previous=AREA if before else "",
        following=link("desk", "notices", before=rows[-1].id) if len(found) > SHOWN else "",
    )
    return render(request, "desk/notices.html", page)


async def mark_read(request: Request) -> Response:
    """Mark everything up to the newest notice that was shown; later ones stay unread."""
    form, ctx = await read_form(request), request.state.context
    newest, newest_own = (text_value(form, name, 20) for name in ("newest", "newest_own"))
    for one in (newest, newest_own or "0"):
        if not (one.isascii() and one.isdigit() and int(one) <= GREATEST):
            raise InvalidInput("没有指明读到哪一条消息。", "请回到消息页后重试。")
    await inbox.mark_read(ctx, int(newest))
    if newest_own:
        await notices_reading.mark_own_read(ctx, int(newest_own))
    return RedirectResponse(AREA, 303, {"Cache-Control": "no-store"})


def _settings(
    request: Request, form: FormView, muted: tuple[str, ...], *, saved: bool = False, status: int = 200
) -> Response:
    templates = notices_reading.templates()
    page = NoticeSettingsPage(
        form=form,
        muted=muted,
        optional=tuple((code, one.name, one.clause) for code, one in templates if one.optional),
        fixed=tuple((one.name, one.clause) for _, one in templates if not one.optional),
        languages=tuple((code, LANGUAGE_NAMES[code]) for code in LANGUAGE_NAMES),
        saved=saved,
    )
    return render(request, "desk/notice_settings.html", page, status=status)


async def settings(request: Request) -> Response:
    """Show how the actor wants to be told."""
    found = await notices_reading.wishes(request.state.context)
    form = FormView({"mail": found.mail, "phone": found.phone, "language": found.language})
    return _settings(request, form, found.muted, saved="saved" in request.query_params)


async def set_settings(request: Request) -> Response:
    """Keep it, or show the form again with what is wrong."""
    form = await read_form(request)
    values = {name: text_value(form, name, 300) for name in ("mail", "phone", "language")}
    muted = tuple(dict.fromkeys(str(one) for one in form.getlist("muted")))
    try:
        await notices_reading.set_wishes(request.state.context, NoticeWishes(muted=muted, **values))
    except InvalidInput as refused:
        return _settings(request, FormView(values, refused.problems), muted, status=refused.status)
    return RedirectResponse(f"{SETTINGS}?saved", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(SETTINGS, settings, methods=["GET"], name="notice_settings"),
    Route(SETTINGS, set_settings, methods=["POST"], name="notice_settings_set"),
    Route(AREA, listed, methods=["GET"], name="notices"),
    Route(AREA, mark_read, methods=["POST"], name="notices_read"),
]
