"""Everything that the interface reads by declaration: what is published, and what runs for those who may see it."""

from typing import Final

from resolvers.reading.archives import ARCHIVES
from resolvers.reading.assessments import ASSESSMENTS
from resolvers.reading.complaints import COMPLAINTS
from resolvers.reading.declarations import Registry
from resolvers.reading.hall import HALL
from resolvers.reading.inspections import INSPECTIONS
from resolvers.reading.matters import MATTERS
from resolvers.reading.opinions import OPINIONS
from resolvers.reading.published import PUBLISHED
from resolvers.reading.reports import REPORTS
from resolvers.reading.supervision import SUPERVISION

INTERFACE: Final = Registry(
    (
        *PUBLISHED,
        *HALL,
        *OPINIONS,
        *COMPLAINTS,
        *MATTERS,
        *ARCHIVES,
        *SUPERVISION,
        *INSPECTIONS,
        *REPORTS,
        *ASSESSMENTS,
    )
)
"""All entities that a type of the contract stands on; a wrong declaration stops the program here, at start."""
