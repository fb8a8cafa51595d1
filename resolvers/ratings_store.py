"""Where ratings are kept: invitations and answers of one matter, and what somebody wrote, sealed in its row."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import asyncpg

from resolvers.context import Context
from resolvers.reading.fetching import ReadConnection
from resolvers.sealing import provider_of

TABLE, COLUMN = "rating", "remarks_sealed"
LATEST: Final = """
SELECT i.id, i.matter_id, i.round, i.month, i.invited_at, i.expires_on, r.id AS rating_id, r.grade, r.bad, r.reasons,
  r.remarks_sealed, r.given_at, v.matter_id AS review_id, m.number AS review_number, v.closed_at AS reviewed_at
FROM rating_invitation i LEFT JOIN rating r ON r.invitation_id = i.id LEFT JOIN rating_review v ON v.rating_id = r.id
LEFT JOIN matter m ON m.id = v.matter_id
"""
OF_MATTER: Final = f"{LATEST} WHERE i.matter_id = $1 ORDER BY i.round DESC LIMIT 1"
OF_REVIEW: Final = f"{LATEST} WHERE v.matter_id = $1"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation with its answer, if there is one, and the review that the answer led to."""

    id: int
    matter_id: int
    round: int
    month: date
    invited_at: datetime
    expires_on: date
    rating_id: int | None
    grade: str
    bad: bool
    reasons: tuple[str, ...]
    remarks_sealed: bytes | None
    given_at: datetime | None
    review_id: int | None
    review_number: str
    reviewed_at: datetime | None

    def remarks(self, ctx: Context) -> str:
        """Return what was written, opened; raises ``CannotOpen`` where it was put into another place."""
        if self.remarks_sealed is None:
            return ""
        return provider_of(ctx.keys).open(TABLE, COLUMN, str(self.id), self.remarks_sealed).decode()


def sealed(ctx: Context, invitation_id: int, remarks: str) -> bytes | None:
    """Return what somebody wrote, sealed for its row: the invitation has one answer, so its id is the row's place."""
    if not remarks:
        return None
    return provider_of(ctx.keys).seal(TABLE, COLUMN, str(invitation_id), remarks.encode())


async def latest(connection: ReadConnection | asyncpg.Pool, matter_id: int) -> Invitation | None:
    """Return the last invitation to rate a matter, or None."""
    return _read(await connection.fetchrow(OF_MATTER, matter_id))


async def of_review(connection: ReadConnection | asyncpg.Pool, review_id: int) -> Invitation | None:
    """Return the invitation whose answer a matter reviews, or None."""
    return _read(await connection.fetchrow(OF_REVIEW, review_id))


def _read(row: asyncpg.Record | None) -> Invitation | None:
    if row is None:
        return None
    values = dict(row)
    values |= {"grade": row["grade"] or "", "bad": bool(row["bad"]), "reasons": tuple(row["reasons"] or ())}
    return Invitation(**values | {"review_number": row["review_number"] or ""})
