"""Templates are compiled for one language: what is fixed in a template is looked up once, when it is compiled.

``_("…")`` becomes text of the page, ``_("…%(n)s…", n=…)`` one format of a known text, and ``asset("…")`` an address.
What is a filter as well as a function is called as a filter, without the template's context. Nothing else changes: the
i18n extension and the globals would give the same, one dear call for each place and page.
"""

from collections.abc import Callable, Mapping
from gettext import NullTranslations

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

DIRECT = frozenset({"word", "link"})
"""Functions of the environment that are filters of it too."""


class _Folder(NodeTransformer):
    def __init__(
        self, made: Environment, messages: NullTranslations, fixed: Mapping[str, Callable[[str], str]]
    ) -> None:
        self.made, self.messages, self.fixed = made, messages, fixed

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 -- Jinja's name for it
        """Replace a call whose text is known; leave every other as it is."""
        call = self.generic_visit(node)
        found = self._folded(call) if isinstance(call, nodes.Call) else None
        return call if found is None else found.set_lineno(call.lineno).set_environment(self.made)

    def _folded(self, call: nodes.Call) -> nodes.Expr | None:
        plain = call.dyn_args is None and call.dyn_kwargs is None and call.args
        if not plain or not isinstance(call.node, nodes.Name):
            return None
        name, first = call.node.name, call.args[0]
        if name in DIRECT:
            return nodes.Filter(first, name, call.args[1:], call.kwargs, None, None)
        if len(call.args) != 1 or not isinstance(first, nodes.Const):
            return None
        text = str(first.value)
        if name in self.fixed and not call.kwargs:
            return nodes.Const(self.fixed[name](text))
        if name != "_":
            return None
        said = Markup(self.messages.gettext(text))  # noqa: S704 -- a text of our own templates, as the extension does
        if not call.kwargs:
            return nodes.MarkSafe(nodes.Const(str(said % {})))
        pairs = [nodes.Pair(nodes.Const(one.key), one.value) for one in call.kwargs]
        return nodes.Mod(nodes.MarkSafe(nodes.Const(str(said))), nodes.Dict(pairs))


class FoldingEnvironment(Environment):
    """An environment of one language. ``messages`` and ``fixed`` (functions of a text) are set before any template."""

    messages: NullTranslations = NullTranslations()
    fixed: Mapping[str, Callable[[str], str]] = {}

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 -- Jinja's signature
    ) -> str:
        folded = _Folder(self, self.messages, self.fixed).visit(source)
        return super()._generate(folded, name, filename, defer_init)
