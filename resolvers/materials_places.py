"""Where a file may be put, and by whom: a matter, or the key under which one will be opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from domain.access import Permission, Target
from resolvers import matters_store as store
from resolvers.context import Context
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.materials_values import ForApplication, ForMatter, ForOpening, ForParty
from resolvers.materials_values import Target as Aim
from resolvers.matters_opening import LEAST_PARTY_KEY, PARTY, hash_of, opening_hash, scope_of
from resolvers.permits import permit
from resolvers.reading.fetching import understood

MATTER: Final = "SELECT government_id, body_code, bodies, phase FROM matter WHERE id = $1"
PARTYS: Final = "SELECT id, body_code, phase FROM matter WHERE number = $1 AND code_hash = $2"
OPEN: Final = ("received", "running")


@dataclass(frozen=True, slots=True)
class Place:
    """A place for files, with what may be put there."""

    sender: Literal["official", "party", "system"]
    body_code: str
    most_bytes: int
    most_files: int
    matter_id: int | None = None
    opening: bytes | None = None

    @property
    def lock(self) -> str:
        """What is locked while the files of the place are counted."""
        return f"materials:{self.matter_id or (self.opening or b'').hex()}"


async def place_of(ctx: Context, aim: Aim) -> Place:
    """Return the place; raises what whoever may not put anything there is told."""
    match aim:
        case ForMatter():
            return await _matter(ctx, aim.matter_id)
        case ForOpening():
            return _opening(ctx, aim)
        case ForParty():
            return await _party(ctx, aim)
        case ForApplication():
            return _application(ctx, aim)


async def _matter(ctx: Context, matter_id: int) -> Place:
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    with understood():
        row = await ctx.db.reads.fetchrow(MATTER, matter_id)
    if row is None or not store.may(ctx, Permission.MATTER_ACT, row["government_id"], row["bodies"]):
        if row is not None and store.may(ctx, Permission.MATTER_READ, row["government_id"], row["bodies"]):
            raise NotPermitted("您可以查看这一办件，但不能添加材料。", "请由承办机关的工作人员办理。")
        raise NotFound("办件")
    return _official(ctx, own_body(ctx, row["bodies"], row["body_code"]), matter_id=matter_id)


def own_body(ctx: Context, bodies: Sequence[str], leading: str) -> str:
    """Return the body for which the actor acts on a matter: the leading one where it is among the actor's own."""
    mine = [one for one in bodies if one in ctx.actor.body_codes]
    return leading if leading in mine or not mine else mine[0]


def _opening(ctx: Context, aim: ForOpening) -> Place:
    permit(ctx, Permission.MATTER_OPEN, Target(body_code=aim.body))
    if not aim.key:
        raise InvalidInput("缺少提交编号。", "请刷新页面后重新提交。")
    return _official(ctx, aim.body, opening=opening_hash(ctx, scope_of(ctx), aim.key))


def _official(ctx: Context, body: str, *, matter_id: int | None = None, opening: bytes | None = None) -> Place:
    sender: Literal["official", "system"] = "official" if ctx.actor.kind == "official" else "system"
    return Place(sender, body, ctx.intake.most_bytes, ctx.intake.most_files, matter_id, opening)


async def _party(ctx: Context, aim: ForParty) -> Place:
    """Find the matter by number and the keyed hash of both, as `resolvers.matters_public` does."""
    permit(ctx, Permission.MATTER_APPLY)
    number = aim.number.strip().upper()
    with understood():
        row = await ctx.db.reads.fetchrow(PARTYS, number, hash_of(ctx, number, aim.code))
    if row is None:
        raise NotFound("办件")
    if row["phase"] not in OPEN:
        raise Conflict("办理已经结束，不能再提交材料。", "如有新的情况，请联系承办机关。")
    return Place(PARTY, row["body_code"], ctx.intake.party_bytes, ctx.intake.party_files, matter_id=row["id"])


def _application(ctx: Context, aim: ForApplication) -> Place:
    permit(ctx, Permission.MATTER_APPLY)
    if len(aim.key) < LEAST_PARTY_KEY:
        raise InvalidInput("提交编号太短。", "请刷新页面后重新提交。")
    hashed = opening_hash(ctx, PARTY, aim.key)
    return Place(PARTY, "", ctx.intake.party_bytes, ctx.intake.party_files, opening=hashed)
