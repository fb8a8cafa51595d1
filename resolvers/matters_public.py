"""The party's side: where a matter stands, and the few acts that are the party's own, by number and look-up code (H2).

Who has both is the party. A wrong number and a wrong code are the same answer after the same single statement, and
nothing here tells anything about an official or about the party itself (003-36(3): accepted outside, handled inside).
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from domain.access import Permission
from domain.engine.acts import ACT_NAMES
from domain.engine.choices import choices
from domain.engine.clocks import Deadline
from domain.engine.matter import Matter
from domain.engine.parts import Doer
from domain.engine.rulebook import Rulebook
from domain.matter_summary import earliest_of_matter
from domain.paper_files import load_papers
from domain.party_account import REMEDIES, course, explained, remedies_of, rights_of, situation, stages_of
from resolvers import matters_books as books
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.letterheads import letterhead_of
from resolvers.matters_acting import acting
from resolvers.matters_books import Basis
from resolvers.matters_opening import PARTY, hash_of
from resolvers.matters_values import PARTY_ACTS, ActDone, Contact, PartyAccount, PublicStatus, SupplementView
from resolvers.permits import permit
from resolvers.reading.fetching import understood

FIND: Final = """
SELECT m.id, m.number, m.title, m.body_code, m.category, b.name AS body_name, b.supervision_phone, m.party,
  m.item_version_id, m.procedure_id, m.opened_at, m.state::text AS state
FROM matter m JOIN body b ON b.code = m.body_code WHERE m.number = $1 AND m.code_hash = $2
"""


async def status(ctx: Context, number: str, code: str) -> PublicStatus:
    """Return where a matter stands; raises ``NotFound`` unless number and code belong together."""
    row = await found_by_code(ctx, number, code)
    state = Matter.model_validate_json(row["state"])
    item = await books.item_version(ctx, row["item_version_id"]) if row["item_version_id"] is not None else None
    procedure = await books.procedure(ctx, row["procedure_id"])
    book = books.rulebook(Basis(row["procedure_id"], procedure, item), await books.calendar_for(ctx, state))
    due = earliest_of_matter(state, book)
    steps = [procedure.by_key[visit.step] for visit in state.open_visits if visit.step in procedure.by_key]
    party = Doer(kind=PARTY, id=state.party or PARTY)
    outcome = procedure.results.get(state.outcome.result) if state.outcome else None
    return PublicStatus(
        number=row["number"],
        title=row["title"],
        body_name=row["body_name"],
        phase=state.phase,
        ending=state.ending,
        stages=stages_of(procedure),
        stage=steps[0].stage or steps[0].name if steps else "",
        step_names=tuple(dict.fromkeys(step.name for step in steps)),
        opened_at=row["opened_at"],
        accepted_at=state.marks.get("accepted"),
        decided_at=state.marks.get("decided"),
        closed_at=state.marks.get("closed"),
        result=outcome.name if outcome else "",
        due_on=due.due if due else None,
        due_name=due.title if due else "",
        due_provisional=due is not None and due.receipt.provisional,
        days_left=due.days_left(ctx.today) if due else None,
        paused_for=tuple(
            procedure.pauses[one.ground].name for one in state.open_pauses if one.ground in procedure.pauses
        ),
        supplements=tuple(SupplementView(one.asked, one.items, one.received) for one in state.supplements),
        acts=tuple(dict.fromkeys(one.act for one in choices(state, book, party, ctx.now) if one.act in PARTY_ACTS)),
        seq=state.seq,
        account=await _account(ctx, row, state, book, due),
    )


async def _account(
    ctx: Context, row: Mapping[str, Any], state: Matter, book: Rulebook, due: Deadline | None
) -> PartyAccount:
    """Return what the party is told of its rights; whom it can turn to is the letterhead's, as its documents say it."""
    procedure, item = book.procedure, book.item
    async with ctx.db.reads.acquire() as connection:
        held = await letterhead_of(connection, row["body_code"])
    rule = procedure.supplement
    silent = state.phase == "received" and rule is not None and rule.on_silence == "deemed_accepted"
    papers = ((code, load_papers().find(code, procedure.kind, row["category"])) for code in procedure.documents)
    telling = [code for code, paper in papers if paper is not None and paper.tells(f"limit:{REMEDIES[0]}")]
    return PartyAccount(
        penalty=procedure.kind == "penalty_case",
        situation=situation(state),
        course=course(state, procedure),
        receipt=explained(due),
        deemed=rule.clause if rule is not None and silent and state.open_supplement is None else "",
        rights=rights_of(state, book, ctx.today),
        remedies=remedies_of(state, book, ctx.profile.limits, telling),
        other_ways=item.remedies if item else (),
        contact=Contact(
            held.head.address,
            (item.contact_phone if item else "") or held.head.phone,
            (item.supervision_phone if item else "") or row["supervision_phone"],
            held.government,
            held.head.court,
        ),
    )


async def act_as_party(ctx: Context, number: str, code: str, data: Mapping[str, Any]) -> ActDone:
    """Do one of the party's own acts, as `matters.act` does an official's; raises ``NotFound`` as ``status`` does."""
    permit(ctx, Permission.MATTER_APPLY)
    row = await found_by_code(ctx, number, code)
    if data.get("kind") not in PARTY_ACTS:
        names = "、".join(ACT_NAMES[kind] for kind in PARTY_ACTS)
        raise InvalidInput("这一操作由承办机关办理。", f"当事人可以：{names}。")
    if "received" in data:
        problem = FieldProblem("received", "EXTRA_FORBIDDEN", "收到的时间由系统记录。", "请去掉这一项。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    return await acting(ctx, row["id"], data, Doer(kind=PARTY, id=row["party"] or PARTY))


async def found_by_code(ctx: Context, number: str, code: str) -> Mapping[str, Any]:
    """Find a matter by number and the keyed hash of both: the hash is made before anything is known of the number."""
    wanted = number.strip().upper()
    hashed = hash_of(ctx, wanted, code)
    with understood():
        row = await ctx.db.reads.fetchrow(FIND, wanted, hashed)
    if row is None:
        raise NotFound("办件")
    return cast("Mapping[str, Any]", row)
