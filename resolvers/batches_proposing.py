"""Proposing a batch: files are read, every row is kept with the batch, and every row gets its fate.

Nothing of the library changes here. What cannot be read refuses the whole proposal and leaves no trace.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
from sqlmodel import col, select

from domain.access import Permission, Target
from domain.lists.headers import HeaderMapping, MappingError
from domain.profiles import Profile, load_profiles
from domain.tables.batches import Batch
from resolvers import batches_library as library
from resolvers import record
from resolvers.batches_evaluation import BatchFacts, Evaluation, Judged, problems_of
from resolvers.batches_library import GovernmentFacts
from resolvers.batches_permits import permit_batch
from resolvers.batches_sources import Source, SourceReport, SourceRow
from resolvers.batches_values import STEP_READ, Progress, Proposal, SourceFile, no_progress
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.workbooks import header_mapping

CHUNK = 1000
ROW_COLUMNS = (
    "batch_id",
    "seq",
    "file",
    "sheet",
    "row",
    "first_row",
    "fate",
    "role",
    "name",
    "content",
    "problems",
)
JUDGED = """
CREATE TEMPORARY TABLE batch_judged (
  seq int PRIMARY KEY, fate text, outcome text, scheme text, code text, item_id bigint, version_id bigint,
  differences text, problems text
) ON COMMIT DROP
"""
JUDGED_COLUMNS = ("seq", "fate", "outcome", "scheme", "code", "item_id", "version_id", "differences", "problems")
# What somebody accepted was the outcome that was shown; when it comes out differently, it is to be looked at again.
FORGET_ACCEPTED = """
UPDATE batch_row r SET decision = '', decision_reason = '', decided_by = NULL, decided_at = NULL
FROM batch_judged j WHERE r.batch_id = $1 AND r.seq = j.seq AND r.decision = 'accepted'
  AND (r.fate, r.outcome, r.code, r.version_id) IS DISTINCT FROM (j.fate, j.outcome, j.code, j.version_id)
"""
TAKE_OVER = """
UPDATE batch_row r SET fate = j.fate, outcome = j.outcome, scheme = j.scheme, code = j.code, item_id = j.item_id,
  version_id = j.version_id, differences = j.differences::jsonb, problems = j.problems::jsonb
