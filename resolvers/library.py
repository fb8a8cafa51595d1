"""The one writer of the power library: new versions and the periods in which they hold (L4, L8; 003-20..24).

Everything is set-based: the changes are copied into a temporary table and taken over by a handful of statements,
so that a list of 100,000 items is one transaction of seconds. Nothing is overwritten: a replaced period keeps its
row and gets an end of being recorded; the days that the change leaves alone are recorded anew beside it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import asyncpg

from domain.powers import PowerContent
from domain.sort_keys import quick_sort_key, sort_key
from domain.values import canonical_json, document
from resolvers.context import Context, UnitOfWork
from resolvers.errors import Conflict, FieldProblem, InvalidInput
from resolvers.reading.search import index_versions

STAGING = """
CREATE TEMPORARY TABLE change_staging (
  seq int PRIMARY KEY, government_id bigint, scheme text, code text, content text, digest bytea, change text,
  reason text, valid daterange, name_key text, item_id bigint, version_id bigint, no int
) ON COMMIT DROP
"""
COLUMNS = ("seq", "government_id", "scheme", "code", "content", "digest", "change", "reason", "valid", "name_key")

TAKE_IDENTITIES = """
INSERT INTO power_item (government_id, scheme, code)
SELECT DISTINCT government_id, scheme, code FROM change_staging ON CONFLICT DO NOTHING
"""
FIND_IDENTITIES = """
UPDATE change_staging s SET item_id = i.id, no = 1 + coalesce(
  (SELECT max(v.no) FROM power_version v WHERE v.item_id = i.id), 0)
FROM power_item i WHERE (i.government_id, i.scheme, i.code) = (s.government_id, s.scheme, s.code)
"""
TWICE = "SELECT code FROM change_staging GROUP BY item_id, code HAVING count(*) > 1 ORDER BY code LIMIT 5"
CLOCK_BACK = """
SELECT s.code FROM change_staging s JOIN power_period p USING (item_id)
WHERE upper_inf(p.recorded) AND lower(p.recorded) >= $1 AND p.valid && s.valid LIMIT 5
"""
END_REPLACED = """
CREATE TEMPORARY TABLE ended_period ON COMMIT DROP AS
SELECT p.id, p.item_id, p.version_id, p.valid, s.valid AS change_valid FROM power_period p
JOIN change_staging s USING (item_id) WHERE upper_inf(p.recorded) AND p.valid && s.valid
"""
END_RECORDED = """
UPDATE power_period p SET recorded = tstzrange(lower(p.recorded), $1) FROM ended_period e WHERE e.id = p.id
"""
KEEP_BEFORE = """
INSERT INTO power_period (item_id, version_id, valid, recorded)
SELECT item_id, version_id, daterange(lower(valid), lower(change_valid)), tstzrange($1, NULL) FROM ended_period
WHERE NOT lower_inf(change_valid) AND (lower_inf(valid) OR lower(valid) < lower(change_valid))
"""
KEEP_AFTER = """
INSERT INTO power_period (item_id, version_id, valid, recorded)
SELECT item_id, version_id, daterange(upper(change_valid), upper(valid)), tstzrange($1, NULL) FROM ended_period
WHERE NOT upper_inf(change_valid) AND (upper_inf(valid) OR upper(valid) > upper(change_valid))
"""
ADD_VERSIONS = """
WITH added AS (
  INSERT INTO power_version (item_id, no, content, digest, change, reason, batch_id, recorded_at, name_key)
  SELECT item_id, no, content::jsonb, digest, change, reason, $2, $1, name_key FROM change_staging ORDER BY seq
  RETURNING id, item_id
)
UPDATE change_staging s SET version_id = a.id FROM added a WHERE a.item_id = s.item_id
"""
ADD_PERIODS = """
INSERT INTO power_period (item_id, version_id, valid, recorded)
SELECT item_id, version_id, valid, tstzrange($1, NULL) FROM change_staging ORDER BY seq
"""
ADD_LAWS = """
INSERT INTO law (title, title_key, kind, document_number, in_force_from, in_force_until)
SELECT DISTINCT ON (title) title, title, kind, document_number, in_force_from, in_force_until FROM (
  SELECT b ->> 'title' AS title, coalesce(b ->> 'kind', 'untagged') AS kind,
         coalesce(b ->> 'document_number', '') AS document_number,
         (b ->> 'in_force_from')::date AS in_force_from, (b ->> 'in_force_until')::date AS in_force_until
  FROM change_staging s, jsonb_array_elements(s.content::jsonb -> 'bases') b
) named WHERE title <> ''
ORDER BY title, kind = 'untagged', in_force_from DESC NULLS LAST, document_number DESC ON CONFLICT DO NOTHING
RETURNING id, title
"""
NAME_LAWS = "UPDATE law SET title_key = k.key FROM unnest($1::bigint[], $2::text[]) k(id, key) WHERE law.id = k.id"
ADD_BASES = """
INSERT INTO power_basis (version_id, position, law_id, article)
SELECT s.version_id, b.position, l.id, coalesce(b.basis ->> 'article', '')
FROM change_staging s, jsonb_array_elements(s.content::jsonb -> 'bases') WITH ORDINALITY b(basis, position)
JOIN law l ON l.title = b.basis ->> 'title'
"""
ADD_BENCHMARKS = """
INSERT INTO power_benchmark (version_id, position, violation)
SELECT s.version_id, b.position, b.benchmark ->> 'violation'
FROM change_staging s, jsonb_array_elements(s.content::jsonb -> 'benchmarks') WITH ORDINALITY b(benchmark, position)
"""
# One event for each item, in the item's own stream; the body's keys stand in canonical order.
ADD_EVENTS = """
INSERT INTO event (stream, seq, kind, actor_id, actor_name, body_code, at, body)
SELECT 'power:' || item_id, no, 'power.' || change, $3, $4, content::jsonb ->> 'body', $1,
  format('{"batch":%s,"code":%s,"digest":"%s","no":%s,"valid":"%s"}',
         $2::bigint, to_json(code), encode(digest, 'hex'), no, valid)
