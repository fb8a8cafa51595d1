"""Opening a matter: by an official at the counter, or by the party in the hall (003-26, H2).

The item's version that is in force gives the procedure; the number is drawn in the same transaction, so a series has no
gap. The look-up code is made of the server's secret and the key of the opening, of which only keyed hashes are kept: a
repeated submission gets the same code, and the database alone gives nobody one.
"""

import base64
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.engine.deciding import decide
from domain.engine.matter import BLANK, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.procedures import Procedure
from domain.values import digest
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.calendar import load_calendar
from resolvers.context import LOCAL, Context, UnitOfWork, plain_unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.materials_taking import take_up, wanted
from resolvers.matters_books import Basis, ItemVersion
from resolvers.matters_briefing import Briefing, brief
from resolvers.matters_judging import done_of, parse
from resolvers.matters_refusals import KeyReused, NotRunnable, refusal_of
from resolvers.matters_store import Birth
from resolvers.matters_values import Opened, Opening
from resolvers.permits import permit
from resolvers.retrying import Moved, queued, retried
from resolvers.shelf import Kept

KEY: Final = "open"
"""Key of the opening within its matter; the sender's own key is kept as a keyed hash only."""

CODE_BYTES: Final = 10
"""80 bits: sixteen letters and digits that nobody mistakes for one another."""

LEAST_PARTY_KEY: Final = 22
"""A party's key is a secret as long as the answer is on its way: 128 bits or more, as a browser makes them."""

ALIKE: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
TAKEN: Final = frozenset({"23505"})
PARTY: Final = "party"
BODY: Final = """
SELECT h.revision, b.code, b.government_id FROM public_head h
LEFT JOIN body b ON b.code = ANY($1::text[]) AND b.valid @> $2::date WHERE h.id = 1
"""
DRAW: Final = """
INSERT INTO number_series (series, last) VALUES ($1, 1)
ON CONFLICT (series) DO UPDATE SET last = number_series.last + 1 RETURNING last
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """An opening with what it resolves to; ``scope`` is whose key it is, ``series`` that of the number.

    What another body sends may have no item here: then the opening says which body it is for, and how it is called.
    """

    opening: Opening
    item: ItemVersion | None
    procedure: Procedure
    by: Doer
    scope: str
    series: str

    @property
    def body(self) -> str:
        """The body that handles it."""
        return self.opening.body or (self.item.content.body if self.item else "")

    @property
    def title(self) -> str:
        """What it is called."""
        content = self.item.content if self.item else None
        return self.opening.title or (content.sub_item or content.name if content else "")

    def hashed(self, ctx: Context) -> bytes:
        """Return the keyed hash of the sender's key, by which the same opening is known again."""
        return opening_hash(ctx, self.scope, self.opening.key)


async def open_matter(ctx: Context, opening: Opening) -> Opened:
    """Register a matter as an official of its body; returns its number and the party's look-up code.

    The same key again gives the same answer. Raises ``NotFound`` for an item that is not there (or no body of the
    actor's), ``NotRunnable``, ``KeyReused``, ``InvalidInput`` and the engine's refusals.
    """
    return await retried(lambda: _by_official(ctx, opening), also=TAKEN)


async def _by_official(ctx: Context, opening: Opening) -> Opened:
    kept = await books.kept_now(ctx)
    item = await _item(ctx, kept, opening)
    body = opening.body or item.content.body
    permit(ctx, Permission.MATTER_OPEN, Target(item.government_id, body))
    official = ctx.actor.kind == "official"
    posting = next((one for one in ctx.actor.postings if one.body_code == body), None)
    by = Doer(kind="system", id=ctx.actor.name or "system")
    if official:
        by = Doer(kind="official", id=str(ctx.actor.account_id), body=body, post=posting.post if posting else "")
    return await _opened(ctx, kept, opening, item, by, scope_of(ctx))


async def apply(ctx: Context, opening: Opening) -> Opened:
    """Take an application from the hall, where nobody has signed in; the item must be open to applications.

    ``key`` must be a random text of at least 22 characters: it stands for the applicant until the code is shown.
    Only ``item``, ``body``, ``party``, ``party_kind`` and the materials it brings count: when something came, how it
    is called and how it is handled is not for the applicant to say. ``party`` is bound by the server as well.
    """
    permit(ctx, Permission.MATTER_APPLY)
    if len(opening.key) < LEAST_PARTY_KEY:
        problem = FieldProblem("key", "TOO_SHORT", "提交编号太短。", "请刷新页面后重新提交。")
        raise InvalidInput("提交编号太短。", "请刷新页面后重新提交。", (problem,))
    said = replace(opening, received=None, origin="", title="", procedure="", bodies=())
    return await retried(lambda: _by_party(ctx, said), also=TAKEN)


