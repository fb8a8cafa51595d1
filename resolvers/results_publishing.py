"""Publishing, correcting, withdrawing and withholding the result of a decision: the body's acts, each with its trace.

Nothing is public before an official of the body has looked at it. A natural person's name is masked here, whatever was
typed; where the file knows the party, the name comes from there, and opening it is recorded as every opening is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain import results as rules
from domain.access import Permission, Target
from domain.engine.matter import Matter
from domain.parties import id_of
from domain.profile_hall import Choice, choice
from domain.results import Result
from domain.values import canonical_json, digest
from resolvers import parties_store, record, results_drafting
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit, permit_or_hide
from resolvers.sealing import provider_of

HOLD: Final = """
SELECT r.id, r.kind, r.state, r.no, r.government_id, r.body_code, r.content::text AS content, r.matter_id, m.party,
  m.state::text AS matter, b.name AS body_name
FROM result r JOIN matter m ON m.id = r.matter_id JOIN body b ON b.code = r.body_code WHERE r.id = $1 FOR UPDATE OF r
"""
MOVE: Final = (
    "UPDATE result SET state = $2, no = $3, content = $4::text::jsonb, todo_on = NULL, changed_on = NULL WHERE id = $1"
)
ADD: Final = """
INSERT INTO result_version (result_id, no, act, content, digest, ground, reason, by_name, recorded_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, $9)
"""
SHOW: Final = """
INSERT INTO published_result AS p (id, kind, state, no, government_id, body_code, body_name, decision_number, party,
  party_kind, item_code, item_name, result, content, basis, decided_on, valid_from, valid_until, search_key,
  published_at, changed_at, shown_until, digest, ground, reason)
VALUES ($1, $2, 'published', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20, $21,
  '', $22)
ON CONFLICT (id) DO UPDATE SET state = 'published', no = EXCLUDED.no, body_name = EXCLUDED.body_name,
  decision_number = EXCLUDED.decision_number, party = EXCLUDED.party, party_kind = EXCLUDED.party_kind,
  item_code = EXCLUDED.item_code, item_name = EXCLUDED.item_name, result = EXCLUDED.result,
  content = EXCLUDED.content, basis = EXCLUDED.basis, decided_on = EXCLUDED.decided_on,
  valid_from = EXCLUDED.valid_from, valid_until = EXCLUDED.valid_until, search_key = EXCLUDED.search_key,
  changed_at = EXCLUDED.changed_at, shown_until = EXCLUDED.shown_until, digest = EXCLUDED.digest, ground = '',
  reason = EXCLUDED.reason
"""
EMPTY: Final = """
UPDATE published_result SET state = 'withdrawn', no = $2, decision_number = '', party = '', item_code = '',
  item_name = '', result = '', content = '', basis = '', decided_on = NULL, valid_from = NULL, valid_until = NULL,
  search_key = '', changed_at = $3, shown_until = NULL, digest = $4, ground = $5, reason = $6 WHERE id = $1
"""
LONGEST_REASON: Final = 500


class AlreadyMoved(Conflict):
    """Somebody did something with the result since the form was made."""

    code = "RESULT_CHANGED"

    def __init__(self) -> None:
        super().__init__("这一公示在此期间已有变化。", "请查看最新情况后重新办理。")


@dataclass(frozen=True, slots=True)
class Words:
    """What an official fills in. ``party`` is the plain name; it is needed only where the file does not know it."""

    decision_number: str = ""
    party: str = ""
    content: str = ""
    basis: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A result, locked: its place, its state, and the matter it is of."""

    id: int
    kind: str
    state: str
    no: int
    government_id: int
    body_code: str
    body_name: str
    content: Result
    matter_id: int
    party: str
    matter: Matter


async def publish(ctx: Context, result_id: int, words: Words, seen: int) -> int:
    """Publish a draft as the body checked it, or a corrected version of what is public; returns the version's number.

    ``seen`` is the number of the version that the form showed (0: a draft). The same words again give the same answer.
    Raises ``NotFound``, ``InvalidInput`` with its fields, ``AlreadyMoved``.
    """
    return await _publish(ctx, result_id, words, seen, "", ("draft", "withheld"))


async def correct(ctx: Context, result_id: int, words: Words, reason: str, seen: int) -> int:
    """Correct what is public, with the reason that is shown with it. Raises as ``publish`` does."""
    return await _publish(ctx, result_id, words, seen, _reason(reason), ("published",))


