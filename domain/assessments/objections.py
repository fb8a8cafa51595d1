"""Objections to scores: where one stands (003-43; S7)."""

from typing import Final

STATE_NAMES: Final = {"filed": "待复核", "upheld": "成立", "rejected": "不成立"}
