"""Looking at the templates with sample data: every kind of document of every procedure, before anything runs by it."""

from dataclasses import dataclass

from domain.access import Permission
from domain.paper_files import load_papers
from domain.paper_samples import NOON, sample_facts, sample_texts
from domain.papers import compose
from domain.procedures import Procedure
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.matters_books import templates
from resolvers.permits import permit


@dataclass(frozen=True, slots=True)
class SamplePaper:
    """A kind of document of a procedure, with how it looks and by which clause it is made."""

    procedure: str
    procedure_name: str
    code: str
    name: str
    clause: str
    layout: str
    word: str


async def sample_papers(ctx: Context) -> tuple[SamplePaper, ...]:
    """Return every kind of document that the procedures of the profile have; raises ``NotPermitted``, ``NotSignedIn``."""
    permit(ctx, Permission.PAPER_SAMPLE_READ)
    found = []
    for one in templates(ctx.profile.id).values():
        for code, rule in one.documents.items():
            template = load_papers().find(code, one.kind, category_of(one))
            if template is not None:
                found.append(
                    SamplePaper(one.id, one.name, code, rule.name, rule.clause, template.layout, template.word)
                )
    return tuple(found)


async def sample_paper(ctx: Context, procedure: str, code: str) -> bytes:
    """Return a kind of document as a PDF with sample data; raises ``NotFound`` as well."""
    permit(ctx, Permission.PAPER_SAMPLE_READ)
    of = templates(ctx.profile.id).get(procedure)
    template = load_papers().find(code, of.kind, category_of(of)) if of is not None and code in of.documents else None
    if of is None or template is None:
        raise NotFound("文书种类")
    facts = sample_facts(template, of, ctx.profile)
    made = compose(template, of.documents[code].name, facts, sample_texts(template), preview=True)
    return await ctx.press.typeset(made.sheet, NOON)


def category_of(procedure: Procedure) -> str:
    """Return a category that matters of a shipped procedure have; one that serves none has that of its own name."""
    return procedure.categories[0] if procedure.categories else procedure.id.partition("-")[0]
