"""Whom time tells of a complaint: who hears it, then its head too, then whoever supervises (003-32(4), 003-36(2), H4, H5).

A notice says number and last day, and nothing of what was filed or by whom. It is written in the transaction of the
reminder it tells of, and told by the channels of all notices, but to nobody who may not know of the complaint.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.access import Role
from domain.engine.acts import Remind
from domain.engine.clocks import deadline_of
from domain.engine.events import Event
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.notice_templates import load_templates
from resolvers.complaints_store import Held
from resolvers.context import UnitOfWork
from resolvers.notices import COMPLAINT_OPEN, NewNotice, write

OFFICER, HEAD = Role.COMPLAINT_OFFICER.value, Role.BODY_HEAD.value
TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "reminder": (OFFICER,),
    "warning": (OFFICER, HEAD),
    "alarm": (OFFICER, HEAD),
}
BODY: Final = "SELECT name FROM body WHERE code = $1"


async def tell_of_time(uow: UnitOfWork, held: Held, events: Sequence[Event], after: Matter, book: Rulebook) -> None:
    """Write a notice for each reminder, warning and alarm that was given, in its transaction."""
    for act in (one.act for one in events if isinstance(one.act, Remind)):
        await write(uow, _notice(held, act, f"complaint_{act.level}", _facts(held, act, after, book)))


async def tell_supervisor(uow: UnitOfWork, held: Held, act: Remind, after: Matter, book: Rulebook) -> None:
    """Write the notice to whoever supervises, of an alarm that goes up."""
    name = str(await (await uow.raw()).fetchval(BODY, held.body_code) or held.body_code)
    await write(uow, _notice(held, act, "complaint_escalated", {**_facts(held, act, after, book), "body": name}))


async def tell_asked(uow: UnitOfWork, held: Held, to: str, number: int) -> None:
    """Tell a body that it is asked to explain something: nothing of which complaint, nor that there is one (000-16)."""
    name = str(await (await uow.raw()).fetchval(BODY, held.body_code) or held.body_code)
    new = NewNotice(
        key=f"complaint_extract:{held.id}:{number}",
        template="complaint_extract",
        clause=load_templates()["complaint_extract"].clause,
        roles=(OFFICER, HEAD),
        government_id=held.government_id,
        body_code=to,
        address="/desk/complaints#extracts",
        facts={"body": name},
    )
    await write(uow, new)


def _facts(held: Held, act: Remind, after: Matter, book: Rulebook) -> dict[str, str]:
    found = deadline_of(after, book, act.limit)
    return {"number": held.number, "due": found.due.isoformat() if found and found.due else ""}


def _notice(held: Held, act: Remind, template: str, facts: Mapping[str, str]) -> NewNotice:
    above = template == "complaint_escalated"
    return NewNotice(
        # A limit is reminded of in each step it runs through; who has been told of it once is not told again.
        key=f"{template}:{held.id}:{act.limit}",
        template=template,
        clause=load_templates()[template].clause,
        roles=(Role.SUPERVISION_BUREAU.value,) if above else TOLD[act.level],
        reach="government" if above else "body",
        government_id=held.government_id,
        body_code=held.body_code,
        subject=held.stream,
        only_if=COMPLAINT_OPEN,
        address=f"/desk/complaints/{held.complaint_id}",
        facts=facts,
    )
