"""Use-cases of parties 当事人: enter, find by number, show masked, open for a purpose, correct (R4, 003-31(1)).

Who somebody is leaves the database sealed and is opened here. What lists show is masked; the plain text is given one
party at a time, for a purpose from a closed list and within a matter, and that is an event (who, which party, which
fields, what for, which matter). No event, log or refusal holds a name, a number or an address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import col, select

from domain.access import Permission, Target
from domain.identity_documents import number_key
from domain.parties import CORRECTION_GROUNDS, FIELDS, PURPOSES, Party, checked, masked
from domain.tables import parties as tables
from domain.tables.bodies import Body
from resolvers import parties_store as store
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, NotFound, NotSignedIn
from resolvers.parties_values import (
    AlreadyEntered,
    MaskedParty,
    Revealed,
    choice,
    chosen_fields,
    masked_view,
    refuse,
)
from resolvers.permits import permit
from resolvers.sealing import provider_of

MOST_IDS: Final = 500
"""Of how many parties a list asks at once; more would be an export."""


async def enter(ctx: Context, body: str, party: Party) -> UUID:
    """Enter a party for a body and return its id; `domain.parties.reference` makes of it what a matter refers to.

    Raises ``InvalidInput`` with the fields, ``NotPermitted``, ``NotFound`` (no such body), ``AlreadyEntered``.
    """
    made, problems = checked(party, ctx.today)
    async with unit_of_work(ctx) as uow:
        government = await _government_of(uow, body, Permission.PARTY_ENTER)
        refuse(problems)
        provider = provider_of(ctx.keys)
        # Two officials who enter the same number at once: the second waits, and finds what the first has entered.
        lock = f"party:{body}:{store.number_index(provider, made.number).hex()}"
        await uow.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
        connection = await uow.raw()
        known = await connection.fetch(store.BY_NUMBER, store.number_indexes(provider, made.number), [body])
        if known:
            raise AlreadyEntered(known[0]["id"])
        return await _add(uow, government, body, made, uuid4())


async def declare(ctx: Context, body: str, party: Party, key: str = "") -> UUID:
    """Enter who somebody in the hall says to be; whether anybody entered the number before is not told.

    It is the visitor's own word until an official has checked it. The same words under the same ``key`` are one
    party, however often they are sent. Raises ``InvalidInput``, ``NotFound``, ``Conflict`` (other words under the key).
    """
    made, problems = checked(party, ctx.today)
    refuse(problems)
    party_id = UUID(bytes=ctx.keys.keyed_hash("party-declaration", f"{body}|{key}")[:16], version=4) if key else uuid4()
    async with unit_of_work(ctx, unrecorded="a declaration that was made before under its key") as uow:
        government = await _government_of(uow, body, Permission.PARTY_DECLARE)
        await uow.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"party:{party_id}", 0))))
        known = await (await uow.raw()).fetchrow(store.AS_ENTERED, party_id)
        if known is None:
            return await _add(uow, government, body, made, party_id)
        if store.held(known).party(provider_of(ctx.keys)) != made:
            raise Conflict("这份申请已经用其他当事人的信息提交过。", "请重新打开申请页面填写。")
        return party_id


async def find(ctx: Context, number: str) -> tuple[MaskedParty, ...]:
    """Return the parties of the actor's bodies that have this number, masked, the latest first; the search is recorded.

    The number may be written in any way. Raises ``InvalidInput`` for none, ``NotSignedIn``, ``NotPermitted``.
    """
    actor = ctx.actor
    if actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    bodies = None if actor.kind == "system" else sorted(actor.body_codes)
    permit(ctx, Permission.PARTY_FIND, Target(body_code=bodies[0] if bodies else ""))
    key = number_key(number)
    if not key:
        raise choice("number", "MISSING", "没有填写要查找的证件号码。")
    provider = provider_of(ctx.keys)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        rows = await connection.fetch(store.BY_NUMBER, store.number_indexes(provider, key), bodies)
        found = [store.held(row) for row in rows]
        # Trying numbers shows in the record, by whom and with what success; the number does not.
        stream = f"party_search:{actor.account_id or actor.kind}"
        await record.append(uow, stream, "party.sought", {"found": [str(one.id) for one in found]})
    return tuple(_masked(ctx, one) for one in found)


async def masked_parties(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, MaskedParty]:
    """Return parties masked, by id: those that the actor may see. Raises ``InvalidInput`` for more than 500 at once."""
    if len(ids) > MOST_IDS:
        raise choice("ids", "TOO_MANY", f"一次最多查看{MOST_IDS}名当事人。")
    return {one.id: _masked(ctx, one) for one in await store.readable(ctx, list(dict.fromkeys(ids)))}


async def masked_party(ctx: Context, party_id: UUID) -> MaskedParty:
    """Return one party masked; raises ``NotFound`` for what is not there or may not be seen."""
    found = await masked_parties(ctx, [party_id])
    if party_id not in found:
        raise NotFound("当事人")
    return found[party_id]


# L2/R4: every reading of an identity is an event with purpose, written before anything is handed out.
async def reveal(
    ctx: Context, party_id: UUID, purpose: str, matter_id: int, fields: tuple[str, ...] = FIELDS
) -> Revealed:
    """Open fields of a party of a matter; the plain text is returned once the event is committed.

    Raises ``InvalidInput`` for a purpose or a field that is not on its list, ``NotFound`` for everything that the actor
    may not open: no such party or matter, a matter of others, a party of another matter, a purpose of another office.
    """
    if purpose not in PURPOSES:
        names = "、".join(PURPOSES.values())
        raise choice("purpose", "MISSING" if not purpose else "UNKNOWN", f"没有写明查看的用途；可以选择：{names}。")
    wanted = chosen_fields(fields)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        held, bodies = await store.within_matter(ctx, connection, Permission.PARTY_REVEAL, party_id, matter_id)
        # 003-34: the bureau opens for supervision only, and nobody else for that.
        watches = not ctx.actor.body_codes & set(bodies)
        if ctx.actor.kind == "official" and watches is not (purpose == "supervision"):
            raise NotFound("当事人")
        values = held.open(provider_of(ctx.keys), wanted)
        told = {"fields": list(wanted), "matter": matter_id, "no": held.no, "purpose": purpose}
        event = await record.append(uow, f"party:{party_id}", "party.revealed", told, body_code=held.body)
        seq = event.seq
    return Revealed(held.id, held.no, held.kind, held.document, seq, values)


async def correct(ctx: Context, party_id: UUID, party: Party, ground: str, seen: int) -> int:
    """Correct a party by a further version, and return its number; what stood before stays, sealed.

    ``seen`` is the version the form was made from. Raises ``InvalidInput``, ``NotFound``, ``Conflict`` (somebody else
    corrected it in between, or nothing changes).
    """
    return await _corrected(ctx, party_id, lambda _: party, ground, seen)


async def amend(ctx: Context, party_id: UUID, changes: Mapping[str, str], ground: str, seen: int) -> int:
    """Correct only some fields (and ``document``) of a party, by name; the others stay as they are, unread by anybody.

    So whoever changes a telephone number need not open who it is. Raises what ``correct`` raises.
    """
    if set(changes) - {"document", *FIELDS}:
        raise choice("fields", "UNKNOWN", "更正的内容有误。")
    values: dict[str, Any] = dict(changes)
    return await _corrected(ctx, party_id, lambda before: replace(before, **values), ground, seen)


async def _corrected(ctx: Context, party_id: UUID, anew: Callable[[Party], Party], ground: str, seen: int) -> int:
    if ground not in CORRECTION_GROUNDS:
        raise choice("ground", "MISSING", f"没有选择更正的理由；可以选择：{'、'.join(CORRECTION_GROUNDS.values())}。")
    provider = provider_of(ctx.keys)
    async with unit_of_work(ctx) as uow:
        chosen = select(tables.Party).where(col(tables.Party.id) == party_id).with_for_update()
        row = (await uow.session.exec(chosen)).one_or_none()
        if row is None or not store.may(ctx, Permission.PARTY_CORRECT, row.government_id, [row.body_code]):
            raise NotFound("当事人")
        (kept,) = await (await uow.raw()).fetch(store.BY_IDS, [party_id])
        before = store.held(kept).party(provider)
        made, problems = checked(anew(before), ctx.today)
        refuse(problems)
        if row.no != seen:
            raise Conflict("当事人信息在此期间已被他人更正。", "请查看最新内容后重新办理。")
        changed = [name for name in ("kind", "document", *FIELDS) if getattr(made, name) != getattr(before, name)]
        if not changed:
            raise Conflict("更正前后的内容相同。", "无需更正。")
        if made.kind != row.kind:
            raise choice("kind", "FIXED", "当事人类别不能更正，请另行登记。")
        row.no, row.changed_at = row.no + 1, ctx.now
        row.number_index = store.number_index(provider, made.number)
        uow.session.add(row)
        uow.session.add(store.version_of(ctx, party_id, row.no, made, ground))
        told = {"changed": changed, "document": made.document, "ground": ground, "no": row.no}
        await record.append(uow, f"party:{party_id}", "party.corrected", told, body_code=row.body_code)
        return row.no


async def _add(uow: UnitOfWork, government: int, body: str, party: Party, party_id: UUID) -> UUID:
    ctx = uow.ctx
    version = store.version_of(ctx, party_id, 1, party)
    row = tables.Party(
        id=party_id,
        government_id=government,
        body_code=body,
        kind=party.kind,
        no=1,
        number_index=version.number_index,
        entered_at=ctx.now,
        changed_at=ctx.now,
    )
    uow.session.add(row)
    await uow.session.flush()
    uow.session.add(version)
    told: dict[str, Any] = {
        "by_itself": ctx.actor.kind == "anonymous",
        "document": party.document,
        "fields": [name for name in FIELDS if party.value(name)],
        "kind": party.kind,
        "no": 1,
    }
    await record.append(uow, f"party:{party_id}", "party.entered", told, body_code=body)
    return party_id


async def _government_of(uow: UnitOfWork, body: str, permission: Permission) -> int:
    chosen = select(Body.government_id).where(col(Body.code) == body)
    government = (await uow.session.exec(chosen)).one_or_none()
    permit(uow.ctx, permission, Target(government, body))
    if government is None:
        raise NotFound("机关")
    return government


def _masked(ctx: Context, held: store.Held) -> MaskedParty:
    return masked_view(held.id, held.no, held.body, masked(held.party(provider_of(ctx.keys))))