FROM batch_judged j WHERE r.batch_id = $1 AND r.seq = j.seq
"""
COUNTS = "SELECT fate, count(*)::int AS rows FROM batch_row WHERE batch_id = $1 GROUP BY fate ORDER BY fate"
# Roles of rows that are no item, and the fate they have without any judgement.
FATES: Mapping[str, str] = {"continuation": "continuation", "unassigned": "attention"}


async def propose(
    ctx: Context, proposal: Proposal, files: Sequence[SourceFile], progress: Progress = no_progress
) -> int:
    """Read files and keep them as a draft batch; returns its number.

    Raises ``InvalidInput`` for a government, body or profile that does not exist, the refusals of
    ``resolvers.workbooks`` for a file that cannot be read, and ``NotPermitted``.
    """
    if not files:
        problem = FieldProblem("files", "EMPTY", "没有选择文件。", "请选择一个或多个清单文件。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    async with unit_of_work(ctx) as uow:
        return await propose_within(uow, proposal, files, progress)


async def propose_within(
    uow: UnitOfWork,
    proposal: Proposal,
    files: Sequence[SourceFile],
    progress: Progress = no_progress,
    *,
    permission: Permission = Permission.BATCH_PROPOSE,
) -> int:
    """Propose within the unit of work of what leads to the batch, by the right to do that; as :func:`propose` does."""
    profile = profile_of(uow.ctx, proposal.profile)
    batch, government = await _new_batch(uow, proposal, profile, permission)
    connection = await uow.raw()
    sources = _Sources(files, profile, proposal.mappings)
    seq = 0
    rows = sources.rows()
    while chunk := await asyncio.to_thread(lambda: list(islice(rows, CHUNK))):
        await _copy_rows(connection, batch.id or 0, seq, chunk)
        seq += len(chunk)
        progress(STEP_READ, seq, 0)
    _describe(batch, sources.reports, sources.dropped, proposal, seq)
    facts = facts_of(batch, government, profile)
    await evaluate(uow, batch, facts, progress)
    told = {
        "files": [{"name": report.name, "sha256": report.sha256} for report in sources.reports],
        "counts": batch.counts,
        "valid_from": batch.valid_from.isoformat(),
        "government": government.division_code,
    }
    await record.append(uow, f"batch:{batch.id}", "batch.proposed", told)
    return batch.id or 0


def profile_of(ctx: Context, name: str) -> Profile:
    """Return a profile by name (empty: the context's); raises ``InvalidInput`` for an unknown one."""
    if not name or name == ctx.profile.id:
        return ctx.profile
    profiles = load_profiles()
    if name not in profiles:
        known = "、".join(sorted(profiles))
        raise InvalidInput(f"没有名为“{name}”的地方规则包。", f"可用的有：{known}。")
    return profiles[name]


async def _new_batch(
    uow: UnitOfWork, proposal: Proposal, profile: Profile, permission: Permission
) -> tuple[Batch, GovernmentFacts]:
    """Add the batch row: who proposes what for which government."""
    session = uow.session
    # The first statement goes through the session: it begins the transaction that the raw connection then shares.
    (await session.exec(select(1))).all()
    connection = await uow.raw()
    government = await library.government_of(connection, proposal.government, proposal.valid_from)
    permit(uow.ctx, permission, Target(government.id, proposal.body))
    if proposal.body:
        names = await library.body_names(connection, government, profile, proposal.valid_from)
        if proposal.body not in names.numbers:
            raise InvalidInput(f"机构代码“{proposal.body}”不属于{government.name}。", "请核对机构代码，或不指定机构。")
    batch = Batch(
        government_id=government.id,
        kind=proposal.kind,
        state="draft",
        profile=profile.id,
        title=proposal.title,
        reason=proposal.reason,
        valid_from=proposal.valid_from,
        based_on=await library.revision_of(connection),
        created_at=uow.ctx.now,
        created_by=uow.ctx.actor.account_id,
        options={},
        counts={},
        notes=[],
    )
    session.add(batch)
    await session.flush()
    return batch, government


def _mapping_of(files: Sequence[Path]) -> HeaderMapping:
    """Return the shipped mapping of headers, extended by files; a wrong file is named with its key and reason."""
    try:
        return header_mapping(files)
    except (MappingError, OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"表头对照文件有误：{error}。", "请对照 domain/lists/headers.toml 的写法改正。") from error


class _Sources:
    """The files of a proposal, opened one after another; a workbook given twice is read once."""

    def __init__(self, files: Sequence[SourceFile], profile: Profile, mappings: Sequence[Path]) -> None:
        self._files = files
        self._profile = profile
        self._mapping = _mapping_of(mappings)
        self.reports: list[SourceReport] = []
        self.dropped: list[tuple[str, str]] = []

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows of all files."""
        seen: dict[str, str] = {}
        for file in self._files:
            source = Source(file, self._profile, self._mapping)
            if (first := seen.get(source.report.sha256)) is not None:
                self.dropped.append((file.name, first))
                continue
            seen[source.report.sha256] = file.name
            self.reports.append(source.report)
            yield from source.rows()


async def _copy_rows(connection: asyncpg.Connection, batch_id: int, seq: int, rows: Sequence[SourceRow]) -> None:
    records = [
        (
            batch_id,
            number,
            row.file,
            row.sheet,
            row.row,
            row.first_row,
            "attention" if row.role == "item" else FATES.get(row.role, "passed_over"),
            row.role,
            row.name,
            json.dumps(row.said, ensure_ascii=False) if row.said is not None else None,
            json.dumps(_row_problems(row), ensure_ascii=False),
        )
        for number, row in enumerate(rows, seq + 1)
    ]
    await connection.copy_records_to_table("batch_row", records=records, columns=ROW_COLUMNS)


def _row_problems(row: SourceRow) -> list[dict[str, str]]:
    """Return the problems of a row; a row that is no item says why."""
    if row.reason and not row.problems:
        return [{"column": "", "code": row.role, "message": row.reason, "advice": "", "severity": "note", "by": "list"}]
    return [problem.to_plain() for problem in row.problems]


def _describe(
    batch: Batch,
    reports: Sequence[SourceReport],
    dropped: Sequence[tuple[str, str]],
    proposal: Proposal,
    rows: int,
) -> None:
    """Write down what was read: files and hashes, columns by sheet, notes."""
    if rows != sum(report.rows for report in reports):
        raise AssertionError("rows read and rows kept differ")
    names = [report.name for report in reports]
    batch.source_name = "、".join(names)
    batch.source_sha256 = _hash_of(reports)
    batch.title = batch.title or (names[0] if len(names) == 1 else f"{names[0]}等 {len(names)} 个文件")
    batch.options = {
        "body": proposal.body,
        "level_policy": proposal.level_policy,
        "create_bodies": proposal.create_bodies,
        "files": [
            {
                "name": report.name,
                "sha256": report.sha256,
                "format": report.format,
                "rows": report.rows,
                "body_hint": report.body_hint,
            }
            for report in reports
        ],
        "columns": [
            {"file": report.name, "sheet": sheet, "paths": sorted(paths)}
            for report in reports
            for sheet, paths in report.columns.items()
        ],
        "cancel": {},
    }
    twice = [
        {
            "file": name,
            "sheet": "",
            "code": "same_file_twice",
            "message": f"文件“{name}”与“{first}”内容相同，只读取一次。",
        }
        for name, first in dropped
    ]
    batch.notes = [*twice, *(asdict(note) for report in reports for note in report.notes)]


def _hash_of(reports: Sequence[SourceReport]) -> str:
    """Return the hash of the one file, or the hash over the sorted lines ``hash  name`` of several."""
    if len(reports) == 1:
        return reports[0].sha256
    lines = sorted(f"{report.sha256}  {report.name}\n" for report in reports)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def facts_of(batch: Batch, government: GovernmentFacts, profile: Profile) -> BatchFacts:
    """Return what an evaluation needs to know of a batch."""
    options: Mapping[str, Any] = batch.options
    return BatchFacts(
        id=batch.id or 0,
        government=government,
        profile=profile,
        valid_from=batch.valid_from,
        body=options["body"],
        create_bodies=options["create_bodies"],
        level_asks=options["level_policy"] == "attention",
        columns={(one["file"], one["sheet"]): frozenset(one["paths"]) for one in options["columns"]},
        hints={one["name"]: one["body_hint"] for one in options["files"]},
    )


async def evaluate(uow: UnitOfWork, batch: Batch, facts: BatchFacts, progress: Progress = no_progress) -> None:
    """Give every item row of a batch its fate against the library as it is now, and count."""
    connection = await uow.raw()
    batch.based_on = await library.revision_of(connection)
    evaluation = Evaluation(connection, facts, progress)
    await evaluation.prepare()
    await connection.execute(JUDGED)
    bodies: set[str] = set()
    async for chunk in evaluation.judged():
        bodies.update(judged.judgement.content.body for judged in chunk if judged.judgement.content is not None)
        records = await asyncio.to_thread(_judged_rows, chunk)
        await connection.copy_records_to_table("batch_judged", records=records, columns=JUDGED_COLUMNS)
    await connection.execute("ANALYZE batch_judged")
    await connection.execute(FORGET_ACCEPTED, facts.id)
    await connection.execute(TAKE_OVER, facts.id)
    await connection.execute("DROP TABLE batch_judged")
    counts = {row["fate"]: row["rows"] for row in await connection.fetch(COUNTS, facts.id)}
    read = sum(file["rows"] for file in batch.options["files"])
    # Rows read = rows accounted for: a row that vanished would be a bug, so nothing is kept then.
    if sum(counts.values()) != read:
        raise AssertionError(f"{read} rows were read, {sum(counts.values())} are accounted for")
    batch.counts = counts
    batch.options = {
        **batch.options,
        "new_bodies": [asdict(body) for body in evaluation.new_bodies],
        "bodies": sorted(bodies),
    }
    uow.session.add(batch)
    await uow.session.flush()


def _judged_rows(chunk: Sequence[Judged]) -> list[tuple[object, ...]]:
    return [_judged_row(judged) for judged in chunk]


def _judged_row(judged: Judged) -> tuple[object, ...]:
    judgement, assigned = judged.judgement, judged.assigned
    return (
        judged.row.seq,
        judgement.fate,
        judgement.outcome,
        assigned.scheme,
        assigned.code,
        assigned.held.item_id if assigned.held else None,
        judged.version_id,
        json.dumps([asdict(one) for one in judgement.differences], ensure_ascii=False),
        json.dumps(problems_of(judged), ensure_ascii=False),
    )


async def draft_for(uow: UnitOfWork, batch_id: int, permission: Permission) -> tuple[Batch, GovernmentFacts, Profile]:
    """Lock a draft batch for a change; raises ``NotFound``, ``NotPermitted``, or ``Conflict`` when it is no draft."""
    batch = await locked(uow, batch_id, permission)
    if batch.state != "draft":
        raise Conflict(f"批次 {batch_id} 已{STATE_NAMES[batch.state]}，不能再修改。", "请重新提交清单文件。")
    connection = await uow.raw()
    return batch, await library.government_by_id(connection, batch.government_id), profile_of(uow.ctx, batch.profile)


STATE_NAMES = {"draft": "待审核", "confirmed": "确认入库", "discarded": "作废"}


async def locked(uow: UnitOfWork, batch_id: int, permission: Permission) -> Batch:
    """Lock a batch whatever its state; missing and forbidden look the same for whoever may read no batch at all."""
    statement = select(Batch).where(col(Batch.id) == batch_id).with_for_update()
    batch = (await uow.session.exec(statement)).one_or_none()
    permit_batch(uow.ctx, permission, batch.government_id if batch else None)
    if batch is None:
        raise NotFound("批次")
    return batch
