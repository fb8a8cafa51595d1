"""Composing a legal document 文书: a template with its facts and texts becomes a sheet, and a sheet becomes plain text.

A sheet is what is typeset: finished texts in their places. What stands in facts and texts is never read as part of a
template, nor as markup afterwards. What is missing or cannot be shown is told by field, all at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from domain.paper_fact_names import FACT_NAMES
from domain.paper_facts import Fact, Facts
from domain.paper_templates import PLACE, PaperBlock, PaperCell, PaperRow, PaperTemplate, places
from domain.paper_words import character_words, unfit

LONGEST: Final = 20_000
BLANK: Final = "＿＿＿＿"
"""What a preview shows where something is still missing."""

REGISTER: Final = "请先在办件中登记，再制作文书。"
WRITE: Final = "请填写后重新提交。"


class PaperProblem(NamedTuple):
    """What keeps a document from being made: the field (empty: a fact), a code, the message, what to do."""

    field: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document in finished texts, as the layout takes it; the keys are those of `_layout.typ`."""

    layout: str
    organ: str
    number: str
    title: str
    addressee: str
    rows: tuple[tuple[Mapping[str, str], ...], ...]
    body: tuple[Mapping[str, Any], ...]
    table: Mapping[str, Any] | None
    signature: Mapping[str, str] | None
    signs: tuple[str, ...]
    foot_signs: tuple[str, ...]
    notes: tuple[str, ...]
    qr: Mapping[str, Any] | None
    copies: str
    printed: Mapping[str, str] | None
    preview: bool = False

    def document(self) -> dict[str, Any]:
        """Return the sheet as plain JSON data without what is empty."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in found.items() if value not in (None, (), False) or name == "rows"}


@dataclass(frozen=True, slots=True)
class Composed:
    """A sheet with everything that keeps it from being made; nothing does if there are no problems."""

    sheet: Sheet
    problems: tuple[PaperProblem, ...]


@dataclass
class _Filling:
    """Facts and texts at work, with what was missing."""

    facts: Facts
    texts: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    problems: list[PaperProblem] = field(default_factory=list)

    def known(self, name: str) -> bool:
        return bool(self.texts.get(name) or self.facts.get(name))

    def value(self, name: str, *, optional: bool = False) -> str:
        if name in self.texts:
            return self.texts[name] or ("" if optional else self._missing(name))
        found = self.facts.get(name, "")
        text = found if isinstance(found, str) else "、".join(_entry(one) for one in found)
        return text if text or optional else self._missing(name)

    def _missing(self, name: str) -> str:
        """Note that a sentence lacks something, and return what a preview shows in its place."""
        problem = PaperProblem("", "FACT_MISSING", f"文书缺少“{FACT_NAMES.get(name, name)}”。", REGISTER)
        if name in self.labels:
            problem = PaperProblem(name, "MISSING", f"没有填写“{self.labels[name]}”。", WRITE)
        if problem not in self.problems:
            self.problems.append(problem)
        return BLANK

    def text(self, text: str, own: Mapping[str, str] | None = None, *, optional: bool = False) -> str:
        """Put facts and texts into their places: what is put in is never looked at again."""
        mine = own or {}
        return PLACE.sub(
            lambda found: mine[found[1]] if found[1] in mine else self.value(found[1], optional=optional), text
        )

    def each(self, name: str) -> Sequence[Any]:
        found = self.facts.get(name, ())
        return (found,) if isinstance(found, str) else found


def _entry(one: Any) -> str:
    return one if isinstance(one, str) else " ".join(one)


def texts_of(template: PaperTemplate, facts: Facts, given: Mapping[str, str]) -> dict[str, str]:
    """Return the officer's texts: what was given, else what the facts give."""
    filling = _Filling(facts, {})
    found = {}
    for name, rule in template.fields.items():
        # A default with a gap in it is none.
        whole = all(filling.known(one) for one in places(rule.default))
        found[name] = given.get(name, "").strip() or (filling.text(rule.default) if whole else "")
    return found


def compose(
    template: PaperTemplate, name: str, facts: Facts, given: Mapping[str, str], *, preview: bool = False
) -> Composed:
    """Compose a document; ``name`` is how the procedure calls it, ``given`` what the officer wrote."""
    texts = texts_of(template, facts, given)
    problems = [*_of_texts(template, texts)]
    filling = _Filling(facts, texts, {name: rule.label for name, rule in template.fields.items()})
    organ = filling.value("organ")
    sheet = Sheet(
        layout=template.layout,
        organ=organ,
        number=filling.value("number", optional=True) if template.word else "",
        title=filling.text(template.title) or name,
        addressee=filling.text(template.addressee),
        rows=tuple(_rows(template.rows, filling)),
        body=tuple(_blocks(template.body, filling)),
        table=_table(template, filling),
        signature={"organ": organ, "date": filling.value("today")} if template.signature else None,
        signs=template.signs,
        foot_signs=template.foot_signs,
        notes=tuple(one["text"] for one in _blocks(template.notes, filling)),
        qr=_qr(filling) if template.qr else None,
        copies=filling.text(template.copies, optional=True),
        printed={"organ": organ, "date": filling.value("today")} if template.printed else None,
        preview=preview,
    )
    found = (*problems, *filling.problems, *_of_characters(template, facts, texts))
    return Composed(
        sheet, tuple({(one.field, one.code, one.field or one.message): one for one in reversed(found)}.values())[::-1]
    )


