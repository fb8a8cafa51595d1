"""The relational form of the library that a user of PostGraphile would make: schema ``peer``, same rows, own indexes."""

from typing import Final

import asyncpg

SCHEMA: Final = "peer"

# Grams stand in a table of their own: beside the items they would make every other read of them slower. The search
# finds by grams before it sorts (OFFSET 0), else the planner walks along the codes for most words.
TABLES: Final = """
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TABLE peer.body (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE peer.item (
  id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL, category text NOT NULL, status text NOT NULL,
  level text NOT NULL, handling_unit text NOT NULL, place text NOT NULL, valid_from date,
  body_code text NOT NULL REFERENCES peer.body);
CREATE TABLE peer.basis (
  item_id bigint NOT NULL REFERENCES peer.item, position int NOT NULL, kind text NOT NULL, title text NOT NULL,
  article text NOT NULL, text text NOT NULL, PRIMARY KEY (item_id, position));
CREATE TABLE peer.duty (
  item_id bigint NOT NULL REFERENCES peer.item, position int NOT NULL, heading text NOT NULL, text text NOT NULL,
  PRIMARY KEY (item_id, position));
CREATE TABLE peer.gram (item_id bigint PRIMARY KEY REFERENCES peer.item, grams tsvector NOT NULL);
"""
ROWS: Final = """
CREATE TEMP TABLE held AS SELECT v.item_id, v.id AS version_id, lower(p.valid) AS since
FROM power_version v JOIN power_period p ON p.version_id = v.id AND upper_inf(p.recorded)
AND p.valid @> (now() AT TIME ZONE 'Asia/Shanghai')::date ORDER BY v.code;
INSERT INTO peer.body SELECT code, name FROM public.body;
INSERT INTO peer.item SELECT v.item_id, v.code, v.name, v.category, v.status, v.level,
  coalesce(v.content ->> 'handling_unit', ''), coalesce(v.content ->> 'place', ''), h.since, v.body_code
FROM held h JOIN power_version v ON v.id = h.version_id ORDER BY v.code;
INSERT INTO peer.basis SELECT h.item_id, n, coalesce(e ->> 'kind', 'untagged'), coalesce(e ->> 'title', ''),
  coalesce(e ->> 'article', ''), coalesce(e ->> 'text', '') FROM held h JOIN power_version v ON v.id = h.version_id,
  jsonb_array_elements(v.content -> 'bases') WITH ORDINALITY x(e, n) ORDER BY v.code, n;
INSERT INTO peer.duty SELECT h.item_id, n, coalesce(e ->> 'heading', ''), coalesce(e ->> 'text', '')
FROM held h JOIN power_version v ON v.id = h.version_id,
  jsonb_array_elements(v.content -> 'responsibilities') WITH ORDINALITY x(e, n) ORDER BY v.code, n;
INSERT INTO peer.gram SELECT id, (SELECT array_to_tsvector(array_agg(DISTINCT substr(name, i, 2)))
  FROM generate_series(1, greatest(length(name) - 1, 1)) i) FROM peer.item;
DROP TABLE held;
"""
INDEXES: Final = """
CREATE INDEX ON peer.item (body_code);
CREATE INDEX ON peer.gram USING gin (grams);
CREATE FUNCTION peer.search_items(query text) RETURNS SETOF peer.item LANGUAGE sql STABLE AS $$
  SELECT i.* FROM (SELECT item_id FROM peer.gram WHERE grams @@ (
    SELECT string_agg(quote_literal(substr(query, i, 2)), ' & ')::tsquery
    FROM generate_series(1, greatest(length(query) - 1, 1)) i) OFFSET 0) found
  JOIN peer.item i ON i.id = found.item_id WHERE strpos(i.name, query) > 0 ORDER BY i.code $$;
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.key AS SELECT row_number() OVER (ORDER BY id) AS n, code FROM peer.item;
CREATE UNIQUE INDEX IF NOT EXISTS key_n ON bench.key (n);
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT SELECT ON bench.key TO PUBLIC;
"""


async def build(owner_url: str) -> dict[str, int]:
    """Fill the schema from the library as it is today; returns how many rows each table has."""
    connection = await asyncpg.connect(owner_url)
    try:
        for text in (TABLES, ROWS, INDEXES, "VACUUM ANALYZE"):
            await connection.execute(text)
        names = ("item", "basis", "duty")
        return {name: await connection.fetchval(f"SELECT count(*) FROM peer.{name}") for name in names}
    finally:
        await connection.close()
