"""Evaluating a batch against the library as it is now: which item every row is, and what entering would do.

Two passes over the rows kept with the batch, in chunks: the first keeps a few hashes of every row in memory and
assigns identities over the whole list; the second compares chunk by chunk. Texts never pile up.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg

from domain.body_choice import BodyAnswer, BodyGroup, ProposedBody, body_code, choose
from domain.fates import Assigned, Draft, Held, assign, identity
from domain.item_codes import CodeBook, can_count
from domain.judging import Case, Judgement, RowFinding, judge
from domain.powers import PowerContent
from domain.profiles import Profile
from resolvers import batches_library as library
from resolvers.batches_library import GovernmentFacts
from resolvers.batches_values import STEP_COMPARE, STEP_MATCH, NewBodyProposal, Progress, RowProblem

CHUNK = 1000
ITEMS = """
SELECT seq, file, sheet, content::text AS content, problems::text AS problems, decision, fate, outcome, code, version_id
FROM batch_row WHERE batch_id = $1 AND role = 'item' AND seq > $2 AND seq <= $3 ORDER BY seq
"""
GROUPS = """
SELECT file, coalesce(content ->> 'body_name', '') AS text, coalesce(content ->> 'body', '') AS given,
  count(*)::int AS rows, min(content ->> 'code') AS low, max(content ->> 'code') AS high
FROM batch_row WHERE batch_id = $1 AND role = 'item' GROUP BY 1, 2, 3 ORDER BY min(seq)
"""
COUNT = """
SELECT count(*) FILTER (WHERE role = 'item') AS items, coalesce(max(seq), 0) AS last FROM batch_row WHERE batch_id = $1
"""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What an evaluation needs to know of its batch.

    ``columns`` are, by (file, sheet), the paths that the list speaks of; a sheet without an entry speaks of what its
    rows say, and of nothing else. ``hints`` are the bodies that the titles of the files name.
    """

    id: int
    government: GovernmentFacts
    profile: Profile
    valid_from: date
    body: str
    create_bodies: bool
    level_asks: bool
    columns: Mapping[tuple[str, str], frozenset[str]]
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as kept with the batch: what it says, what the list's reading found, and what was last found out."""

    seq: int
    file: str
    sheet: str
    said: Mapping[str, Any]
    problems: tuple[RowProblem, ...]
    decision: str
    fate: str
    outcome: str
    code: str
    version_id: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its judgement."""

    row: StoredRow
    assigned: Assigned
    judgement: Judgement

    @property
    def enters(self) -> bool:
        """Whether the row enters the library with a confirmation, decisions considered."""
        if self.judgement.content is None or self.judgement.outcome not in ("new", "changed"):
            return False
        if self.judgement.fate == "attention":
            return self.row.decision == "accepted"
        return self.judgement.fate in ("new", "changed") and self.row.decision != "rejected"

    @property
    def version_id(self) -> int | None:
        """The version that the row was compared with, if the library holds one."""
        held = self.assigned.held
        return held.version_id or None if held is not None else None


class Evaluation:
    """One evaluation of one batch. Use inside a transaction; ``prepare`` first, then iterate ``judged``."""

    def __init__(self, connection: asyncpg.Connection, facts: BatchFacts, progress: Progress) -> None:
        self._connection = connection
        self._facts = facts
        self._progress = progress
        self._answers: Mapping[tuple[str, str, str], BodyAnswer] = {}
        self._assigned: Mapping[int, Assigned] = {}
        self.total = 0
        self._last = 0
        self.new_bodies: tuple[NewBodyProposal, ...] = ()

    async def prepare(self) -> None:
        """Choose bodies and assign identities over the whole list."""
        facts = self._facts
        (counted,) = await self._connection.fetch(COUNT, facts.id)
        self.total, self._last = counted["items"], counted["last"]
        await self._choose_bodies()
        held = await library.held_items(self._connection, facts.government, facts.valid_from)
        drafts: list[Draft] = []
        async for rows in self._rows():
            drafts += await asyncio.to_thread(self._drafts, rows)
            self._progress(STEP_MATCH, len(drafts), self.total)
        self._assigned = await asyncio.to_thread(self._assign, drafts, held)

    async def judged(self) -> AsyncIterator[list[Judged]]:
        """Yield the judged rows in chunks, in the list's order."""
        done = 0
        async for rows in self._rows():
            versions = {held.version_id for row in rows if (held := self._assigned[row.seq].held) and held.version_id}
            contents = await library.contents(self._connection, sorted(versions))
            yield await asyncio.to_thread(self._judge, rows, contents)
            done += len(rows)
            self._progress(STEP_COMPARE, done, self.total)

    async def _choose_bodies(self) -> None:
        facts = self._facts
        names = await library.body_names(self._connection, facts.government, facts.profile, facts.valid_from)
        groups = [
            BodyGroup(
                row["file"],
                row["text"],
                row["given"],
                row["rows"],
                self._numbers(row["low"], row["high"]),
                facts.hints.get(row["file"], ""),
            )
            for row in await self._connection.fetch(GROUPS, facts.id)
        ]
        used = await library.numbers_used(self._connection, facts.government.id)
        division = facts.government.division_code
        choice = choose(names, division, groups, facts.body, create=facts.create_bodies, used=used)
        self._answers = choice.answers
        self.new_bodies = tuple(_proposal(division, body) for body in choice.proposed)

    def _numbers(self, *codes: str | None) -> frozenset[str]:
        """Return the body numbers in a group's own codes, if they are codes of this government's default scheme."""
        scheme = self._facts.profile.scheme(self._facts.profile.default_scheme)
        parts = [scheme.parts(code) for code in codes if code]
        division = self._facts.government.division_code
        return frozenset(one["body"] for one in parts if one and one.get("division") == division and "body" in one)

    async def _rows(self) -> AsyncIterator[list[StoredRow]]:
        # Bounded at both ends, so that no statistics are needed to read each chunk by the primary key.
        for after in range(0, self._last, CHUNK):
            rows = await self._connection.fetch(ITEMS, self._facts.id, after, after + CHUNK)
            yield [_stored(row) for row in rows]

    def _answer(self, row: StoredRow) -> BodyAnswer:
        said = row.said
        return self._answers[(row.file, str(said.get("body_name") or ""), str(said.get("body") or ""))]

    def _drafts(self, rows: Sequence[StoredRow]) -> list[Draft]:
        """Reduce rows to what identifies them."""
        profile, own_level = self._facts.profile, self._facts.government.level
        drafts: list[Draft] = []
        for row in rows:
            answer = self._answer(row)
            category = profile.category(str(row.said.get("category") or ""))
            code = str(row.said.get("code") or "")
            drafts.append(
                Draft(
                    row.seq,
                    # Rows without a name are not one another's doublets.
                    identity(row.said if row.said.get("name") else {"name": f"#{row.seq}"}, answer.code, own_level),
                    _scheme(profile, str(row.said.get("scheme") or ""), code) if code else "",
                    code,
                    answer.number,
                    category.letters if category else "",
                    bool(row.said.get("sub_item")),
                )
            )
        return drafts

    def _assign(self, drafts: Sequence[Draft], held: Sequence[Held]) -> Mapping[int, Assigned]:
        scheme = self._facts.profile.scheme(self._facts.profile.default_scheme)
        book = CodeBook(scheme, self._facts.government.division_code) if can_count(scheme) else None
        return assign(drafts, held, book)

    def _judge(self, rows: Sequence[StoredRow], contents: Mapping[int, str]) -> list[Judged]:
        facts = self._facts
        judged: list[Judged] = []
        for row in rows:
            assigned = self._assigned[row.seq]
            version = assigned.held.version_id if assigned.held else 0
            level = str(row.said.get("level") or "")
            case = Case(
                said=row.said,
                paths=facts.columns.get((row.file, row.sheet), frozenset(row.said)),
                body=self._answer(row),
                assigned=assigned,
                held=json.loads(contents[version]) if version else None,
                grave=frozenset(problem.severity for problem in row.problems),
                level_asks=facts.level_asks and bool(level) and level != facts.government.level,
            )
            judged.append(Judged(row, assigned, judge(case, facts.profile, facts.valid_from)))
        return judged


