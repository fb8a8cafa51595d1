"""Reading batches: the list of them, one with its counts, its rows by fate, what the list no longer has, the report."""

import csv
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.access import Permission, Target, allowed
from domain.published_table import harmless
from resolvers.batches_permits import permit_batch
from resolvers.batches_values import (
    BatchRowView,
    BatchView,
    Enters,
    KeptGovernment,
    MissingItem,
    NewBodyProposal,
    RowProblem,
    SourceNote,
)
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.permits import permit
from resolvers.reading.cursors import decode, encode
from resolvers.reading.fetching import page_of
from resolvers.reading.paging import Page, PageRequest

BATCH = """
SELECT b.*, g.division_code, g.name AS government FROM batch b JOIN government g ON g.id = b.government_id
"""
BATCHES = (
    BATCH
    + """
WHERE b.government_id = ANY($1::bigint[])
  AND ($2::timestamptz IS NULL OR {before})
ORDER BY b.created_at {direction}, b.id {direction} LIMIT $4
"""
)
ROWS = """
SELECT * FROM batch_row WHERE batch_id = $1 AND fate = ANY($2::text[]) AND ($3::text[] IS NULL OR decision = ANY($3))
  AND {place} ORDER BY seq {direction} LIMIT $5
"""
GOVERNMENTS = "SELECT id FROM government"
KEPT = """
SELECT g.id, g.division_code, g.name, coalesce((
  SELECT json_agg(json_build_array(b.code, b.name) ORDER BY b.code) FROM body b
  WHERE b.government_id = g.id AND b.valid @> $1::date), '[]') AS bodies
FROM government g WHERE g.valid @> $1::date ORDER BY g.division_code
"""
BY_FATE = """
SELECT fate, outcome, decision, role = 'item' AS item, count(*)::int AS rows FROM batch_row WHERE batch_id = $1
GROUP BY 1, 2, 3, 4
"""
BY_BODY = """
SELECT coalesce(content ->> 'body_name', '') AS body, count(*)::int AS rows FROM batch_row
WHERE batch_id = $1 AND role = 'item' AND decision <> 'rejected'
  AND (fate IN ('new', 'changed') OR (fate = 'attention' AND decision = 'accepted'))
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50
"""
# Items of the bodies of the batch, in force on its day, that no row of the batch is.
MISSING = """
SELECT v.item_id, v.code, v.name, coalesce(v.content ->> 'body_name', '') AS body_name
FROM power_period p JOIN power_version v ON v.id = p.version_id JOIN power_item i ON i.id = p.item_id
WHERE i.government_id = $2 AND v.body_code = ANY($3::text[]) AND upper_inf(p.recorded) AND p.valid @> $4::date
  AND v.status <> 'cancelled' AND v.code > $5
  AND NOT EXISTS (SELECT FROM batch_row r WHERE r.batch_id = $1 AND r.item_id = p.item_id)
ORDER BY v.code LIMIT $6
"""
ALL_FATES = ("new", "changed", "identical", "refused", "attention", "continuation", "passed_over")
REPORT_HEADER = (
    "批内序号", "文件", "工作表", "行", "所属事项行", "处理结果", "入库效果", "决定", "决定理由",
    "权力编码", "事项名称", "栏目", "严重程度", "问题", "如何处理", "依据条款", "变化",
)  # fmt: skip
FATE_TITLES: Mapping[str, str] = {
    "new": "新增",
    "changed": "变更",
    "identical": "一致",
    "refused": "不予收录",
    "attention": "待核对",
    "continuation": "续行",
    "passed_over": "非事项行",
}
OUTCOME_TITLES: Mapping[str, str] = {"": "", "new": "新增", "changed": "变更", "identical": "一致"}
DECISION_TITLES: Mapping[str, str] = {"": "", "accepted": "采用", "rejected": "不采用"}
SEVERITY_TITLES: Mapping[str, str] = {"refuse": "拒绝", "blocked": "须补正", "attention": "须核对", "note": "提示"}
REPORT_ROWS = 1000


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows of a batch; empty fields ask nothing."""

    fates: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """What cursors over these rows are bound to."""
        return "|".join(("batch_row", *self.fates, "/", *self.decisions))


async def keepers(ctx: Context) -> tuple[KeptGovernment, ...]:
    """Return the governments for which the actor may propose lists, with their bodies of today.

    Raises ``NotSignedIn`` or ``NotPermitted`` when there is none.
    """
    found = await ctx.db.reads.fetch(KEPT, ctx.today)
    kept = [row for row in found if allowed(ctx.actor, Permission.BATCH_PROPOSE, Target(government_id=row["id"]))]
    if not kept:
        permit(ctx, Permission.BATCH_PROPOSE)
    return tuple(
        KeptGovernment(row["division_code"], row["name"], tuple((code, name) for code, name in row["bodies"]))
        for row in kept
    )


async def list_batches(ctx: Context, page: PageRequest = PageRequest()) -> Page[BatchView]:
    """Return a page of batches of the governments whose batches the actor may read, the newest first."""
    page.checked()
    readable = [row["id"] for row in await ctx.db.reads.fetch(GOVERNMENTS) if _may_read(ctx, row["id"])]
    if not readable:
        permit(ctx, Permission.BATCH_READ)
    cursor = page.before if page.backward else page.after
    position = decode("batch", cursor, ("timestamptz", "bigint")) if cursor else (None, None)
    direction, before = ("ASC", ">") if page.backward else ("DESC", "<")
    sql = BATCHES.format(direction=direction, before=f"(b.created_at, b.id) {before} ($2::timestamptz, $3::bigint)")
    found = await ctx.db.reads.fetch(sql, readable, *position, page.limit + 1)
    rows = [_batch(row) for row in found]
    return page_of(rows, page, [encode("batch", (row.created_at, row.id)) for row in rows], None)


async def batch(ctx: Context, batch_id: int) -> BatchView:
    """Return one batch. Raises ``NotFound``, ``NotSignedIn`` or ``NotPermitted``."""
    row = await ctx.db.reads.fetchrow(f"{BATCH} WHERE b.id = $1", batch_id)
    permit_batch(ctx, Permission.BATCH_READ, row["government_id"] if row else None)
    if row is None:
        raise NotFound("批次")
    return _batch(row)


async def rows(
    ctx: Context, batch_id: int, where: RowFilter = RowFilter(), page: PageRequest = PageRequest()
) -> Page[BatchRowView]:
    """Return a page of a batch's rows in the list's order."""
    page.checked()
    await batch(ctx, batch_id)
    scope = f"{batch_id}|{where.scope}"
    cursor = page.before if page.backward else page.after
    position = decode(scope, cursor, ("bigint",))[0] if cursor else (2**31 - 1 if page.backward else 0)
    direction, place = ("DESC", "seq < $4") if page.backward else ("ASC", "seq > $4")
    sql = ROWS.format(direction=direction, place=place)
    fates = list(where.fates or ALL_FATES)
    decisions = list(where.decisions) if where.decisions else None
    found = await ctx.db.reads.fetch(sql, batch_id, fates, decisions, position, page.limit + 1)
    views = [_row(row) for row in found]
    return page_of(views, page, [encode(scope, (view.seq,)) for view in views], None)


async def row(ctx: Context, batch_id: int, seq: int) -> BatchRowView:
    """Return one row of a batch. Raises ``NotFound``."""
    await batch(ctx, batch_id)
    found = await ctx.db.reads.fetchrow("SELECT * FROM batch_row WHERE batch_id = $1 AND seq = $2", batch_id, seq)
    if found is None:
        raise NotFound("批次中的行")
    return _row(found)


async def enters(ctx: Context, batch_id: int) -> Enters:
    """Return what confirming the batch would do, as it was last evaluated."""
    view = await batch(ctx, batch_id)
    counts: dict[str, int] = {}
    for found in await ctx.db.reads.fetch(BY_FATE, batch_id):
        name = _effect(dict(found))
        counts[name] = counts.get(name, 0) + found["rows"]
    by_body = {found["body"]: found["rows"] for found in await ctx.db.reads.fetch(BY_BODY, batch_id)}
    return Enters(
        **counts,
        cancelled=len(view.options.get("cancel", {})),
        bodies=len(view.new_bodies) if view.options.get("create_bodies") else 0,
        by_body=by_body,
    )


def _effect(found: Mapping[str, Any]) -> str:
    """Return under which figure of the second look a group of rows is counted."""
    fate, decision = found["fate"], found["decision"]
    if decision == "rejected":
        return "rejected"
    if fate == "attention":
        return found["outcome"] if decision == "accepted" and found["outcome"] in ("new", "changed") else "undecided"
    return fate if fate in ("new", "changed", "refused", "identical") else "other"


async def missing(ctx: Context, batch_id: int, first: int = 100, after: str = "") -> tuple[MissingItem, ...]:
    """Return items that the library holds for the batch's bodies and that the list does not have, by code."""
    view = await batch(ctx, batch_id)
    marked = view.options.get("cancel", {})
    bodies = list(view.options.get("bodies", []))
    found = await ctx.db.reads.fetch(MISSING, batch_id, view.government_id, bodies, view.valid_from, after, first)
    return tuple(MissingItem(**one, marked=str(one["item_id"]) in marked) for one in found)