async def _by_party(ctx: Context, opening: Opening) -> Opened:
    kept = await books.kept_now(ctx)
    item, _ = await _offered(ctx, kept, opening.item, opening.body)
    return await _opened(ctx, kept, opening, item, Doer(kind=PARTY, id=PARTY), PARTY)


async def offered(ctx: Context, code: str, body: str = "") -> tuple[ItemVersion, Procedure]:
    """Return an item that can be applied for in the hall, with its procedure; raises ``NotFound``, ``NotRunnable``."""

    async def look() -> tuple[ItemVersion, Procedure]:
        return await _offered(ctx, await books.kept_now(ctx), code, body)

    return await retried(look)


async def _offered(ctx: Context, kept: Kept, code: str, body: str) -> tuple[ItemVersion, Procedure]:
    item = await _item(ctx, kept, Opening(code, "", body))
    if item.content.guide is None or not item.content.guide.online:
        raise NotRunnable(f"“{item.content.name}”不能在网上申请。", "请到办理地点申请。")
    procedure = await books.procedure_for(ctx, kept, item)
    if procedure.kind != "case":
        raise NotRunnable(f"“{item.content.name}”由机关依职权办理，不能申请。", "如需反映情况，请使用投诉举报。")
    return item, procedure


async def _item(ctx: Context, kept: Kept, opening: Opening) -> ItemVersion:
    item = await books.item_in_force(ctx, kept, opening.item, opening.body if not opening.bodies else "")
    if item is None:
        raise NotFound("权力事项")
    if item.content.status != "in_use":
        raise NotRunnable(f"“{item.content.name}”已暂停或者取消，不能办理新的申请。", "请核对权力事项的状态。")
    return item


async def _opened(ctx: Context, kept: Kept, opening: Opening, item: ItemVersion, by: Doer, scope: str) -> Opened:
    procedure = await books.procedure_for(ctx, kept, item, opening.procedure, joint=len(opening.bodies) > 1)
    plan = Plan(opening, item, procedure, by, scope, series_of(ctx, item, opening))
    async with queued(ctx.db.url, f"series:{plan.series}"):
        opened = await _once(ctx, kept, plan)
    store.known(ctx, opened.number, opened.matter_id)
    return opened


async def _once(ctx: Context, kept: Kept, plan: Plan) -> Opened:
    """Open in one transaction, or find what the same key opened before."""
    async with plain_unit_of_work(ctx, unrecorded="a matter that was opened before under its key") as uow:
        briefing = await _briefing(uow, plan)
        if briefing.opened is not None:
            return await _again(uow, briefing.opened, plan)
        if briefing.kept.revision != kept.revision:
            raise Moved
        return await born(uow, plan, briefing)


async def _briefing(uow: UnitOfWork, plan: Plan) -> Briefing:
    officers = [plan.by.id] if plan.by.kind == "official" else []
    return await brief(uow.ctx, await uow.raw(), officers, opening=plan.hashed(uow.ctx))


async def born(uow: UnitOfWork, plan: Plan, briefing: Briefing | None = None) -> Opened:
    """Open a matter inside a unit of work: draw its number, let the engine decide, write it.

    The number comes as late as can be: whoever draws the next one of the series waits until this is committed.
    """
    ctx, connection = uow.ctx, await uow.raw()
    opening, item, procedure, by = plan.opening, plan.item, plan.procedure, plan.by
    briefing = briefing or await _briefing(uow, plan)
    government = await _government(ctx, briefing.kept, plan)
    basis = Basis(await books.keep_procedure(ctx, connection, procedure), procedure, item)
    calendar = await load_calendar(ctx, kept=briefing.kept)
    book = books.rulebook(basis, calendar, briefing.certificates, briefing.names)
    number = f"{plan.series}{await connection.fetchval(DRAW, plan.series):06}"
    if by.kind == PARTY:
        by = by.model_copy(update={"id": opening.party or number})
    parsed = parse(_act(plan, number), by)
    taken = await wanted(uow, parsed, opening=plan.hashed(ctx))
    try:
        events = decide(BLANK, parsed, book, ctx.now)
    except ActRefused as refused:
        raise refusal_of(refused) from refused
    after = fold(events)
    code = code_of(ctx, plan.scope, opening.key)
    looked_up = hash_of(ctx, number, code)
    of_item = (item.content.code, plan.title, item.content.category) if item else ("", plan.title, "")
    birth = Birth(government, *of_item, plan.hashed(ctx), looked_up)
    matter_id = await store.bear(uow, birth, events, after, basis, book)
    await take_up(uow, taken, matter_id, after.seq)
    return Opened(done_of(matter_id, events, after, procedure), code)


