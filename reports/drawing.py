"""A chart drawn as SVG that stands in a page: no script, no style of its own, one label, and titles on its marks."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from .charts import Spec
from .markup import Markup, clean

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_DROPPED = ("class", "role", "aria-hidden", "aria-roledescription", "pointer-events", "opacity", "font-family")


def drawn(spec: Spec, label: str, name: str, class_: str) -> Markup:
    """The chart as SVG for a page.

    `name` is unique in the page. Marks of layers whose name starts with `shown` keep their descriptions as titles.
    """
    import vl_convert

    root = ET.fromstring(vl_convert.vegalite_to_svg(spec))  # noqa: S314 - our own drawing
    ids: dict[str, str] = {}
    for each in root.iter():
        # In a page, `svg` says the namespace.
        each.tag = each.tag.removeprefix(_NAMESPACE)
        if "id" in each.attrib:
            # vl-convert counts on from chart to chart; a page wants the same bytes every time.
            ids[each.attrib["id"]] = f"{name}-{len(ids)}"
            each.attrib["id"] = ids[each.attrib["id"]]
    _tidy(root, ids)
    size = root.attrib["viewBox"]
    width, height = size.split()[2:]
    about = {"role": "img", "aria-label": clean(label), "class": f"drawing {class_}"}
    root.attrib.clear()
    root.attrib.update({"viewBox": size, "width": width, "height": height, **about})
    return Markup(ET.tostring(root, encoding="unicode"))


def _tidy(parent: ET.Element, ids: dict[str, str], shown: bool = False) -> None:
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
        if inside and told is not None and child.tag == "path":
            title = ET.SubElement(child, "title")
            title.text = told
        elif not len(child) and child.tag == "g":
            parent.remove(child)


def _is_nothing(element: ET.Element) -> bool:
    """Whether it paints nothing: vl-convert's frames round groups of marks."""
    frame = element.get("class") in ("background", "foreground") and not {"stroke", "fill"} & element.attrib.keys()
    return frame or element.get("display") == "none"


def _shorter(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
