"""Parties of the demo city: invented units and persons, entered at the counter as officials enter them (R4, 003-31(1)).

Their numbers are right in form and belong to nobody: no division has the code 999900, and no telephone the prefix 0000.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from deploy.demo.hall import NAMES, UNITS
from domain.identity_documents import PartyKind
from domain.parties import Party, reference
from resolvers import parties
from resolvers.context import Context

SHARE_OF_UNITS: Final = 0.7
AGAIN: Final = 0.2
"""So large a share of matters is of somebody whom the body knows already."""

GIVEN: Final = "甲乙丙丁戊己庚辛"
ROADS: Final = ("中山路", "人民路", "建设路", "解放路", "文化路")


@dataclass
class DemoParties:
    """Who comes: chance of its own, so that the rest of the city's course stays what it was."""

    random: Random
    made: int = 0
    known: dict[str, list[tuple[str, PartyKind]]] = field(default_factory=dict)

    async def of(self, ctx: Context, body: str) -> tuple[str, PartyKind]:
        """Return a party of a body, by its reference and kind; one that is new is entered by whoever acts."""
        known = self.known.setdefault(body, [])
        if known and self.random.random() < AGAIN:
            return self.random.choice(known)
        self.made += 1
        made = self._unit() if self.random.random() < SHARE_OF_UNITS else self._person()
        known.append((reference(await parties.enter(ctx, body, made)), made.kind))
        return known[-1]

    def _unit(self) -> Party:
        chance = self.random
        number = f"91999900MA{self.made:07}"
        name = f"云川{chance.choice(NAMES)}记{chance.choice(UNITS)}"
        head = f"{chance.choice(NAMES)}示{chance.choice(GIVEN)}"
        where, phone = self._place()
        number += uscc.calc_check_digit(number)
        return Party("organisation", "usc_code", name, number, phone, "", where, head, head)

    def _person(self) -> Party:
        chance = self.random
        number = f"999900{chance.randrange(1950, 2004)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
        number += f"{self.made % 1000:03}"
        where, phone = self._place()
        name = f"{chance.choice(NAMES)}示{chance.choice(GIVEN)}"
        return Party("citizen", "citizen_id", name, number + mod_11_2.calc_check_digit(number), phone, "", where)

    def _place(self) -> tuple[str, str]:
        chance = self.random
        return f"云川市{chance.choice(ROADS)}{chance.randrange(1, 300)}号", f"0000-6{chance.randrange(10**6):06}"
