"""Rendering: one Jinja environment for each source language, one frozen dataclass as the context of each template.

A template sees ``page`` (its dataclass), ``view`` (language and mode), ``site`` (who publishes), ``actor_name`` and
the functions below. Nothing else; an undefined name is an error.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from portal import assets, forms, labels
from portal.folding import FoldingEnvironment
from portal.identity import absolute, site_of
from portal.languages import ENGLISH, SIMPLIFIED, TRADITIONAL, catalogue, has_han, page_to_traditional
from portal.navigation import inside_desk, navigation
from portal.publishing import asked_by
from portal.view import View, remember, view_of

CODED_PARTS = ("category", "status", "level")
NO_PARTS: Mapping[str, str] = MappingProxyType({})
TEMPLATES = Path(__file__).parent / "templates"
LOCAL = ZoneInfo("Asia/Shanghai")
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that neither HTML nor XML 1.0 may hold, not even escaped; a text of the library may have one."""


class Page(HTMLResponse):
    """A rendered page; ``template`` and ``context`` reach tests through Starlette's debug extension."""

    def __init__(self, body: str, template: Template, context: dict[str, Any], status: int) -> None:
        super().__init__(body, status)
        self.template, self.context = template, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page."""
        if "http.response.debug" in scope.get("extensions", {}):
            info = {"template": self.template, "context": self.context}
            await send({"type": "http.response.debug", "info": info})
        await super().__call__(scope, receive, send)


def _quoted(segment: object) -> str:
    text = str(segment)
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


def link(*segments: object, **query: object) -> str:
    """Return an address on this site from path segments (quoted here) and query values; empty values are left out."""
    path = "/" + "/".join(map(_quoted, segments))
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        many = value if isinstance(value, tuple | list) else (value,)
        pairs += [(key.rstrip("_"), str(one)) for one in many if one not in (None, "")]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _day(language: str) -> Callable[[date | datetime | None], str]:
    def day(value: date | datetime | None) -> str:
        if value is None:
            return ""
        local = value.astimezone(LOCAL) if isinstance(value, datetime) else value
        return local.strftime("%-d %B %Y") if language == ENGLISH else f"{local.year}年{local.month}月{local.day}日"

    return day


def _moment(language: str) -> Callable[[datetime | None], str]:
    day = _day(language)

    def moment(value: datetime | None) -> str:
        return f"{day(value)} {value.astimezone(LOCAL):%H:%M}" if value else ""

    return moment


def _library_text(language: str) -> Callable[[object], Markup]:
    """Mark text of the library as Chinese inside an English page, so that it is spoken and set as Chinese."""

    def marked(value: object) -> Markup:
        text = escape(value)
        if language != ENGLISH or not has_han(text):
            return text
        return Markup('<span lang="zh-Hans">{}</span>').format(text)

    return marked


def paragraphs(value: str) -> list[str]:
    """Split a text of the library at its line breaks."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def _part(made: Environment, name: str) -> Callable[[str], Markup]:
    """Return a macro of ``macros/parts.html`` as a filter: a few codes stand on a page again and again."""

    @lru_cache(maxsize=64)
    def part(code: str) -> Markup:
        macro = getattr(made.get_template("macros/parts.html").module, name)
        return Markup(macro(code))  # noqa: S704 -- the macro escapes what it is given

    return part


@lru_cache(maxsize=4)
def environment(language: str) -> Environment:
    """Return the environment of a source language (zh-Hant uses that of zh-Hans and is converted afterwards)."""
    made = FoldingEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    messages = catalogue(language)
    made.messages, made.fixed = messages, {"asset": assets.address}
    made.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(asset=assets.address, link=link, labels=labels)
    # For texts that are data (a profile's word, a banner): ``_`` would take a per cent sign in them for a format.
    made.globals["word"] = lambda text: messages.gettext(text) if text else ""
    made.filters.update(word=made.globals["word"], link=link)
    made.filters.update({name: _part(made, name) for name in CODED_PARTS})
    made.filters.update(day=_day(language), moment=_moment(language), zh=_library_text(language), paragraphs=paragraphs)
    return made


def render_text(view: View, template: str, /, **context: object) -> str:
    """Render a template in a view's language, without the request's own functions (feeds, drawings)."""
    found = environment(ENGLISH if view.language == ENGLISH else SIMPLIFIED).get_template(template)
    text = NO_TEXT.sub("", found.render(context))
    return page_to_traditional(text) if view.language == TRADITIONAL else text


def _actor_name(request: Request) -> str:
    # Public pages are the same for everybody: a name is for the desk only.
    if not inside_desk(request.url.path):
        return ""
    context = getattr(request.state, "context", None)
    return str(context.actor.name) if context is not None and context.actor.kind == "official" else ""


def _log_state(request: Request) -> str:
    """Return whether the public log is late; a page that is kept for others says what it is kept under."""
    asked, context = asked_by(request), getattr(request.state, "context", None)
    if asked is not None:
        return asked.key.log
    return context.watch.state(context.now) if context is not None and context.watch is not None else ""


def render(
    request: Request, template: str, page: object, *, status: int = 200, parts: Mapping[str, str] = NO_PARTS
) -> Page:
    """Render a page: ``page`` is the frozen dataclass that the template's ``page`` means.

    ``parts`` are finished pieces of markup, in the page's language; ``<!--part name-->`` in a template marks the place.
    """
    view = view_of(request)
    found = environment(ENGLISH if view.language == ENGLISH else SIMPLIFIED).get_template(template)
    context: dict[str, Any] = {
        "page": page,
        "view": view,
        "site": site_of(request),
        "actor_name": _actor_name(request),
        "desk": navigation(request),
        "log_state": _log_state(request),
        "csrf_field": lambda: forms.csrf_field(request),
        "absolute": lambda address: absolute(request, address),
    }
    body = NO_TEXT.sub("", found.render(context))
    if view.language == TRADITIONAL:
        body = page_to_traditional(body)
    for name, markup in parts.items():
        body = body.replace(f"<!--part {name}-->", markup, 1)
    response = Page(body, found, context, status)
    remember(request, response)
    forms.attach_key(request, response)
    if context["actor_name"]:
        response.headers["Cache-Control"] = "private, no-store"
    return response
