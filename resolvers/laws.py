"""Reading laws and documents, and which items rest on which of their articles (001-7, 004-6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.search_text import query
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.power_views import NOW, AsOf, PowerFilter, PowerRow
from resolvers.powers import list_powers
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys
from resolvers.reading.fetching import run
from resolvers.reading.library import LAW, LAW_USES_BOUND, POWER
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.published import BASIS
from resolvers.reading.statements import Statement

BASES_BOUND: Final = 5_000
"""Bases that are looked at to list a law's articles; what lies beyond makes the counts lower bounds."""


@dataclass(frozen=True, slots=True)
class LawRow:
    """A law; ``uses`` counts the bases that rest on it today, and says ``uses_is_lower_bound`` when there are more."""

    id: int
    title: str
    kind: str
    document_number: str
    in_force_from: date | None
    in_force_until: date | None
    uses: int
    uses_is_lower_bound: bool


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article and how many items rest on it; the article is empty where a basis names the whole law."""

    article: str
    items: int


@dataclass(frozen=True, slots=True)
class Law:
    """A law, its articles in their order, and the first items that rest on it or on the article asked for."""

    law: LawRow
    articles: tuple[ArticleRow, ...]
    articles_are_partial: bool
    items: Page[PowerRow]


async def list_laws(
    ctx: Context,
    page: PageRequest = PageRequest(),
    *,
    search: str = "",
    kind: tuple[str, ...] = (),
) -> Page[LawRow]:
    """Return a page of laws by title (pinyin); ``search`` is looked for in titles and document numbers."""
    return (await fetch_listing(ctx, listing(page, search=search, kind=kind))).map(law_row)


def listing(page: PageRequest, *, search: str = "", kind: tuple[str, ...] = ()) -> Listing:
    """Return the listing of laws that ``list_laws`` reads."""
    filters = {"search": list(query(search).terms) if search else [], "kind": list(kind)}
    return Listing(LAW, Read((), {name: value for name, value in filters.items() if value}, "title"), page)


def bases_listing(
    page: PageRequest, law_id: int | None = None, article: str | None = None, body: str | None = None, at: AsOf = NOW
) -> Listing:
    """Return the listing of legal bases of items in force: by article where a law is named, else by item code."""
    filters = {"law": law_id, "article": article, "body": body}
    chosen = {name: value for name, value in filters.items() if value is not None}
    order = "code" if law_id is None else "article"
    return Listing(BASIS, Read((), chosen, order, at.scope, at.valid_on, at.recorded_at), page)


async def law(
    ctx: Context,
    law_id: int,
    page: PageRequest = PageRequest(),
    *,
    article: str = "",
    at: AsOf = NOW,
) -> Law:
    """Return a law with a page of the items that rest on it, or on one article. Raises ``NotFound``."""
    found = await fetch_by_keys(ctx, LAW, Read(), [law_id])
    if law_id not in found:
        raise NotFound("法律法规")
    articles, partial = await _articles(ctx, law_id, at)
    items = await list_powers(ctx, PowerFilter(law_id=law_id, article=article), page, at)
    return Law(law_row(found[law_id][0]), articles, partial, items)


def law_row(row: Mapping[str, Any]) -> LawRow:
    """Return a row of the entity ``law`` as a value."""
    return LawRow(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        document_number=row["document_number"],
        in_force_from=row["in_force_from"],
        in_force_until=row["in_force_until"],
        uses=min(row["uses"], LAW_USES_BOUND),
        uses_is_lower_bound=row["uses"] > LAW_USES_BOUND,
    )


async def _articles(ctx: Context, law_id: int, at: AsOf) -> tuple[tuple[ArticleRow, ...], bool]:
    """Return the articles on which items rest, in their order, and whether some may be missing."""
    statement = Statement(ctx, Read(valid_on=at.valid_on, recorded_at=at.recorded_at))
    law_value, most = statement.add(law_id, "bigint"), statement.add(BASES_BOUND + 1, "bigint")
    where = f"({statement.render(POWER.guard)}) AND {statement.render(POWER.scopes[at.scope])}"
    sql = (
        "SELECT b.article, count(DISTINCT v.item_id) AS items, (SELECT count(*) FROM (SELECT 1 FROM power_basis"
        f" WHERE law_id = {law_value} LIMIT {most}) c) AS bases FROM (SELECT article, version_id FROM power_basis"
        f" WHERE law_id = {law_value} LIMIT {most}) b, {statement.render(POWER.source)}"
        f" WHERE v.id = b.version_id AND {where} GROUP BY b.article"
    )
    rows = await run(ctx, sql, statement.values)
    listed = sorted((ArticleRow(row["article"], row["items"]) for row in rows), key=lambda one: numbered(one.article))
    return tuple(listed), bool(rows) and rows[0]["bases"] > BASES_BOUND


_NUMERALS: Final = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS_OF_TEN: Final = {"十": 10, "百": 100, "千": 1000}


def _number(text: str) -> int:
    """Return the value of a Chinese numeral below 10,000, or of digits."""
    if text.isdecimal():
        return int(text)
    total, digit = 0, 0
    for character in text:
        if character in _POWERS_OF_TEN:
            total += (digit or 1) * _POWERS_OF_TEN[character]
            digit = 0
        else:
            digit = _NUMERALS.get(character, 0)
    return total + digit


def numbered(article: str) -> tuple[tuple[int, ...], str]:
    """Return a key that sorts articles by their numbers: 第二条 before 第十条 before 第十条之一."""
    numbers = re.findall(r"[零〇一二三四五六七八九十百千两]+|[0-9]+", article)
    return tuple(_number(one[:9]) for one in numbers), article
