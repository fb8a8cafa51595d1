"""The rulebook: everything a decision rests upon, brought by the caller and pinned at acceptance (R1, house §2).

Procedure, item version, benchmarks, fees and official calendar years are fixed when a matter is accepted (003-29:
every case follows the version in force then). Certificates are no part of the pins: they are asked for the day of the
act (004-11). A calendar year that was provisional at acceptance may become official later; an official one stays.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field

from domain.benchmarks import Amount, DiscretionBenchmark
from domain.calendar import Calendar
from domain.engine.events import Pins
from domain.powers import PowerContent
from domain.procedures import Procedure
from domain.profile_parts import Clause
from domain.values import Value, canonical_json, digest, document


# 004-11: nobody without a valid certificate acts in an enforcement step; 004-12: aides do not.
class Certificate(Value):
    """An enforcement certificate 行政执法证 of one official, as the register has it."""

    officer: str = Field(min_length=1)
    number: str = Field(min_length=1)
    body: str = Field(min_length=1)
    fields: tuple[str, ...] = Field((), description="Category codes it is good for; empty: all of the body.")
    valid_from: date
    valid_until: date = Field(description="Last day.")
    ended: date | None = Field(None, description="Day from which it is cancelled or withheld, if it is.")
    aide: bool = Field(False, description="An aide's card: it allows no enforcement act.")
    legal_qualification: bool = Field(False, description="Legal professional qualification (行政处罚法-58(2)).")

    def valid_for(self, body: str, category: str, day: date) -> bool:
        """Tell whether the certificate carries an enforcement act of that body and field on that day."""
        in_time = self.valid_from <= day <= self.valid_until and (self.ended is None or day < self.ended)
        return in_time and not self.aide and self.body == body and (not self.fields or category in self.fields)


class FeeStandard(Value):
    """A published standard of a fee: nothing beyond it may be charged (行政许可法-59)."""

    name: str = Field(min_length=1)
    most: Amount
    clause: Clause


@dataclass(frozen=True, slots=True)
class ItemDigests:
    """The digests of what a matter is bound to of its item: all of it, its benchmarks, its fees."""

    item: str
    benchmarks: str
    fees: str


def digests_of(item: PowerContent | None, fees: tuple[FeeStandard, ...]) -> ItemDigests:
    """Return the digests of an item's version; worth keeping beside the version, since every act asks for them."""
    return ItemDigests(
        item=digest(item).hex() if item else "",
        benchmarks=_digest([document(one) for one in (item.benchmarks if item else ())]),
        fees=_digest([document(one) for one in fees]),
    )


@dataclass(frozen=True)
class Rulebook:
    """The rules of one matter, with what the registers say of the officers concerned."""

    procedure: Procedure
    calendar: Calendar
    item: PowerContent | None = None
    item_version: int = 0
    digests: ItemDigests | None = None
    """The digests of the item's version and its fees, where they are known; else they are computed."""

    fees: tuple[FeeStandard, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    """Names of officials by id, for messages only."""

    barred: frozenset[str] = frozenset()
    """Officials who may not act in this matter at all, whatever their post: it is about what they did (R16)."""

    @property
    def benchmarks(self) -> tuple[DiscretionBenchmark, ...]:
        """The discretion benchmarks of the item version."""
        return self.item.benchmarks if self.item else ()

    @property
    def category(self) -> str:
        """The category of the power that is exercised."""
        return self.item.category if self.item else ""

    @cached_property
    def pins(self) -> Pins:
        """What is fixed at acceptance."""
        item = self.item
        known = self.digests or digests_of(item, self.fees)
        return Pins(
            procedure=self.procedure.id,
            procedure_version=self.procedure.version,
            procedure_digest=self.procedure.digest,
            item=item.code if item else "",
            item_version=self.item_version,
            item_digest=known.item,
            benchmarks_digest=known.benchmarks,
            fees_digest=known.fees,
            calendar={year: one.version for year, one in self.calendar.years.items() if one.official},
        )

    def differs_from(self, pins: Pins) -> tuple[str, ...]:
        """Return what of this rulebook is not what was pinned, in Chinese; empty if it may be used."""
        own = self.pins
        names: dict[Literal["procedure_digest", "item_digest", "benchmarks_digest", "fees_digest"], str] = {
            "procedure_digest": "办理流程",
            "item_digest": "事项内容",
            "benchmarks_digest": "裁量基准",
            "fees_digest": "收费标准",
        }
        changed = [name for key, name in names.items() if getattr(own, key) != getattr(pins, key)]
        if any(own.calendar.get(year) != version for year, version in pins.calendar.items()):
            changed.append("工作日历")
        return tuple(changed)

    def certified(self, officer: str, body: str, day: date) -> Certificate | None:
        """Return a certificate by which an officer may act for a body in the item's field on a day, or None."""
        mine = (one for one in self.certificates if one.officer == officer)
        return next((one for one in mine if one.valid_for(body, self.category, day)), None)

    def name(self, official: str) -> str:
        """Return how an official is called in messages."""
        return self.known.get(official, official)


def _digest(content: object) -> str:
    return hashlib.sha256(canonical_json(content)).hexdigest()