def _act(plan: Plan, number: str) -> dict[str, Any]:
    """Return the first act as plain data."""
    opening = plan.opening
    return {
        **opening.brings,
        "kind": "open",
        "key": KEY,
        "matter": number,
        "body": plan.body,
        "bodies": opening.bodies,
        # Whoever is not known otherwise is the party of this matter, and of no other.
        "party": opening.party or number,
        "party_kind": opening.party_kind,
        "received": opening.received,
        "origin": opening.origin,
        "came_by": opening.came_by,
    }


async def _again(uow: UnitOfWork, matter_id: int, plan: Plan) -> Opened:
    """Return the answer that the same opening was given the first time; raises ``KeyReused`` if it was another."""
    opening, by = plan.opening, plan.by
    held = await store.hold(await uow.raw(), matter_id, lock=False)
    if held is None or held.item_version_id is None:
        raise NotFound("办件")
    first = (await store.reread(await uow.raw(), matter_id, until=1))[0]
    item = await books.item_version(uow.ctx, held.item_version_id)
    again = parse(_act(replace(plan, item=item), held.number), first.act.by)
    mine = by.kind == PARTY or first.act.by.id == by.id
    if not mine or opening.item != held.item_code or digest(again) != digest(first.act):
        raise KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
    procedure = await books.procedure(uow.ctx, held.procedure_id)
    return Opened(
        done_of(matter_id, (first,), fold((first,)), procedure, repeated=True),
        code_of(uow.ctx, plan.scope, opening.key),
    )


async def _government(ctx: Context, kept: Kept, plan: Plan) -> int:
    """Check that every body named is there, and return the government of the leading one; raises ``InvalidInput``."""
    known = await governments(ctx, kept, plan.body, *plan.opening.bodies)
    if missing := [one for one in (plan.body, *plan.opening.bodies) if one not in known]:
        raise InvalidInput(f"没有代码为{'、'.join(missing)}的机关。", "请核对机关代码。")
    return known[plan.body]


async def governments(ctx: Context, kept: Kept, *bodies: str) -> dict[str, int]:
    """Return the governments of those bodies that are in force today; raises ``Moved``."""
    named = tuple(dict.fromkeys(bodies))

    async def read() -> tuple[int, dict[str, int]]:
        rows = await ctx.db.reads.fetch(BODY, named, ctx.today)
        return rows[0]["revision"], {row["code"]: row["government_id"] for row in rows}

    return await kept.get(("bodies", named, ctx.today), read)


# 003-31(2): every case has a serial number; the series is that of a body, a category and a civil year.
def series_of(ctx: Context, item: ItemVersion, opening: Opening) -> str:
    """Return the series of a matter's number: body, letters of the category, year."""
    category = ctx.profile.category(item.content.category)
    return series_named(ctx, opening.body or item.content.body, category.letters if category else "")


def series_named(ctx: Context, body: str, letters: str) -> str:
    """Return the series of a body's matters under some letters in this civil year."""
    return f"{body}{letters}{ctx.now.astimezone(LOCAL).year}"


def opening_hash(ctx: Context, scope: str, key: str) -> bytes:
    """Return the keyed hash of the key of an opening; files that come before it are kept under the same."""
    return ctx.keys.keyed_hash("matter-opening", f"{scope}|{key}")


def scope_of(ctx: Context) -> str:
    """Return whose key it is that the actor opens matters under."""
    if ctx.actor.kind == "official":
        return f"official:{ctx.actor.account_id}"
    return f"system:{ctx.actor.name or 'system'}"


def code_of(ctx: Context, scope: str, key: str) -> str:
    """Return the look-up code that belongs to the key of an opening."""
    drawn = ctx.keys.keyed_hash("matter-code", f"{scope}|{key}")[:CODE_BYTES]
    return base64.b32encode(drawn).decode().translate(ALIKE)


def hash_of(ctx: Context, number: str, code: str) -> bytes:
    """Return the keyed hash by which a matter is found for whoever has its code; spaces, hyphens and case do not count."""
    plain = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    return ctx.keys.keyed_hash("matter-look-up", f"{number}|{plain}")


def may_open(ctx: Context, body: str) -> bool:
    """Say whether the actor may register matters of a body."""
    return allowed(ctx.actor, Permission.MATTER_OPEN, Target(body_code=body))