async def _publish(ctx: Context, result_id: int, words: Words, seen: int, reason: str, states: tuple[str, ...]) -> int:
    async with unit_of_work(ctx, unrecorded="a result that was published before in the same words") as uow:
        held = await hold(uow, result_id, Permission.RESULT_PUBLISH)
        content = checked(held, words, await _name_of(uow, held, words.party))
        if held.state == "published" and held.no == seen + 1 and held.content == content:
            return held.no
        if held.no != seen or held.state not in states:
            raise AlreadyMoved
        act = "publish" if held.state != "published" else "correct"
        kind = ctx.profile.results.kinds[held.kind]
        measures = held.matter.outcome.measures if held.matter.outcome else ()
        until = rules.shown_until(ctx.profile, kind, measures, ctx.today)
        number, sealed = await _moved(uow, held, "published", act, content, reason=reason)
        await (await uow.raw()).execute(SHOW, *_shown(held, content, number), ctx.now, until, sealed, reason)
        return number


def _shown(held: Held, content: Result, number: int) -> tuple[Any, ...]:
    found = (content.party, content.item_name, content.decision_number, content.result, content.content)
    return (
        *(held.id, held.kind, number, held.government_id, held.body_code, held.body_name, content.decision_number),
        *(content.party, content.party_kind, content.item_code, content.item_name, content.result, content.content),
        *(content.basis, content.decided_on, content.valid_from, content.valid_until, "\n".join(found).casefold()),
    )


async def withdraw(ctx: Context, result_id: int, ground: str, reason: str, seen: int) -> int:
    """Withdraw what is public, on a ground of the closed list; the page then tells that, when and why, not what it was.

    Raises ``NotFound``, ``InvalidInput``, ``AlreadyMoved``.
    """
    chosen = _ground(ctx.profile.results.withdrawing, ground)
    why = _reason(reason, needed=False)
    async with unit_of_work(ctx, unrecorded="a result that was withdrawn before on the same ground") as uow:
        held = await hold(uow, result_id, Permission.RESULT_WITHDRAW)
        if held.state == "withdrawn" and held.no == seen + 1:
            return held.no
        if held.no != seen or held.state != "published":
            raise AlreadyMoved
        number, sealed = await _moved(uow, held, "withdrawn", "withdraw", held.content, ground, why)
        await (await uow.raw()).execute(EMPTY, held.id, number, ctx.now, sealed, chosen.name, why)
        return number


async def withhold(ctx: Context, result_id: int, ground: str, reason: str, seen: int) -> int:
    """Decide that a draft is not published, on a ground of the closed list, with reasons that stay inside.

    Raises ``NotFound``, ``InvalidInput``, ``AlreadyMoved``.
    """
    _ground(ctx.profile.results.withholding, ground)
    why = _reason(reason)
    async with unit_of_work(ctx, unrecorded="a result that was withheld before on the same ground") as uow:
        held = await hold(uow, result_id, Permission.RESULT_WITHHOLD)
        if held.state == "withheld" and held.no == seen + 1:
            return held.no
        if held.no != seen or held.state != "draft":
            raise AlreadyMoved
        return (await _moved(uow, held, "withheld", "withhold", held.content, ground, why))[0]


async def note_change(ctx: Context, result_id: int, seen: int) -> None:
    """Note that a published decision was changed elsewhere (by a review, a court): the limit of three days runs.

    Raises ``NotFound``, ``AlreadyMoved``.
    """
    async with unit_of_work(ctx, unrecorded="a change of a decision that was noted before") as uow:
        held = await hold(uow, result_id, Permission.RESULT_PUBLISH)
        if held.no != seen or held.state != "published":
            raise AlreadyMoved
        await results_drafting.decision_changed(uow, held.id, held.kind, held.body_code)


async def hold(uow: UnitOfWork, result_id: int, permission: Permission) -> Held:
    """Lock a result for an act. Raises ``NotFound`` for what is not there or not the actor's to see, ``NotPermitted``."""
    row = await (await uow.raw()).fetchrow(HOLD, result_id)
    if row is None:
        raise NotFound("公示")
    about = Target(row["government_id"], row["body_code"])
    permit_or_hide(uow.ctx, Permission.RESULT_READ, about, "公示")
    permit(uow.ctx, permission, about)
    values = {name: row[name] for name in ("id", "kind", "state", "no", "government_id", "body_code", "body_name")}
    return Held(
        **values,
        content=Result.model_validate_json(row["content"]),
        matter_id=row["matter_id"],
        party=row["party"],
        matter=Matter.model_validate_json(row["matter"]),
    )


