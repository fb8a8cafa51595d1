"""Reading parties for the desk: one with its versions, the one of a matter, and one that is chosen for a matter (R4).

Masked throughout; what is behind the mask opens by `resolvers.parties.reveal` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.identity_documents import DocumentKind
from domain.parties import CORRECTION_GROUNDS, id_of, masked_name
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.parties import masked_parties, masked_party
from resolvers.parties_store import readable
from resolvers.parties_values import MaskedParty
from resolvers.sealing import provider_of

VERSIONS: Final = "SELECT no, document, ground, recorded_at FROM party_version WHERE party_id = $1 ORDER BY no DESC"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """That something was corrected, when and why; what it was stays sealed."""

    no: int
    document: DocumentKind
    ground: str
    recorded_at: datetime


async def with_versions(ctx: Context, party_id: UUID) -> tuple[MaskedParty, tuple[VersionRow, ...]]:
    """Return a party masked and its versions, the latest first; raises ``NotFound`` for what may not be seen."""
    shown = await masked_party(ctx, party_id)
    rows = await ctx.db.reads.fetch(VERSIONS, party_id)
    found = (
        VersionRow(row["no"], row["document"], CORRECTION_GROUNDS.get(row["ground"], ""), row["recorded_at"])
        for row in rows
    )
    return shown, tuple(found)


async def named(ctx: Context, references: Sequence[str]) -> dict[str, MaskedParty]:
    """Return the parties that matters name, by the text that names them: those that the actor may see."""
    ids = {party_id: text for text in references if (party_id := id_of(text)) is not None}
    return {ids[party_id]: shown for party_id, shown in (await masked_parties(ctx, list(ids))).items()}


async def masked_names(ctx: Context, references: Sequence[str]) -> dict[str, str]:
    """Return the masked names of the parties that matters name, by the text that names them; nothing else is opened.

    For lists: of whom the actor may not see nothing is there, and they say no more than the kind.
    """
    ids = {party_id: text for text in references if (party_id := id_of(text)) is not None}
    if not ids:
        return {}
    provider = provider_of(ctx.keys)
    found = await readable(ctx, list(ids))
    return {ids[one.id]: masked_name(one.kind, one.open(provider, ("name",))["name"]) for one in found}


async def chosen(ctx: Context, body: str, text: str) -> MaskedParty:
    """Return the party of a body that a reference names; raises ``InvalidInput`` for any other text.

    A matter shows its party only to the body that entered it, so nobody gains by naming another body's.
    """
    party_id = id_of(text)
    try:
        shown = await masked_party(ctx, party_id) if party_id is not None else None
    except NotFound:
        shown = None
    if shown is None or shown.body != body:
        problem = FieldProblem("party", "UNKNOWN", "选择的当事人不是本机关登记的。", "请按证件号码重新查找。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    return shown
