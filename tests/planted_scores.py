"""Scores that are planted in the year: failed ones, and objections that are decided late, in time, or long ago (S7, N3)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import asyncpg

from tests.alerts import scored

OBJECTOR: Final = 16
# Objections: to the score of which period, the last day for the decision, when it was decided, and what has to be found.
OBJECTIONS: Final = (
    ("2026-06", "2026-09-01", "2026-09-15", "alarm"),
    ("2026-07", "2026-11-20", None, "warning"),
    ("2026-08", "2026-09-10", "2026-09-10", ""),
    ("2026-09", "2026-11-27", None, ""),
    ("2025-09", "2025-10-20", "2025-11-20", ""),
)
OBJECTED: Final = """
INSERT INTO score_objection (score_id, entries, reasons, filed_at, filed_by, due_on, state, decided_at)
VALUES ($1, '{1}', 'x', $2::date - 14, 'x', $2, CASE WHEN $3::date IS NULL THEN 'filed' ELSE 'rejected' END, $3::date)
"""
FAILED: Final = 17
# Scores of bodies: in which period, how many points, and the points of a second edition.
SCORES: Final = (
    (FAILED, "2026-Q3", "52.50", None),
    (FAILED, "2026-10", "52.50", None),
    (18, "2026-Q2", "60.00", None),
    (19, "2026", "55.00", "75.00"),
)
RESTATED: Final = """
INSERT INTO assessment_score (assessment_id, government_id, period, body_code, edition, total, grade, reason, recorded_at)
SELECT assessment_id, government_id, period, body_code, 2, $2::text::numeric, 'passed', '异议成立', recorded_at
FROM assessment_score WHERE id = $1
"""
Code = Callable[[int], str]


async def plant(owner: asyncpg.Connection, owner_url: str, code: Code) -> None:
    """Plant the scores, their restatements and the objections."""
    for period, due, decided, _ in OBJECTIONS:
        score = await scored(owner_url, code(OBJECTOR), period)
        await owner.execute(OBJECTED, score, *(date.fromisoformat(one) if one else None for one in (due, decided)))
    for body, period, total, restated in SCORES:
        score = await scored(owner_url, code(body), period, total=total)
        if restated:
            await owner.execute(RESTATED, score, restated)


def found(code: Code, bureau: int) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Give what has to be found of them, with its name: a month alone and what was restated ask for nothing."""
    for period, _, _, grade in OBJECTIONS:
        if grade:
            yield f"异议复核逾期（{period}）", ("S12", grade, code(bureau))
    yield "考核不合格", ("S13", "warning", code(FAILED))
