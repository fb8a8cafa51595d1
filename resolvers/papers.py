"""Legal documents 文书: drafted, previewed, made, read — the door of all use-cases on them (R7, R13, R15, R18; 003-31(5)).

Edges import from here. (`resolvers.documents` is about registered query documents of the interface.)
"""

from resolvers.papers_making import make
from resolvers.papers_reading import Preview, drafts, paper, paper_of_party, papers_of, papers_of_party, preview
from resolvers.papers_samples import SamplePaper, sample_paper, sample_papers
from resolvers.papers_values import PARTY_NAME, Draft, DraftField, PaperContent, PaperOrder, PaperRefused, PaperView

__all__ = [
    "PARTY_NAME",
    "Draft",
    "DraftField",
    "PaperContent",
    "PaperOrder",
    "PaperRefused",
    "PaperView",
    "Preview",
    "SamplePaper",
    "drafts",
    "make",
    "paper",
    "paper_of_party",
    "papers_of",
    "papers_of_party",
    "preview",
    "sample_paper",
    "sample_papers",
]
