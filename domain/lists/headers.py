"""Recognition of column headers by a mapping that is data (`headers.toml`) and can be extended by the operator."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeaderMapping:
    """Normalised header spelling → canonical field."""

    fields: Mapping[str, str]