def _of_texts(template: PaperTemplate, texts: Mapping[str, str]) -> Iterator[PaperProblem]:
    for name, rule in template.fields.items():
        if len(texts[name]) > LONGEST:
            yield PaperProblem(name, "TOO_LONG", f"“{rule.label}”超过{LONGEST}字。", "请压缩篇幅或者作为附件。")
        if rule.required and not texts[name]:
            message = f"没有填写“{rule.label}”。"
            if template.reasoned and name == "reasons_text":
                # 004-8: a decision explains itself: facts, law and how far discretion was used.
                message = "决定书没有说明理由，应当说理后再制作。"
            yield PaperProblem(name, "MISSING", message, WRITE)


def _of_characters(template: PaperTemplate, facts: Facts, texts: Mapping[str, str]) -> Iterator[PaperProblem]:
    for name, text in (*texts.items(), *((name, _plain(one)) for name, one in facts.items())):
        if wrong := unfit(text):
            where = template.fields[name].label if name in template.fields else FACT_NAMES.get(name, name)
            told = f"“{where}”中有不能印在文书上的字符{character_words(wrong)}。"
            yield PaperProblem(name if name in texts else "", "UNFIT_CHARACTER", told, "请删去这个字符后重新提交。")


def fields_with(template: PaperTemplate, facts: Facts, given: Mapping[str, str], character: str) -> tuple[str, ...]:
    """Return the fields and facts in which a character stands, by their words; for what a font cannot show."""
    texts = texts_of(template, facts, given)
    found = [template.fields[name].label for name, text in texts.items() if character in text]
    found += [FACT_NAMES.get(name, name) for name, one in facts.items() if character in _plain(one)]
    return tuple(dict.fromkeys(found))


def _plain(fact: Fact) -> str:
    return fact if isinstance(fact, str) else "\n".join(_entry(one) for one in fact)


def _blocks(blocks: Sequence[PaperBlock], filling: _Filling) -> Iterator[dict[str, str]]:
    for one in blocks:
        if (one.when and not filling.known(one.when)) or (one.unless and filling.known(one.unless)):
            continue
        for text in _texts(one, filling):
            # What somebody wrote in several lines is so many paragraphs.
            for line in text.splitlines() or [""]:
                if line.strip():
                    yield {"kind": one.kind, "text": line.strip()}


def _texts(one: PaperBlock | PaperCell, filling: _Filling, *, optional: bool = False) -> Iterator[str]:
    if not one.each:
        yield filling.text(one.text, optional=optional)
        return
    for number, entry in enumerate(filling.each(one.each), 1):
        yield filling.text(one.text, {"one": _entry(entry), "number": str(number)}, optional=optional)


def _rows(rows: Sequence[PaperRow], filling: _Filling) -> Iterator[tuple[Mapping[str, str], ...]]:
    for row in rows:
        if row.when and not filling.known(row.when):
            continue
        yield tuple(
            {"label": one.label, "sign": one.sign, "text": "\n".join(_texts(one, filling, optional=one.optional))}
            for one in row.cells
        )


def _table(template: PaperTemplate, filling: _Filling) -> Mapping[str, Any] | None:
    if template.table is None:
        return None
    entries = [[one] if isinstance(one, str) else list(one) for one in filling.each(template.table.each)]
    return {"columns": list(template.table.columns), "widths": list(template.table.widths), "rows": entries}


def _qr(filling: _Filling) -> Mapping[str, Any]:
    lines = [f"办件编号：{filling.value('matter_no')}"]
    if code := filling.texts.get("receipt_code", ""):
        lines.append(f"查询码：{code}")
    lines.append("扫码或者登录下列网址，凭编号和查询码查询：")
    lines.append(filling.value("status_site", optional=True))
    return {"text": filling.value("status_url"), "lines": lines}


def plain_text(sheet: Sheet) -> str:
    """Return the document as plain text, in the order in which the page shows it; kept beside the PDF."""
    lines = [sheet.organ, *([sheet.number] if sheet.layout == "letter" and sheet.number else []), sheet.title]
    if sheet.layout != "letter" and sheet.number:
        lines.append(sheet.number)
    if sheet.addressee:
        lines.append(f"{sheet.addressee}：")
    for row in sheet.rows:
        lines += [_cell(sheet.layout, one) for one in row]
    lines += [one["text"] for one in sheet.body if one["text"]]
    if sheet.qr is not None:
        lines += sheet.qr["lines"]
    if sheet.signature is not None:
        lines += [sheet.signature["organ"], sheet.signature["date"], "（印章）"]
    if sheet.table is not None:
        lines += ["\t".join(sheet.table["columns"]), *("\t".join(one) for one in sheet.table["rows"])]
    lines += [f"{one}：　　　　年　　月　　日" for one in sheet.signs]
    lines += [f"（{one}）" for one in sheet.notes]
    if sheet.copies:
        lines.append(f"抄送：{sheet.copies}。")
    if sheet.printed is not None:
        lines.append(f"{sheet.printed['organ']}　{sheet.printed['date']}印发")
    return "\n".join(lines) + "\n"


def _cell(layout: str, one: Mapping[str, str]) -> str:
    label = f"{one['label']}：" if one["label"] and layout in ("letter", "record") else one["label"]
    shown = f"{label}{'' if layout in ('letter', 'record') else '　'}{one['text']}"
    return f"{shown}\n{one['sign']}：　　　　　　　　　年　　月　　日" if one["sign"] else shown