async def report(ctx: Context, batch_id: int) -> AsyncGenerator[bytes]:
    """Yield the full account of a batch as CSV: every source row once, with its problems and its changes.

    Its texts come from outside; none of them is a formula for the program that opens the file.
    """
    await batch(ctx, batch_id)
    yield b"\xef\xbb\xbf" + _csv([REPORT_HEADER])
    after = 0
    while True:
        sql = ROWS.format(direction="ASC", place="seq > $4")
        found = await ctx.db.reads.fetch(sql, batch_id, list(ALL_FATES), None, after, REPORT_ROWS)
        if not found:
            return
        after = found[-1]["seq"]
        yield _csv([_report_line(_row(one)) for one in found])


def _report_line(view: BatchRowView) -> tuple[str, ...]:
    problems = view.problems
    changes = "\n".join(
        f"{one['title']}：{one['before'] or '（无）'} → {one['after'] or '（无）'}" for one in view.differences
    )
    return (
        str(view.seq),
        view.file,
        view.sheet,
        str(view.row),
        str(view.first_row or ""),
        FATE_TITLES[view.fate],
        OUTCOME_TITLES[view.outcome],
        DECISION_TITLES[view.decision],
        view.decision_reason,
        view.code,
        view.name,
        "\n".join(one.column for one in problems),
        "\n".join(SEVERITY_TITLES[one.severity] for one in problems),
        "\n".join(one.message for one in problems),
        "\n".join(one.advice for one in problems),
        "\n".join(one.clause for one in problems),
        changes,
    )


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([harmless(text) for text in line] for line in lines)
    return buffer.getvalue().encode()


