"""Cases for the bench: running and closed matters of eight steps, filled by statements, and an official who may see them.

The same rows stand in the peers' form: cases and their steps as tables of their own.
"""

from datetime import UTC, datetime
from typing import Final

import asyncpg
from sqlmodel import select

from domain.tables.accounts import Account
from domain.tables.bodies import Body
from resolvers.addresses import plain_url
from resolvers.context import Context, unit_of_work
from resolvers.sessions import PROVIDER, open_session
from tests import running
from tests.bench.peers.asking import Key

STEPS: Final = 8
LOGIN: Final = "bench"
EMPTY: Final = "the library of the bench has no body"
COUNT: Final = 1_000_000
"""As many as a large city has after some years; fewer with ``--cases``."""

PROCEDURE: Final = """
INSERT INTO procedure_version (code, version, digest, document, recorded_at)
SELECT 'bench', 1, sha256('bench'), jsonb_build_object('steps', jsonb_agg(jsonb_build_object('key', 's' || n, 'name', '第' || n || '环节'))), now()
FROM generate_series(1, $1::int) n RETURNING id
"""
# A third is open; each is about an item of the library, in the version that is in force.
CASES: Final = """
INSERT INTO matter (number, kind, government_id, body_code, bodies, item_code, title, title_key, category,
  item_version_id, procedure_id, phase, ending, steps, step_names, posts, assignees, doers, due_on, due_rank, due_name,
  due_provisional, paused, opened_at, accepted_at, party, party_kind, origin, state, seq, changed_at, calendar_at,
  opening)
SELECT 'BENCH-' || lpad(n::text, 9, '0'), 'case', $3, $4, ARRAY[$4::text], v.code, v.name, lower(v.name), v.category,
  v.id, $2, CASE WHEN n % 3 = 0 THEN 'running' ELSE 'closed' END, CASE WHEN n % 3 = 0 THEN '' ELSE 'finished' END,
  CASE WHEN n % 3 = 0 THEN ARRAY['s8'] ELSE '{}'::text[] END, CASE WHEN n % 3 = 0 THEN ARRAY['第8环节'] ELSE '{}'::text[] END,
  '{}', '{}', '{}', date '2026-12-01' + (n % 60)::int, date '2026-12-01' + (n % 60)::int, '办理期限', false, false,
  t.at, t.at, '', 'citizen', '', jsonb_build_object('visits', (SELECT jsonb_agg(jsonb_build_object('number', s,
    'step', 's' || s, 'body', '', 'entered', t.at + s * interval '1 day', 'left', CASE WHEN s < $5::int OR n % 3 > 0
    THEN t.at + s * interval '1 day' + interval '5 hours' END, 'how', CASE WHEN s < $5::int OR n % 3 > 0 THEN 'completed' ELSE '' END))
    FROM generate_series(1, $5::int) s)), $5::int, t.at, t.at, sha256(int8send(n))
FROM generate_series(1, $1::bigint) n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-05 01:00Z' + (n % 300) * interval '1 day' AS at) t
JOIN (SELECT row_number() OVER (ORDER BY i.id) - 1 AS place, v.id, v.code, v.name, v.category FROM power_item i
  JOIN power_version v ON v.item_id = i.id AND v.no = 1) v ON v.place = n % (SELECT count(*) FROM power_item)
"""
PEER: Final = """
CREATE TABLE peer.matter AS SELECT id, number, title, phase, ending, item_code, body_code, due_on, opened_at FROM public.matter;
ALTER TABLE peer.matter ADD PRIMARY KEY (id), ADD UNIQUE (number), ADD FOREIGN KEY (body_code) REFERENCES peer.body;
CREATE TABLE peer.step AS SELECT m.id AS matter_id, (v ->> 'number')::int AS number, '第' || (v ->> 'number') || '环节' AS name,
  v ->> 'how' AS how FROM public.matter m, jsonb_array_elements(m.state -> 'visits') v;
ALTER TABLE peer.step ADD PRIMARY KEY (matter_id, number), ADD FOREIGN KEY (matter_id) REFERENCES peer.matter;
"""
NUMBERS: Final = "SELECT number FROM matter ORDER BY hashint8(id) LIMIT $1"


async def fill(owner_url: str, count: int, *, peers: bool = True) -> int:
    """Fill an empty table of matters, and the peers' form of it unless nobody asks; returns how many there are."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        body = await connection.fetchrow("SELECT code, government_id FROM body ORDER BY id LIMIT 1")
        if body is None:
            raise RuntimeError(EMPTY)
        procedure = await connection.fetchval(PROCEDURE, STEPS)
        await connection.execute(CASES, count, procedure, body["government_id"], body["code"], STEPS)
        if peers:
            await connection.execute(PEER)
        await connection.execute("VACUUM ANALYZE")
        return int(await connection.fetchval("SELECT count(*) FROM matter"))
    finally:
        await connection.close()


async def keys(owner_url: str, most: int) -> tuple[Key, ...]:
    """Return numbers of cases, drawn at random but always the same."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        return tuple(Key(row["number"]) for row in await connection.fetch(NUMBERS, most))
    finally:
        await connection.close()


async def official(ctx: Context) -> str:
    """Enter an official of the cases' body and return the token of a session opened for him now."""
    now = ctx.at(datetime.now(UTC))
    async with now.db.sessions() as session:
        body = (await session.exec(select(Body).order_by(Body.id))).first()  # type: ignore[arg-type]  # a column
    if body is None:
        raise RuntimeError(EMPTY)
    await running.person(now, body, LOGIN, "承办岗")
    async with unit_of_work(now) as uow:
        account = (await uow.session.exec(select(Account).where(Account.login == LOGIN))).one()
        token, _ = await open_session(uow, account, verified=True, method=PROVIDER)
    return token
