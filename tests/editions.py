"""Editions in a database whose reports nobody writes: two of a bulletin, one of a yearly report, their figures, their PDF."""

from typing import Final

import asyncpg

from domain.reports import Edition, Part, Told
from resolvers.addresses import plain_url
from resolvers.file_store import FileStore, held_in_memory, measure
from resolvers.files import MOST

PDF: Final = b"%PDF-1.7 an example of a test\n%%EOF\n"
BULLETIN, FORMER, ANNUAL = 2, 1, 3
OTHER: Final = "B-other"

REPORTS: Final = """
INSERT INTO report (id, kind, government_id, body_code, period, state, edition, no, content, due_on, opened_at, changed_at,
  submitted_at)
OVERRIDING SYSTEM VALUE
SELECT n, CASE n WHEN 1 THEN 'bulletin' ELSE 'annual_report' END, b.government_id, b.code,
  CASE n WHEN 1 THEN '2026-Q3' ELSE '2025' END, 'accepted', CASE n WHEN 1 THEN 2 ELSE 1 END, 6, '{}', NULL,
  '2026-10-01', '2026-10-20', '2026-10-19' FROM body b, generate_series(1, 2) n WHERE b.code = $1
"""
PUBLICATION: Final = """
INSERT INTO publication (id, report_id, kind, government_id, body_code, body_name, period, edition, title, content, note,
  digest, pdf_file, pdf_size, published_at, replaced_at)
OVERRIDING SYSTEM VALUE
SELECT $2::bigint, $3::bigint, $4::text, b.government_id, b.code, b.name, $5::text, $6::int, $7::text, $8::text::jsonb,
  $9::text, sha256('x'), $10::text, $11::int, '2026-10-20'::timestamptz + $6::int * interval '1 day',
  CASE WHEN $12::boolean THEN '2026-10-22'::timestamptz END
FROM body b WHERE b.code = $1
"""
STORED: Final = "INSERT INTO stored_file (digest, size, kept_at) VALUES ($1, $2, '2026-10-20') ON CONFLICT DO NOTHING"
FIGURE: Final = """
INSERT INTO metric_figure (government_id, period, metric, body_code, category, no, value, restated, previous,
  publication_id, published_at)
SELECT b.government_id, '2026-Q3', $2::text, $3::text, $4::text, $5::int, $6::bigint, $5::int > 1, $7::bigint, 2, '2026-10-22'
FROM body b WHERE b.code = $1
"""
SECTIONS: Final = (
    ("overview", "总体情况", "全部事项上网运行。\n按期办结率上升。"),
    ("problems", "存在的问题", "个别事项超期。"),
)


def edition(body: str, late: int, problem: str, other: str = OTHER) -> Edition:
    """Return what an edition of the bulletin says."""
    places = [("", ""), (body, ""), ("", "licence"), ("", "penalty")]
    figures = [Told(metric="accepted", body=of, category=kind, value=120, before=100) for of, kind in places]
    for of in ("", body, other):
        figures += [
            Told(metric="received", body=of, value=130, before=130),
            Told(metric="closed", body=of, value=95 if of != other else None, before=90),
            Told(metric="late", body=of, value=late, before=5),
            Told(metric="late_open", body=of, value=0, before=None),
            Told(metric="timeliness", body=of, value=97, before=95),
        ]
    figures += [Told(metric="satisfaction", value=88, before=90), Told(metric="items_in_use", value=300, before=299)]
    parts = tuple(
        Part(code=code, name=name, text=problem if code == "problems" else text) for code, name, text in SECTIONS
    )
    return Edition(
        parts=parts,
        figures=tuple(figures),
        bodies={"": "", body: "云川市测试局", other: "云川市另一局"},
        categories={"licence": "行政许可", "penalty": "行政处罚"},
    )


def annual(body: str) -> Edition:
    """Return what a yearly report says."""
    found = edition(body, 5, "个别事项超期。")
    figures = tuple(one for one in found.figures if one.body == body)
    return Edition(parts=found.parts, figures=figures, bodies={body: "云川市测试局"})


async def editions(owner_url: str, body: str, other: str = OTHER) -> None:
    """Put the editions and their figures into a database; pages lead to the other body only if there is one of this code."""
    measured = await measure(held_in_memory(PDF), MOST)
    connection = await asyncpg.connect(plain_url(owner_url))
    quarter, year = (
        "2026年第三季度行政权力网上公开透明运行情况通报",
        "云川市测试局2025年度行政权力网上公开透明运行情况报告",
    )
    rows = (
        (FORMER, 1, "bulletin", "2026-Q3", 1, quarter, edition(body, 10, "有事项超期。", other), "", True),
        (
            BULLETIN,
            1,
            "bulletin",
            "2026-Q3",
            2,
            quarter,
            edition(body, 5, "个别事项超期。", other),
            "更正超期件数",
            False,
        ),
        (ANNUAL, 2, "annual_report", "2025", 1, year, annual(body), "", False),
    )
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(STORED, measured.digest, measured.size)
        await connection.execute(REPORTS, body)
        for number, report, kind, period, no, title, said, note, replaced in rows:
            values = (number, report, kind, period, no, title, said.model_dump_json(), note, measured.digest)
            await connection.execute(PUBLICATION, body, *values, measured.size, replaced)
        for one in edition(body, 5, "", other).figures:
            value, before = (one.value, None) if one.metric != "closed" else (94, 95)
            await connection.execute(FIGURE, body, *one.place, 2 if before else 1, value, before)
        for table in ("report", "publication"):
            await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)")
    finally:
        await connection.close()


async def put(files: FileStore) -> None:
    """Put the PDF of the editions into a store."""
    content = held_in_memory(PDF)
    await files.put(content, await measure(content, MOST))
