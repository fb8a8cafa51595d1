"""Proposals that follow an alert (003-18, 003-48; L12, N3).

An item that nobody asks for may be suspended on its body's application; whoever fails an assessment is told to put things right.
"""

from collections.abc import Mapping
from datetime import timedelta

from domain.supervision.proposals import Proposal, load_proposals
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.powers import power
from resolvers.supervision_cases import CaseDraft, case_title
from resolvers.supervision_reading import AlertRow, alert
from resolvers.supervision_rules import rule


async def proposal(ctx: Context, row: AlertRow) -> Proposal | None:
    """Return what is proposed about the item or the body of an alert that the actor was shown; None where nothing is."""
    if row.subject not in ("item", "body") or row.state != "open":
        return None
    found = load_proposals().get((await rule(ctx, row.rule_code))[0].rule.condition)
    told = None if found is None else await _told(ctx, row)
    return None if found is None or told is None else found.filled(told)


async def _told(ctx: Context, row: AlertRow) -> Mapping[str, str] | None:
    """Return the words about what an alert is of; None where it may not be seen any more."""
    if row.subject == "body":
        return {"body": row.body_name, "said": row.message}
    try:
        item = (await power(ctx, row.item_code)).row
    except NotFound:
        return None
    told = {"item": item.name, "code": item.code, "body": item.body_name, "months": row.measure.split(".")[0]}
    return told | {"since": row.occasion}


async def proposed_case(ctx: Context, alert_id: int) -> CaseDraft | None:
    """Return a proposal as the beginning of a supervision case. Raises ``NotFound`` for an alert that may not be seen."""
    row = (await alert(ctx, alert_id)).row
    found = await proposal(ctx, row)
    if found is None:
        return None
    until = ctx.today + timedelta(days=found.days)
    return CaseDraft(row.body_code, case_title(found.title), "", row.message, found.requirement, until)
