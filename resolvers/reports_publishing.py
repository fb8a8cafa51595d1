"""Publishing an edition: figures that may be told, the PDF, the row that everybody reads, all in the act's transaction."""

from dataclasses import dataclass
from typing import Any, Final

from domain import reports as rules
from domain.metrics import Figure, disclosed
from domain.report_sheets import sheet_of
from domain.reports import Edition, Told
from domain.values import canonical_json, digest
from resolvers import metrics
from resolvers.context import UnitOfWork
from resolvers.errors import InvalidInput
from resolvers.file_store import Measured, held_in_memory, measure
from resolvers.files import KEEP, MOST
from resolvers.metrics_counting import counted
from resolvers.press import NoGlyph
from resolvers.reports_store import Held

BODIES: Final = "SELECT code, name FROM body WHERE government_id = $1"
REPLACED: Final = "UPDATE publication SET replaced_at = $2 WHERE report_id = $1 AND replaced_at IS NULL"
ADD: Final = """
INSERT INTO publication (report_id, kind, government_id, body_code, body_name, period, edition, title, content, note,
  digest, pdf_file, pdf_size, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12, $13, $14) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Set:
    """An edition that is ready: what it says, its title, its PDF, and the digest of what it says."""

    title: str
    edition: Edition
    digest: bytes
    pdf: Measured


async def typeset(uow: UnitOfWork, held: Held) -> Set:
    """Make an edition of a report and set it. Raises ``InvalidInput`` naming a character that no font shows."""
    ctx, connection = uow.ctx, await uow.raw()
    names = {row["code"]: row["name"] for row in await connection.fetch(BODIES, held.government_id)}
    categories = {one.code: one.name for one in ctx.profile.categories}
    sections = rules.sections_of(ctx.profile, held.kind)
    edition = rules.published(sections, held.content, await _told(uow, held), names, categories)
    title = rules.title_of(held.kind, held.period, held.body_name)
    sheet = sheet_of(edition, title, held.body_name, held.about, ctx.today, held.note, held.edition)
    try:
        pdf = await ctx.press.typeset(sheet, ctx.now)
    except NoGlyph as error:
        message = f"报告中有不能印出的字符“{error.character}”。"
        raise InvalidInput(message, "请退回后由编写人员改正。") from error
    content = held_in_memory(pdf)
    measured = await measure(content, MOST)
    await connection.execute(KEEP, measured.digest, measured.size, ctx.now)
    await ctx.files.put(content, measured)
    return Set(title, edition, digest(edition), measured)


async def _told(uow: UnitOfWork, held: Held) -> tuple[Told, ...]:
    """Return the report's figures as they may be told: what is hidden depends on what all bodies have.

    The figures are those that were written about and accepted; what the others have is counted now.
    """
    ctx, connection = uow.ctx, await uow.raw()
    own = {one.place: one for one in held.content.figures}
    now = {one.place: one for one in await counted(ctx, connection, held.government_id, held.period)}
    before = await counted(ctx, connection, held.government_id, held.period.before)
    whole = [one for place, one in now.items() if place not in own]
    exact = [*whole, *(Figure(*place, one.value) for place, one in own.items())]
    shown = {one.place: one.value for one in disclosed(exact)}
    earlier = {one.place: one.value for one in disclosed(before)}
    return tuple(
        one.model_copy(update={"value": shown[place], "before": earlier.get(place) if one.before is not None else None})
        for place, one in own.items()
    )


async def publish(uow: UnitOfWork, held: Held, ready: Set) -> int:
    """Put an edition in the place of the one before it, with its figures; returns its number."""
    ctx, connection = uow.ctx, await uow.raw()
    await connection.execute(REPLACED, held.id, ctx.now)
    text = canonical_json(ready.edition.model_dump(mode="json")).decode()
    place = (held.kind, held.government_id, held.body_code, held.body_name, held.period_code, held.edition)
    values: tuple[Any, ...] = (ready.title, text, held.note, ready.digest, ready.pdf.digest, ready.pdf.size, ctx.now)
    number = int(await connection.fetchval(ADD, held.id, *place, *values))
    figures = [Figure(*one.place, one.value) for one in ready.edition.figures]
    await metrics.publish(uow, held.government_id, held.period, figures, number)
    return number
