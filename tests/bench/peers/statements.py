"""The hand-written statements of the floor, over our own tables: as good as we could make them, by trying.

Each takes the day and a code (a search: the day, the grams, the text) and gives the whole answer as bytes.
What was tried and kept: the document unpacked once for each row, records for its arrays, the scope written so that a
generic plan walks the index on the codes.
"""

from typing import Final

_ROWS: Final = """
SELECT v.code, v.name, v.body_code, p.valid, v.content || '{}'::jsonb AS content
FROM power_version v JOIN power_period p ON p.version_id = v.id AND upper_inf(p.recorded)
AND coalesce(p.valid @> $1::date, false)
"""
_NODE: Final = """json_build_object(
'code', r.code, 'name', r.name,
'handlingUnit', coalesce(r.content ->> 'handling_unit', ''), 'place', coalesce(r.content ->> 'place', ''),
'validFrom', lower(r.valid),
'body', (SELECT json_build_object('code', b.code, 'name', b.name) FROM body b WHERE b.code = r.body_code),
'legalBases', coalesce((SELECT json_agg(e)
 FROM jsonb_to_recordset(r.content -> 'bases') AS e(title text, article text, text text)), '[]'),
'responsibilities', coalesce((SELECT json_agg(e)
 FROM jsonb_to_recordset(r.content -> 'responsibilities') AS e(heading text, text text)), '[]'))"""

LIST: Final = f"""
SELECT convert_to(concat('{{"data":{{"powerItems":{{"nodes":',
 coalesce(json_agg(node) FILTER (WHERE place <= 20), '[]'),
 ',"pageInfo":{{"hasNextPage":', (count(*) > 20)::text,
 ',"endCursor":', coalesce(to_json(max(code) FILTER (WHERE place <= 20))::text, 'null'),
 '}}}}}}}}'), 'UTF8')
FROM (SELECT {_NODE} AS node, r.code, row_number() OVER () AS place
FROM ({_ROWS} WHERE (v.code, v.item_id) > ($2::text, 9223372036854775807) ORDER BY v.code, v.item_id LIMIT 21) r) page
"""
ITEM: Final = f"""
SELECT convert_to(concat('{{"data":{{"powerItem":', {_NODE}, '}}}}'), 'UTF8') FROM ({_ROWS} WHERE v.code = $2::text) r
"""
SEARCH: Final = f"""
SELECT convert_to(concat('{{"data":{{"powerItems":{{"nodes":', coalesce(json_agg({_NODE}), '[]'), '}}}}}}'), 'UTF8')
FROM ({_ROWS} JOIN (SELECT s.version_id FROM power_search s
 WHERE s.tokens @@ $2::text::tsquery AND strpos(s.name_key, $3::text) > 0 OFFSET 0) s ON s.version_id = v.id
 ORDER BY length(v.name), v.code LIMIT 20) r
"""
CASE: Final = """
SELECT convert_to(concat('{"data":{"matter":', json_build_object('number', m.number, 'title', m.title,
 'phase', m.phase, 'dueOn', m.due_on,
 'body', (SELECT json_build_object('code', b.code, 'name', b.name) FROM body b WHERE b.code = m.body_code),
 'steps', (SELECT json_agg(json_build_object('number', v.number, 'name', (SELECT s ->> 'name'
   FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') s
   WHERE p.id = m.procedure_id AND s ->> 'key' = v.step)))
  FROM jsonb_to_recordset(m.state -> 'visits') AS v(number int, step text))), '}}'), 'UTF8')
FROM matter m WHERE m.number = $2::text AND $1::date IS NOT NULL
"""
"""Whoever asks may see it: the floor looks for no session and no right."""

STATEMENTS: Final = {"list": LIST, "item": ITEM, "search": SEARCH, "case": CASE}
