"""What an act is judged by beside its matter: one look at the registers, taken under the matter's lock (trust 4.1).

An act locks its matter first and reads all else by one statement after that, so it stands at one instant: behind every
act on its matter that came before, and with library, calendar, certificates and posts as they were committed then.
Whoever writes those looks at no matter, so acts and they can always be put in one order (DECISIONS §28). Of the
library and the calendar only the revision is read; what it stands for is kept (`resolvers.shelf`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.engine.acts import Act, Assign
from domain.engine.acts_base import Bringing
from domain.engine.matter import Matter
from domain.engine.rulebook import Certificate, Rulebook
from resolvers import matters_books as books
from resolvers.context import Context
from resolvers.matters_books import Basis
from resolvers.matters_store import Held
from resolvers.reading.fetching import Reading
from resolvers.shelf import Kept

BRIEF: Final = f"""
SELECT h.revision,
  (SELECT json_agg(r) FROM ({books.OFFICERS}) r)::text AS register,
  ARRAY(SELECT DISTINCT p.account_id::text FROM posting p JOIN post t ON t.id = p.post_id JOIN unit u ON u.id = t.unit_id
    JOIN body b ON b.id = u.body_id JOIN account a ON a.id = p.account_id
    WHERE p.account_id = ANY($2::uuid[]) AND a.state = 'active' AND b.code = ANY($3::text[]) AND p.valid @> $4::date
  ) AS in_office,
  ARRAY({books.ACTED.replace("$1", "$5")}) AS acted,
  (SELECT m.id FROM matter m WHERE m.opening = $6) AS opened
FROM public_head h WHERE h.id = 1
"""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the registers say: the shelf of the library, certificates and names, who of those named is in office.

    ``opened`` is the matter that was opened before under the same key, if one was asked for.
    """

    kept: Kept
    certificates: tuple[Certificate, ...]
    names: dict[str, str]
    in_office: frozenset[str]
    barred: frozenset[str]
    opened: int | None = None


def named_by(act: Act | None) -> frozenset[str]:
    """Return whom an act names as its officers: they must hold a post in a body of the matter today."""
    if isinstance(act, Assign):
        return frozenset({act.to})
    return frozenset(act.officers) if isinstance(act, Bringing) else frozenset()


async def briefed(ctx: Context, connection: Reading, held: Held, act: Act | None = None) -> Briefing:
    """Return what an act on a matter is judged by; the matter has been locked by an earlier statement."""
    officers = books.officers_of(held.matter, *([act.by.id] if act else []), *sorted(named_by(act)))
    origin = held.matter.origin if held.matter.kind == books.REVIEW else ""
    return await brief(ctx, connection, officers, named=named_by(act), bodies=held.bodies, origin=origin)


async def brief(
    ctx: Context,
    connection: Reading,
    officers: Sequence[str],
    *,
    named: Iterable[str] = (),
    bodies: Sequence[str] = (),
    origin: str = "",
    opening: bytes | None = None,
) -> Briefing:
    """Read the registers for these officers; ``named`` must be in office in the bodies, ``origin`` bars who acted there."""
    (row,) = await connection.fetch(
        BRIEF, books.accounts_of(officers), books.accounts_of(named), list(bodies), ctx.today, origin, opening
    )
    certificates, names = books.registered(json.loads(row["register"] or "[]"))
    return Briefing(
        kept=ctx.db.shelf.of(row["revision"]),
        certificates=certificates,
        names=names,
        in_office=frozenset(row["in_office"]),
        barred=frozenset(row["acted"]),
        opened=row["opened"],
    )


async def judged_by(ctx: Context, matter: Matter, basis: Basis, briefing: Briefing) -> Rulebook:
    """Return the rulebook of a matter; raises ``Moved``."""
    calendar = await books.calendar_for(ctx, matter, briefing.kept)
    return books.rulebook(basis, calendar, briefing.certificates, briefing.names, briefing.barred)
