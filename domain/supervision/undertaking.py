"""Who has to answer for a supervised case: the bodies of it are the bureau that opens it and the undertaker 承办单位, in this order."""

from typing import Final

UNDERTAKER: Final = 1
"""The place of the undertaker among the bodies of a case, from 0."""
