"""What statements are told of the program's own data, written as JSON once."""

import json
from functools import cache

from domain.supervision.inspections import load_inspections
from resolvers.database import JsonText


@cache
def inspection_groups() -> JsonText:
    """Return the contents of inspections with their points, by code (000-14)."""
    groups = {one.code: one.model_dump(mode="json") for one in load_inspections().groups}
    return JsonText(json.dumps(groups, ensure_ascii=False))
