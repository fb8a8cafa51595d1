"""From a refusal to the form that shows it again: every problem at its field, none lost."""

from collections.abc import Mapping

from portal.forms import FormView
from resolvers.errors import FieldProblem, Refusal


def form_of(refusal: Refusal, values: Mapping[str, str], field: str = "") -> FormView:
    """Return the form to show after a refusal. A refusal without named problems is shown at ``field``."""
    problems = refusal.problems or (FieldProblem(field, refusal.code, refusal.message, refusal.remedy),)
    return FormView(values, problems)
