"""Everything that the interface reads by declaration: what is published, and what runs for those who may see it."""

from typing import Final

from resolvers.reading.assessments import ASSESSMENTS
from resolvers.reading.declarations import Registry
from resolvers.reading.hall import HALL
from resolvers.reading.inspections import INSPECTIONS
from resolvers.reading.matters import MATTERS
from resolvers.reading.published import PUBLISHED
from resolvers.reading.reports import REPORTS
from resolvers.reading.supervision import SUPERVISION

INTERFACE: Final = Registry((*PUBLISHED, *HALL, *MATTERS, *SUPERVISION, *INSPECTIONS, *REPORTS, *ASSESSMENTS))
"""The library's entities, those of the hall, of matters, of supervision, of inspections and of reports; a wrong declaration stops the program here, at start."""