FROM change_staging ORDER BY seq
"""
RAISE_HEAD = "UPDATE library_head SET revision = revision + 1, changed_at = $1 WHERE id = 1 RETURNING revision"


@dataclass(frozen=True, slots=True)
class Change:
    """A confirmed change: this content holds for its item from ``valid_from`` until ``valid_until`` (excluded).

    ``change`` is one of ``domain.tables.powers.CHANGES``; an item that does not exist yet is created.
    """

    government_id: int
    content: PowerContent
    change: str
    valid_from: date
    reason: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a set of changes did: how many versions it added, and the library's revision after it."""

    versions: int
    revision: int


async def revision(ctx: Context) -> int:
    """Return the library's revision; every public answer's ETag is made of it."""
    return int(await ctx.db.reads.fetchval("SELECT revision FROM library_head WHERE id = 1"))


async def lock(uow: UnitOfWork) -> int:
    """Lock the library until the unit of work ends and return its revision: one confirmation at a time."""
    connection = await uow.raw()
    return int(await connection.fetchval("SELECT revision FROM library_head WHERE id = 1 FOR UPDATE"))


async def record_changes(uow: UnitOfWork, batch_id: int, changes: Iterable[Change]) -> Recorded:
    """Record the changes of a batch that is being confirmed; raises when one item stands in it twice.

    Only the confirmation of a batch calls this (L8; 003-24). Each change writes its event. The time recorded is
    ``ctx.now``; it must lie after what is already recorded of the same items, else ``Conflict`` is raised.
    """
    await lock(uow)
    connection = await uow.raw()
    now = uow.ctx.now
    await connection.execute(STAGING)
    count = await _stage(connection, changes)
    await connection.execute(TAKE_IDENTITIES)
    await connection.execute(FIND_IDENTITIES)
    await _refuse_doubles(connection)
    if late := await connection.fetch(CLOCK_BACK, now):
        codes = "、".join(row["code"] for row in late)
        raise Conflict(f"事项 {codes} 已有时间更晚的记录。", "请检查服务器时钟，然后重试。")
    await connection.execute(END_REPLACED)
    for statement in (END_RECORDED, KEEP_BEFORE, KEEP_AFTER):
        await connection.execute(statement, now)
    await connection.execute(ADD_VERSIONS, now, batch_id)
    await connection.execute(ADD_PERIODS, now)
    await _project(connection)
    await connection.execute(ADD_EVENTS, now, batch_id, uow.ctx.actor.account_id, uow.ctx.actor.name)
    uow.events += count
    head = int(await connection.fetchval(RAISE_HEAD, now))
    versions = [row["version_id"] for row in await connection.fetch("SELECT version_id FROM change_staging")]
    await index_versions(uow, versions)
    # Nothing of one set may be left over when a unit of work records a second one.
    await connection.execute("DROP TABLE change_staging, ended_period")
    await connection.execute("SELECT pg_notify('library_revision', $1)", str(head))
    return Recorded(count, head)


async def _stage(connection: asyncpg.Connection, changes: Iterable[Change]) -> int:
    """Copy the changes into the staging table; returns how many there are."""
    status: str = await connection.copy_records_to_table(
        "change_staging", records=_staging_rows(changes), columns=COLUMNS
    )
    await connection.execute("ANALYZE change_staging")
    return int(status.rsplit(" ", 1)[1])


def _staging_rows(changes: Iterable[Change]) -> Iterator[tuple[object, ...]]:
    """Yield one staging row for each change, in order."""
    for seq, change in enumerate(changes):
        content = change.content
        encoded = canonical_json(document(content))
        yield (
            seq,
            change.government_id,
            content.scheme,
            content.code,
            encoded.decode(),
            hashlib.sha256(encoded).digest(),
            change.change,
            change.reason,
            asyncpg.Range(change.valid_from, change.valid_until),
            quick_sort_key(content.name),
        )


async def _refuse_doubles(connection: asyncpg.Connection) -> None:
    """Refuse a set in which one item stands twice: nobody could say which of the two holds."""
    twice = [row["code"] for row in await connection.fetch(TWICE)]
    if twice:
        raise InvalidInput(
            f"同一批次中事项编码重复：{'、'.join(twice)}。",
            "请在批次中只保留一条，或为其编制不同的编码。",
            tuple(FieldProblem("code", "DUPLICATE_CODE", f"编码 {code} 重复") for code in twice),
        )


async def _project(connection: asyncpg.Connection) -> None:
    """Derive laws, bases and benchmarks from the new versions' content."""
    laws = await connection.fetch(ADD_LAWS)
    await connection.execute(NAME_LAWS, [law["id"] for law in laws], [sort_key(law["title"]) for law in laws])
    await connection.execute(ADD_BASES)
    await connection.execute(ADD_BENCHMARKS)
