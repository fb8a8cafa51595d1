"""Writing a report: texts are saved, figures fetched anew, the whole is handed in, and what was published is corrected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain import reports as rules
from domain.profile_planning import Section
from domain.reports import Content, Wrong
from domain.results import telling
from resolvers import receipts
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import FieldProblem
from resolvers.reports_notices import tell_of
from resolvers.reports_opening import figures
from resolvers.reports_store import Held, Move, done_before, expect, hold, invalid, kind_name, move

SUBMITTED: Final = """
UPDATE report SET submitted_at = $2, submitted_by = $3, late = late OR coalesce(due_on < $4::date, false) WHERE id = $1
"""
OPEN: Final = ("open", "returned")


@dataclass(frozen=True, slots=True)
class ReportDone:
    """What an act did: the report's new number, and for who handed it in the receipt (empty: none is given)."""

    report_id: int
    no: int
    receipt: str = ""


async def save(ctx: Context, report_id: int, texts: Mapping[str, str], note: str, seen: int) -> ReportDone:
    """Save what was written. Raises ``NotFound``, ``InvalidInput`` with its fields, ``ReportChanged``."""
    async with unit_of_work(ctx, unrecorded="a report in which nothing was changed") as uow:
        held = await hold(uow, report_id, "write")
        sections = rules.sections_of(ctx.profile, held.kind)
        written, said = rules.written(sections, texts), note.strip()
        wrong = [*rules.too_much(sections, written), *_note_problems(said)]
        if wrong:
            raise invalid(_problems(wrong))
        if held.state in OPEN and written == rules.written(sections, held.content.sections) and said == held.note:
            return ReportDone(held.id, held.no)
        expect(held, seen, *OPEN)
        content = held.content.model_copy(update={"sections": written})
        return ReportDone(held.id, await move(uow, held, _still(held, content, said, "report.saved")))


async def recount(ctx: Context, report_id: int, seen: int) -> ReportDone:
    """Fetch the figures as they are now; a text that is still empty gets a first one. Raises as ``save`` does."""
    async with unit_of_work(ctx) as uow:
        held = await hold(uow, report_id, "write")
        expect(held, seen, *OPEN)
        told = await figures(ctx, await uow.raw(), held.government_id, held.period, held.about or None)
        sections = rules.sections_of(ctx.profile, held.kind)
        first = rules.drafted(held.kind, sections, told.shown, held.about, held.period)
        texts = {code: held.content.sections.get(code) or first[code] for code in first}
        content = Content(sections=texts, figures=told.exact, counted_at=ctx.now)
        return ReportDone(held.id, await move(uow, held, _still(held, content, held.note, "report.counted")))


def _still(held: Held, content: Content, note: str, event: str) -> Move:
    return Move(held.state, content, note, held.edition, event, wrote=True)


async def submit(ctx: Context, report_id: int, seen: int | None, key: str = "") -> ReportDone:
    """Hand a report in: to the office that receives it, or to whoever approves it. Gives a receipt.

    The same act again gives the same answer. Raises ``NotFound``, ``InvalidInput`` with everything that is missing,
    ``ReportChanged``, ``KeyOfAnother``.
    """
    async with unit_of_work(ctx, unrecorded="a report that was handed in before") as uow:
        held = await hold(uow, report_id, "submit")
        number = await done_before(uow, held, "submit", -1 if seen is None else seen, key)
        if not number:
            expect(held, seen, *OPEN)
            sections = rules.sections_of(ctx.profile, held.kind)
            if wrong := [*rules.unfinished(sections, held.content, held.edition, held.note)]:
                raise invalid(_problems(wrong))
            number = await _submitted(uow, held, sections, key)
    about = f"{held.period.name}{kind_name(held.kind)}"
    return ReportDone(held.id, number, await receipts.given_last(ctx, held.stream, "report.submitted", about))


async def _submitted(uow: UnitOfWork, held: Held, sections: tuple[Section, ...], key: str) -> int:
    ctx = uow.ctx
    late = held.due_on is not None and ctx.today > held.due_on
    told = {"late": late, "sections": [one.code for one in sections if held.content.sections.get(one.code)]}
    step = Move(
        "submitted", held.content, held.note, held.edition, "report.submitted", "submit", key=key, wrote=True, told=told
    )
    number = await move(uow, held, step)
    await tell_of(uow, held, "submit", number)
    await (await uow.raw()).execute(SUBMITTED, held.id, ctx.now, ctx.actor.account_id, ctx.today)
    return number


async def correct(ctx: Context, report_id: int, reason: str, seen: int | None, key: str = "") -> ReportDone:
    """Begin a new edition of what was published; what it changes is told with it. Raises as ``submit`` does."""
    said = reason.strip()
    async with unit_of_work(ctx, unrecorded="a correction that was begun before") as uow:
        held = await hold(uow, report_id, "write")
        if number := await done_before(uow, held, "correct", -1 if seen is None else seen, key):
            return ReportDone(held.id, number)
        wrong = [*_note_problems(said)]
        if not said:
            wrong.append(Wrong("reason", "MISSING", "没有说明为什么更正。", "请补充，更正说明与新版一起公布。"))
        if wrong:
            raise invalid(_problems(wrong))
        expect(held, seen, "accepted")
        step = Move(
            *("open", held.content, said, held.edition + 1, "report.correction_begun", "correct"),
            reason=said,
            key=key,
            wrote=True,
        )
        return ReportDone(held.id, await move(uow, held, step))


def _note_problems(note: str) -> list[Wrong]:
    if len(note) > rules.LONGEST_NOTE:
        return [Wrong("note", "TOO_LONG", f"更正说明超过{rules.LONGEST_NOTE}字。", "请写得简短一些。")]
    if what := telling(note):
        return [Wrong("note", "TELLS_A_PERSON", f"更正说明含有{what[0]}，更正说明是公开的。", "请删去。")]
    return []


def _problems(wrong: list[Wrong]) -> list[FieldProblem]:
    return [FieldProblem(*one) for one in wrong]
