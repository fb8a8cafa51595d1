"""Marking what a search found, in the form in which it is written: the search ignores case, width and script."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from domain.search_text import normal, query


@dataclass(frozen=True, slots=True)
class Highlighter:
    """Marks the terms of one search; ``terms`` are normal forms."""

    terms: tuple[str, ...] = ()

    @classmethod
    def of(cls, search: str) -> "Highlighter":
        """Return the highlighter of a search text."""
        return cls(tuple(query(search).terms) if search else ())

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the half-open spans of a text that a term matches, in order and without overlaps."""
        whole = normal(text)
        if not any(term in whole for term in self.terms):
            return []
        # Character by character, so that a place in the normal form is a place in the text.
        forms = [normal(letter) for letter in text]
        origin = [place for place, form in enumerate(forms) for _ in form]
        hit: set[int] = set()
        for term in self.terms:
            start = whole.find(term)
            while term and start >= 0:
                hit.update(range(origin[start], origin[start + len(term) - 1] + 1))
                start = whole.find(term, start + 1)
        found: list[tuple[int, int]] = []
        for place in sorted(hit):
            if found and found[-1][1] == place:
                found[-1] = (found[-1][0], place + 1)
            else:
                found.append((place, place + 1))
        return found

    def mark(self, text: str) -> Markup:
        """Return the text with its matches in ``<mark>``."""
        if not self.terms:
            return escape(text)
        made, last = Markup(""), 0
        for start, end in self.spans(text):
            made += escape(text[last:start]) + Markup("<mark>{}</mark>").format(text[start:end])
            last = end
        return made + escape(text[last:])

    def finds(self, *texts: str) -> bool:
        """Whether every term is found in one of the texts."""
        return all(any(term in normal(text) for text in texts) for term in self.terms)
