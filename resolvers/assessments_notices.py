"""What is told about scores: an objection to the bureau, once more when its time is over, and the decision to the body (003-43)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from domain.access import Role
from domain.notice_templates import load_templates
from resolvers.assessments_store import ScorePlace
from resolvers.context import LOCAL, UnitOfWork
from resolvers.notices import OBJECTION_OPEN, NewNotice, write

BUREAU: Final = (Role.SUPERVISION_BUREAU.value,)
NAME: Final = "SELECT name FROM body WHERE code = $1"


async def tell_objection(uow: UnitOfWork, place: ScorePlace, score_id: int, objection: int, due: date) -> None:
    """Tell the bureau that a body objects, and on the day after its time that nobody has decided."""
    body = await (await uow.raw()).fetchval(NAME, place.body)
    facts = {"body": body or place.body, "period": place.period, "due": due.isoformat()}
    late = datetime.combine(due + timedelta(days=1), time(), LOCAL)
    for template, when in (("score_objected", None), ("score_objection_late", late)):
        await write(uow, _notice(place, template, score_id, objection, facts, when))


async def tell_decision(uow: UnitOfWork, place: ScorePlace, score_id: int, objection: int) -> None:
    """Tell the head of the body that its objection was decided; ``score_id`` is the score as it stands now."""
    await write(uow, _notice(place, "score_decided", score_id, objection, {"period": place.period}, None))


def _notice(
    place: ScorePlace, template: str, score_id: int, objection: int, facts: Mapping[str, str], when: datetime | None
) -> NewNotice:
    to_body = template == "score_decided"
    return NewNotice(
        key=f"{template}:{objection}",
        template=template,
        clause=load_templates()[template].clause,
        roles=(Role.BODY_HEAD.value,) if to_body else BUREAU,
        reach="body" if to_body else "government",
        government_id=place.government,
        body_code=place.body,
        subject=f"score_objection:{objection}",
        only_if="" if to_body else OBJECTION_OPEN,
        address=f"/desk/scores/{score_id}",
        facts=facts,
        due_at=when,
    )
