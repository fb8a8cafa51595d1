"""Codes for items that a list leaves without one: the next free number in the profile's default scheme.

Only schemes made of division, body, category letters, item and sub-item numbers can be continued by counting
(such as hubei-16: 320300001XK00100). A number that was ever used is never given again (L2).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.profile_parts import CodeScheme

COUNTED_PARTS = frozenset({"division", "body", "letters", "item", "sub"})
MAIN_ITEM = 0


class NoCodeLeft(Exception):
    """A body has used up the item numbers of a category; ``reason`` says so in Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def can_count(scheme: CodeScheme) -> bool:
    """Tell whether new codes of the scheme can be made by counting."""
    return frozenset(re.compile(scheme.pattern).groupindex) == COUNTED_PARTS


@dataclass(slots=True)
class CodeBook:
    """The numbers in use for one government, and the counters that give out new ones.

    ``widths`` are the digits of item and sub-item in the scheme, read from its own example.
    """

    scheme: CodeScheme
    division: str
    _subs: dict[tuple[str, str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    _last: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _mains: dict[tuple[str, str, bytes], int] = field(default_factory=dict)

    @property
    def widths(self) -> tuple[int, int]:
        """How many digits the scheme gives to the item's and the sub-item's number."""
        parts = self.scheme.parts(self.scheme.example) or {}
        return len(parts.get("item", "")), len(parts.get("sub", ""))

    def take(self, codes: Iterable[str]) -> None:
        """Mark codes as used; codes that do not fit the scheme are no concern of this book."""
        for code in codes:
            self.know(code)

    def know(self, code: str, main: bytes = b"") -> None:
        """Mark one code as used, and remember which main item its number belongs to."""
        parts = self.scheme.parts(code)
        if parts is None or parts["division"] != self.division:
            return
        series, number = (parts["body"], parts["letters"]), int(parts["item"])
        self._subs[(*series, number)].add(int(parts["sub"]))
        self._last[series] = max(self._last[series], number)
        if main:
            self._mains.setdefault((*series, main), number)

    def next(self, body: str, letters: str, main: bytes, *, is_sub_item: bool) -> str:
        """Give out a code; sub-items share the number of their main item, which itself has the sub-number 0.

        ``main`` is the key of the main item. Raises ``NoCodeLeft`` when the scheme has no number left.
        """
        item_width, sub_width = self.widths
        number = self._mains.get((body, letters, main))
        sub = (
            self._free_sub((body, letters, number), 10**sub_width, is_sub_item=is_sub_item)
            if number is not None
            else None
        )
        if number is None or sub is None:
            number = self._last[(body, letters)] + 1
            sub = MAIN_ITEM + 1 if is_sub_item else MAIN_ITEM
            if number >= 10**item_width:
                raise NoCodeLeft(f"编号 {body}{letters} 下的{item_width}位事项号已用完")
            self._mains.setdefault((body, letters, main), number)
        code = f"{self.division}{body}{letters}{number:0{item_width}}{sub:0{sub_width}}"
        self.know(code, main)
        return code

    def _free_sub(self, main: tuple[str, str, int], end: int, *, is_sub_item: bool) -> int | None:
        """Return the sub-number to use under a main item's number, or None when there is none."""
        used = self._subs[main]
        if not is_sub_item:
            return None if MAIN_ITEM in used else MAIN_ITEM
        following = max(used, default=MAIN_ITEM) + 1
        return following if following < end else None