async def _moved(
    uow: UnitOfWork, held: Held, state: str, act: str, content: Result, ground: str = "", reason: str = ""
) -> tuple[int, bytes]:
    """Write the version and the new state; return number and digest."""
    connection, number, sealed = await uow.raw(), held.no + 1, digest(content)
    text = canonical_json(content.model_dump(mode="json")).decode()
    await connection.execute(MOVE, held.id, state, number, text)
    by = uow.ctx.actor.name
    await connection.execute(ADD, held.id, number, act, text, sealed, ground, reason, by, uow.ctx.now)
    told = {"digest": sealed.hex(), "ground": ground, "matter": held.matter_id, "no": number, "reason": reason}
    kinds = {
        "publish": "result.published",
        "correct": "result.corrected",
        "withdraw": "result.withdrawn",
        "withhold": "result.withheld",
    }
    await record.append(uow, f"result:{held.id}", kinds[act], told, body_code=held.body_code)
    return number, sealed


async def _name_of(uow: UnitOfWork, held: Held, typed: str) -> str:
    """Return the party's name: from the file, opened and recorded, or as it was typed where the file knows none."""
    party_id = id_of(held.party)
    if party_id is None:
        return typed
    connection = await uow.raw()
    party, _ = await parties_store.within_matter(uow.ctx, connection, Permission.PARTY_READ, party_id, held.matter_id)
    values = party.open(provider_of(uow.ctx.keys), ("name",))
    told = {"fields": ["name"], "matter": held.matter_id, "no": party.no, "purpose": "publication"}
    await record.append(uow, f"party:{party_id}", "party.revealed", told, body_code=party.body)
    return values["name"]


def checked(held: Held, words: Words, name: str) -> Result:
    """Return what is to be published, with the name as it is published. Raises ``InvalidInput`` with all its problems."""
    problems = [
        FieldProblem(field, "MISSING", f"没有填写{title}。", "请补充。")
        for field, title, text in (
            ("decision_number", "决定书文号", words.decision_number),
            ("party", "行政相对人", name),
            ("content", "决定内容", words.content),
            ("basis", "依据", words.basis),
        )
        if not text.strip()
    ]
    for field, text in (
        ("decision_number", words.decision_number),
        ("party", name),
        ("content", words.content),
        ("basis", words.basis),
    ):
        problems += [
            FieldProblem(field, "TELLS_A_PERSON", f"公示的内容含有{what}。", "请删去后再公示。")
            for what in rules.telling(text)
        ]
    if words.valid_from and words.valid_until and words.valid_until < words.valid_from:
        problems.append(FieldProblem("valid_until", "BEFORE_ITS_START", "有效期的截止日早于起始日。", "请改正日期。"))
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
    return held.content.model_copy(
        update={
            "decision_number": words.decision_number.strip()[:200],
            "party": rules.public_name(held.matter.party_kind, name)[:300],
            "party_kind": held.matter.party_kind,
            "content": words.content.strip()[: rules.LONGEST],
            "basis": words.basis.strip()[: rules.LONGEST],
            "body_name": held.body_name,
            "valid_from": words.valid_from,
            "valid_until": words.valid_until,
        }
    )


def _ground(among: tuple[Choice, ...], code: str) -> Choice:
    found = choice(among, code)
    if found is None:
        names = "、".join(one.name for one in among)
        problem = FieldProblem("ground", "MISSING", "没有选择理由。", f"可以选择：{names}。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    return found


def _reason(text: str, *, needed: bool = True) -> str:
    plain = text.strip()
    problem = None
    if needed and not plain:
        problem = FieldProblem("reason", "MISSING", "没有说明情况。", "请补充。")
    elif len(plain) > LONGEST_REASON:
        problem = FieldProblem("reason", "TOO_LONG", f"说明超过{LONGEST_REASON}字。", "请写得简短一些。")
    elif what := rules.telling(plain):
        problem = FieldProblem("reason", "TELLS_A_PERSON", f"说明含有{what[0]}。", "请删去。")
    if problem is not None:
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    return plain
