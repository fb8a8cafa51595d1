"""Folded templates say what unfolded ones say, letter by letter, and look nothing up that is fixed."""

import pytest
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from portal import assets
from portal.folding import FoldingEnvironment
from portal.languages import ENGLISH, SIMPLIFIED, catalogue
from portal.rendering import environment, link

pytestmark = pytest.mark.clause("H11")
SOURCES = (
    '{{ _("权力清单") }}',
    '<p title="{{ _("下一页") }}">{{ _("共 %(count)s 项", count=number) }}</p>',
    '{{ _("共 %(count)s 项", count="{:,}".format(number)) }}',
    '{{ _("搜索“%(words)s”", words=hostile) }} {{ _("搜索“%(words)s”", words=marked) }}',
    '{{ _("100%% 的人 <b>") }}{{ _("没有英文的文字") }}{{ _(chosen) }}',
    '{% for one in [("a", _("权力清单")), ("b", _("行使主体"))] %}{{ one[1] }}{{ _("法律依据") }}{% endfor %}',
    '{% macro named(text) %}[{{ text }}|{{ _("首页") }}]{% endmacro %}{{ named(_("下一页")) }}{{ named(hostile) }}',
    '{{ _("下一页") ~ hostile }}{{ (_("下一页") + _("首页")) }}{{ _("下一页") | length }}{{ _("下一页") == "下一页" }}',
    '{% if _("权力清单") %}{{ _("首页") | upper }}{% endif %}{% set name = _("首页") %}{{ name }}',
    '{{ asset("site.css") }} {{ word("权力清单") }} {{ word("") }} {{ word(hostile) }}',
    '{{ link("powers", hostile, on=none, body=hostile, from_=1) }} {{ link("changes") }} {{ link("a", b=["x", "y"]) }}',
)
VALUES = {"number": 12345, "hostile": "<i>&\"%s %(x)s'{{", "marked": Markup("<em>x</em>"), "chosen": "权力清单"}


def prepared(made: Environment, language: str) -> Environment:
    messages = catalogue(language)
    made.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"asset": assets.address, "link": link, "word": lambda text: messages.gettext(text) if text else ""}
    made.filters.update(word=made.globals["word"], link=link)
    return made


@pytest.mark.parametrize("language", [SIMPLIFIED, ENGLISH])
@pytest.mark.parametrize("source", SOURCES)
def test_folding_changes_no_letter(source: str, language: str) -> None:
    given = {"autoescape": True, "undefined": StrictUndefined, "extensions": ["jinja2.ext.i18n"]}
    folding = FoldingEnvironment(**given)  # type: ignore[arg-type]
    folding.messages, folding.fixed = catalogue(language), {"asset": assets.address}
    said = [
        prepared(made, language).from_string(source).render(VALUES)
        for made in (Environment(**given), folding)  # type: ignore[arg-type]
    ]
    assert said[0] == said[1]


def test_a_fixed_text_costs_nothing_when_a_page_is_rendered() -> None:
    made = environment(ENGLISH)
    code = made.compile('{{ _("权力清单") }}-{{ asset("site.css") }}-{{ _("共 %(count)s 项", count=n) }}', raw=True)
    assert "权力清单" not in code
    assert "context.call" not in code