def _may_read(ctx: Context, government_id: int) -> bool:
    return allowed(ctx.actor, Permission.BATCH_READ, Target(government_id=government_id))


def _batch(found: asyncpg.Record) -> BatchView:
    options = found["options"]
    bodies = (NewBodyProposal(**{**one, "aliases": tuple(one["aliases"])}) for one in options.get("new_bodies", []))
    names = (
        "id", "government_id", "division_code", "government", "kind", "state", "profile", "title", "reason",
        "valid_from", "options", "counts", "based_on", "created_at", "created_by", "confirmed_at", "confirmed_by",
        "revision",
    )  # fmt: skip
    return BatchView(
        **{name: found[name] for name in names},
        files=tuple(options.get("files", [])),
        notes=tuple(SourceNote(**note) for note in found["notes"]),
        new_bodies=tuple(bodies),
    )


def _row(found: asyncpg.Record) -> BatchRowView:
    names = (
        "seq", "file", "sheet", "row", "first_row", "fate", "outcome", "role", "name", "scheme", "code", "decision",
        "decision_reason", "content",
    )  # fmt: skip
    return BatchRowView(
        **{name: found[name] for name in names},
        differences=tuple(found["differences"]),
        problems=tuple(RowProblem.from_plain(one) for one in found["problems"]),
    )
