"""What all acts share: the key, who acts, what they had seen, and what an act may bring."""

from typing import Annotated

from pydantic import Field

from domain.engine.parts import BankReceipt, Document, Doer, Fact, Material, Name, Opinion, Recording
from domain.values import Value

Key = Annotated[str, Field(min_length=1, max_length=120, description="Idempotency key, unique within the matter.")]


class BaseAct(Value):
    """What all acts share. ``seen`` is the last event the doer knew of; ``visit`` the step's visit that is meant."""

    key: Key
    by: Doer
    seen: int | None = Field(None, ge=0)
    visit: int | None = Field(None, ge=1)


class Bringing(BaseAct):
    """An act that may bring materials, facts, documents, recordings and the bank's receipts."""

    materials: tuple[Material, ...] = ()
    facts: tuple[Fact, ...] = ()
    documents: tuple[Document, ...] = ()
    recordings: tuple[Recording, ...] = ()
    receipts: tuple[BankReceipt, ...] = ()
    opinion: Opinion | None = None
    officers: tuple[Name, ...] = Field((), description="Officers who acted together with the doer.")