def problems_of(judged: Judged) -> list[dict[str, str]]:
    """Return what is kept as the row's problems: what the reading found, then what the evaluation found."""
    return [problem.to_plain() for problem in (*judged.row.problems, *map(_problem, judged.judgement.findings))]


def _problem(finding: RowFinding) -> RowProblem:
    return RowProblem(
        _title(finding.column),
        finding.code,
        finding.message,
        finding.advice,
        finding.severity,
        finding.clause,
        "review",
    )


def _title(column: str) -> str:
    """Return the title of a field of the content, or the text itself."""
    name = re.match(r"\w*", column)
    field = PowerContent.model_fields.get(name[0] if name else "")
    return field.title if field is not None and field.title else column


def _stored(row: asyncpg.Record) -> StoredRow:
    problems = (RowProblem.from_plain(one) for one in json.loads(row["problems"]))
    return StoredRow(
        row["seq"],
        row["file"],
        row["sheet"],
        json.loads(row["content"] or "{}"),
        tuple(problem for problem in problems if problem.by == "list"),
        row["decision"],
        row["fate"],
        row["outcome"],
        row["code"],
        row["version_id"],
    )


def _scheme(profile: Profile, given: str, code: str) -> str:
    """Return the scheme of a list's own code: the one it names, else the first that it fits, the default first."""
    if given:
        return given
    order = [profile.default_scheme, *(name for name in profile.code_schemes if name != profile.default_scheme)]
    return next((name for name in order if profile.scheme(name).parts(code) is not None), profile.default_scheme)


def _proposal(division: str, body: ProposedBody) -> NewBodyProposal:
    return NewBodyProposal(body_code(division, body.number), body.number, body.name, body.aliases, body.rows)
