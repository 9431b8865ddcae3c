"""What formatted content may consist of: elements, what they hold, attributes and their values.

The elements are those of the service's own subset of XHTML 1.0. An attribute of that subset that
would do nothing good on the page (a name, a key, a target) is read and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Check = Callable[[str], bool]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _names("a b big br cite code del em font i img ins map q s small strike strong sub sup u")
_BLOCK = _names("blockquote center dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
FLOW = _INLINE | _BLOCK
_NOTHING: frozenset[str] = frozenset()

# Which elements an element may hold.
CHILDREN: dict[str, frozenset[str]] = {
    **dict.fromkeys(_INLINE - {"br", "img", "map", "ins", "del"}, _INLINE),
    **dict.fromkeys(("ins", "del", "blockquote", "center", "li", "dd", "td", "th"), FLOW),
    **dict.fromkeys(("p", "dt", "h1", "h2", "h3", "h4", "h5", "h6"), _INLINE),
    **dict.fromkeys(("br", "img", "hr", "col", "area"), _NOTHING),
    "a": _INLINE - {"a"},
    "pre": _INLINE - {"img", "map", "big", "small", "font", "sub", "sup"},
    **dict.fromkeys(("ul", "ol"), frozenset({"li"})),
    "dl": frozenset({"dt", "dd"}),
    "map": frozenset({"area"}),
    "table": frozenset({"col", "colgroup", "thead", "tfoot", "tbody", "tr"}),
    "colgroup": frozenset({"col"}),
    **dict.fromkeys(("thead", "tfoot", "tbody"), frozenset({"tr"})),
    "tr": frozenset({"th", "td"}),
}
VOID = frozenset({"br", "img", "hr", "col", "area"})
TEXTLESS = VOID | _names("ul ol dl map table colgroup thead tfoot tbody tr")
REQUIRED = {"img": ("src", "alt"), "area": ("alt",), "map": ("name",)}

# Values that end up in the page's HTML address something or take its room: each is checked.
LINK = "link"
IMAGE = "image"


def _matching(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _any(value: str) -> bool:
    return True


_pixels = _matching(r"[0-9]{1,5}")
_length = _matching(r"[0-9]{1,5}(\.[0-9]{1,3})?%?")
_multi_length = _matching(r"[0-9]{1,5}(\.[0-9]{1,3})?%?|[0-9]{0,5}\*")
_colour = _matching(r"[A-Za-z]{1,30}|#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}")
_name = _matching(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_text_align = _matching("left|center|right|justify")
_side = _matching("left|center|right")
_cell = {
    "align": _matching("left|center|right|justify|char"),
    "valign": _matching("top|middle|bottom|baseline"),
    "char": None,
    "charoff": None,
}
_cell_box = {
    **_cell,
    "abbr": _any,
    "scope": _matching("row|col|rowgroup|colgroup"),
    "rowspan": _pixels,
    "colspan": _pixels,
    "bgcolor": _colour,
    "width": _length,
    "height": _length,
    "nowrap": _matching("nowrap"),
    "axis": None,
    "headers": None,
}
_column = {**_cell, "span": _pixels, "width": _multi_length}
_shape = _matching("rect|circle|poly|default")
_coords = _matching(r"[0-9]{1,5}%?(,\s*[0-9]{1,5}%?){0,199}")

COMMON: dict[str, Check | None] = {
    "title": _any,
    "lang": _matching(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}"),
    "dir": _matching("ltr|rtl"),
}

# None: allowed by the service, left out of the page.
ATTRIBUTES: dict[str, dict[str, Check | str | None]] = {
    "a": {
        "href": LINK,
        **dict.fromkeys(
            _names("accesskey charset coords hreflang name rel rev shape tabindex target type")
        ),
    },
    "area": {
        "href": LINK,
        "alt": _any,
        "shape": _shape,
        "coords": _coords,
        **dict.fromkeys(("nohref", "target", "accesskey", "tabindex")),
    },
    "img": {
        "src": IMAGE,
        "alt": _any,
        "width": _length,
        "height": _length,
        "border": _length,
        "hspace": _pixels,
        "vspace": _pixels,
        "align": _matching("top|middle|bottom|left|right"),
        "usemap": _matching(r"#[A-Za-z][A-Za-z0-9_.-]{0,63}"),
        **dict.fromkeys(("ismap", "longdesc", "name")),
    },
    "map": {"name": _name, "id": None},
    "br": {"clear": _matching("left|all|right|none")},
    "blockquote": {"cite": None},
    "q": {"cite": None},
    "ins": {"cite": None, "datetime": None},
    "del": {"cite": None, "datetime": None},
    "font": {
        "color": _colour,
        "face": _matching(r"[A-Za-z0-9 ,_-]{1,200}"),
        "size": _matching("[+-]?[0-9]{1,2}"),
    },
    **{name: {"align": _text_align} for name in ("p", "h1", "h2", "h3", "h4", "h5", "h6")},
    "hr": {"align": _side, "noshade": _matching("noshade"), "size": _pixels, "width": _length},
    "pre": {"width": _pixels, "{http://www.w3.org/XML/1998/namespace}space": None},
    "ul": {"type": _matching("disc|square|circle"), "compact": _matching("compact")},
    "ol": {
        "type": _matching("[1aAiI]"),
        "compact": _matching("compact"),
        "start": _pixels,
    },
    "li": {"type": _matching("disc|square|circle|[1aAiI]"), "value": _pixels},
    "dl": {"compact": _matching("compact")},
    "table": {
        "align": _side,
        "bgcolor": _colour,
        "border": _pixels,
        "cellpadding": _length,
        "cellspacing": _length,
        "frame": _matching("void|above|below|hsides|lhs|rhs|vsides|box|border"),
        "rules": _matching("none|groups|rows|cols|all"),
        "summary": _any,
        "width": _length,
    },
    **{name: dict(_cell) for name in ("thead", "tfoot", "tbody")},
    "tr": {**_cell, "bgcolor": _colour},
    "th": dict(_cell_box),
    "td": dict(_cell_box),
    "col": dict(_column),
    "colgroup": dict(_column),
}


def attributes_of(name: str) -> dict[str, Check | str | None]:
    """Return how each attribute of an element is treated."""
    return {**COMMON, **ATTRIBUTES.get(name, {})}
