"""A chart drawn as SVG that stands in a page: no script, no style of its own, one label, what to say of each mark in a title."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from .charts import Spec
from .markup import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_DROPPED = ("class", "role", "aria-hidden", "aria-roledescription", "pointer-events", "opacity", "font-family")
VERSION = "6.1"


def drawn(spec: Spec, label: str, name: str, class_: str) -> Markup:
    """The chart as SVG. `name` is unique in the page; marks of layers called `shown` keep their description as a title."""
    import vl_convert

    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))  # noqa: S314 - our own drawing
    ids: dict[str, str] = {}
    for each in root.iter():
        if "id" in each.attrib:
            # vl-convert counts on from chart to chart; a page wants the same bytes every time.
            ids[each.attrib["id"]] = f"{name}-{len(ids)}"
            each.attrib["id"] = ids[each.attrib["id"]]
    _tidy(root, ids)
    size = root.attrib.get("viewBox", "0 0 0 0")
    root.attrib.clear()
    root.attrib.update({"viewBox": size, "role": "img", "aria-label": label, "class": f"drawing {class_}", "width": size.split()[2], "height": size.split()[3]})
    ElementTree.register_namespace("", _SVG[1:-1])
    return Markup(ElementTree.tostring(root, encoding="unicode").replace(f' xmlns="{_SVG[1:-1]}"', "").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', ""))


def _tidy(parent: ElementTree.Element, ids: dict[str, str], shown: bool = False) -> None:
    for child in list(parent):
        if _is_nothing(child):
            parent.remove(child)
            continue
        inside = shown or "shown" in child.get("class", "")
        told = child.attrib.pop("aria-label", None)
        transparent = child.get("opacity") == "0"
        for attribute in _DROPPED:
            child.attrib.pop(attribute, None)
        if transparent:
            child.attrib["fill-opacity"] = "0"
        for key, value in child.attrib.items():
            child.attrib[key] = _REFERENCE.sub(lambda found: f"url(#{ids[found[1]]})", _NUMBER.sub(_shorter, value))
        _tidy(child, ids, inside)
        if inside and told is not None and child.tag == f"{_SVG}path":
            title = ElementTree.SubElement(child, f"{_SVG}title")
            title.text = told
        elif not len(child) and child.tag == f"{_SVG}g":
            parent.remove(child)


def _is_nothing(element: ElementTree.Element) -> bool:
    """Whether it paints nothing: vl-convert's frames round groups of marks."""
    frame = element.get("class") in ("background", "foreground") and not {"stroke", "fill"} & element.attrib.keys()
    return frame or element.get("display") == "none"


def _shorter(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
