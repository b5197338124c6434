"""The snippet in pages as site builders and tag managers make them; each stand-in says what of its maker's it does."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from calltracking.script.snippet import Form, Snippet
from tests.browser.script.pages import NEW, OWN, Open, heard, shows
from tests.calltracking.script.wire import KEY, Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def person(visitor: BrowserContext, wire: Wire) -> BrowserContext:
    """His browser does not say that it is driven, and the table knows no robots: snippets are used as they are."""
    visitor.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
    del wire.table["robots"]
    return visitor


def _snippet(wire: Wire, form: Form) -> str:
    return Snippet(wire.server, KEY).of(form)


_COMPOSITE = """<!DOCTYPE html><html xml:lang="ru" lang="ru"><head><meta charset="utf-8"><title>Окна</title>
<script data-skip-moving="true">(function(w, d) {{
  w.frameRequestStart = true;
  w.frameCacheVars = {{ CACHE_MODE: "HTMLCACHE", dynamicBlocks: {{ a1B2c3: "d41d8cd98f00", phones: "0cc175b9c0f1" }} }};
  var ask = new XMLHttpRequest();
  ask.open("GET", location.href + "?bxrand=" + Date.now());
  ask.setRequestHeader("BX-ACTION-TYPE", "get_dynamic");
  ask.setRequestHeader("BX-REF", d.referrer);
  ask.setRequestHeader("BX-CACHE-MODE", "HTMLCACHE");
  ask.onload = function () {{
    JSON.parse(ask.responseText).dynamicBlocks.forEach(function (block) {{
      var start = d.getElementById(block.ID + "_start"), end = d.getElementById(block.ID + "_end");
      if (!start) return void (d.getElementById(block.ID).innerHTML = block.CONTENT);
      while (start.nextSibling !== end) start.nextSibling.remove();
      start.insertAdjacentHTML("afterend", block.CONTENT);
    }});
    w.frameDataReceived = true;
  }};
  ask.send();
}})(window, document);</script>{head}</head><body>
<header><div id="bxdynamic_a1B2c3_start" style="display:none"></div><span class="stub">8 (495) 123-45-67</span>
<div id="bxdynamic_a1B2c3_end" style="display:none"></div></header>
<main><p id="phone">8 (495) 123-45-67</p></main><div id="phones"><div class="bx-loader"></div></div>
{foot}</body></html>"""
_AREAS = [
    {"ID": "bxdynamic_a1B2c3", "CONTENT": '<b class="area">8 (495) <i>123-45-67</i></b>', "HASH": "1", "PROPS": {}},
    {
        "ID": "phones",
        "CONTENT": '<a class="call" href="tel:+74951234567">+7 495 123-45-67</a>',
        "HASH": "2",
        "PROPS": {},
    },
]


@pytest.mark.parametrize("late", [False, True], ids=["areas at once", "areas after the swap"])
@pytest.mark.parametrize("moved", [False, True], ids=["in the head", "moved to the end"])
def test_a_composite_page_of_1c_bitrix(
    person: BrowserContext, visit: Open, wire: Wire, late: bool, moved: bool
) -> None:
    """As bitrix/js/main/core/core_frame_cache.js does it: the page comes whole out of the HTML cache, then the dynamic
    areas are asked for (BX-ACTION-TYPE: get_dynamic, ?bxrand=) and put between their two empty divs, or into a
    container. "Move scripts" puts a script without data-skip-moving before </body>.
    """
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    person.route("**/*bxrand=*", hold)
    script = _snippet(wire, Form.PLAIN if moved else Form.BITRIX)
    wire.pages["/"] = _COMPOSITE.format(head="" if moved else script, foot=script if moved else "")
    wire.headers["X-Bitrix-Composite"] = "Cache (200)"
    page = visit(wire.site, wait_until="commit")
    if late:
        shows(page, NEW)
        shows(page, NEW, ".stub")
    _await(page, held)
    assert held[0].request.headers["bx-action-type"] == "get_dynamic"
    held[0].fulfill(body=json.dumps({"dynamicBlocks": _AREAS}), content_type="application/json")
    page.wait_for_function("window.frameDataReceived")

    shows(page, NEW)
    shows(page, NEW, ".area")
    shows(page, "+7 499 765-43-21", ".call")
    assert page.get_attribute(".call", "href") == "tel:+74997654321"
    assert page.locator(".stub").count() == 0
    assert len([swap for swap in wire.bodies("swap") if swap["placements"]]) == 1


def _await(page: Page, held: list[Route]) -> None:
    for _ in range(300):
        if held:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the areas were not asked for")


_GTM_HEAD = """<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});
var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;
j.src='https://www.googletagmanager.com/gtm.js?id='+i;f.parentNode.insertBefore(j,f);
})(window,document,'script','dataLayer','GTM-DEMO');</script>"""
_GTM = """addEventListener("load", () => setTimeout(() => {
  const holder = document.createElement("div");
  holder.style.display = "none";
  document.body.append(holder);
  const parsed = document.createElement("div");
  parsed.innerHTML = __TAG__;
  for (const node of [...parsed.childNodes]) {
    if (node.nodeName !== "SCRIPT") { holder.append(node); continue; }
    const made = document.createElement("script");
    made.async = false;
    made.type = "text/javascript";
    if (node.src) made.src = node.src;
    else made.text = node.text;
    holder.append(made);
  }
}, 0));"""


@pytest.mark.parametrize("form", [Form.GTM, Form.PLAIN])
def test_a_custom_html_tag_of_google_tag_manager(person: BrowserContext, wire: Wire, form: Form) -> None:
    """The container makes each script of the tag anew after the page's load, with its address or text and no other
    attribute; so the plain tag comes without its site there, and says so.
    """
    container = _GTM.replace("__TAG__", json.dumps(_snippet(wire, form)))
    person.route(
        "https://www.googletagmanager.com/*",
        lambda route: route.fulfill(body=container, content_type="text/javascript"),
    )
    wire.pages["/"] = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>x</title>{_GTM_HEAD}</head>'
        f'<body><noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-DEMO"></iframe></noscript>'
        f'<p id="phone">{OWN}</p></body></html>'
    )
    page = person.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(wire.site)
    if form is Form.GTM:
        shows(page, NEW)
        assert said == []
    else:
        for _ in range(300):
            if said:
                break
            page.wait_for_timeout(50)
        assert said == ["Trunkline: no data-site"]
        shows(page, OWN)


_TILDA = """<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"/><title>Окна</title>{head}</head>
<body class="t-body" style="margin:0;"><!--allrecords-->
<div id="allrecords" class="t-records" data-hook="blocks-collection-content-node" data-tilda-project-id="1"
     data-tilda-page-id="2" data-tilda-lazy="yes">
<div id="rec101" class="r t-rec" data-animationappear="off" data-record-type="131"><!-- T123 --><div class="t123">
<div class="t-container_100"><div class="t-width t-width_100"><!-- nominify begin -->{block}<!-- nominify end -->
</div></div></div></div>
<div id="rec102" class="r t-rec" data-record-type="106"><div class="t004"><div class="t-container"><div class="t-col">
<div class="t-text t-text_md" field="text"><div style="font-size:18px;" data-customstyle="yes">
<a id="phone" href="tel:+74951234567" style="color:#111">8 (495) 123-45-67</a></div></div></div></div></div></div>
<div id="rec103" class="r t-rec" data-record-type="396"><div class="t396"><div class="t396__artboard">
<div class="t396__elem tn-elem" data-elem-type="text">
<div class="tn-atom" field="tn_text_1">8 (495) 123-45-67<br>ежедневно</div>
</div></div></div></div>
<div id="rec104" class="r t-rec" data-record-type="702"><form class="t-form"><input type="tel" name="Phone"
 class="t-input" value="8 (495) 123-45-67" placeholder="+7 (999) 999-99-99"></form></div>
</div><!--/allrecords--></body></html>"""


@pytest.mark.parametrize("place", ["head", "block"])
def test_a_page_of_tilda(person: BrowserContext, visit: Open, wire: Wire, place: str) -> None:
    """The line in the site's head, or in a T123 block, which Tilda wraps as rendered here; phones of a text block and
    of a zero block, and a form whose field is the visitor's.
    """
    text = _snippet(wire, Form.TILDA)
    wire.pages["/"] = _TILDA.format(**{"head": "", "block": ""} | {place: text})
    page = visit(wire.site)
    shows(page, NEW)
    assert page.get_attribute("#phone", "href") == "tel:+74997654321"
    assert page.locator(".tn-atom").evaluate("node => node.innerHTML") == "8 (499) 765-43-21<br>ежедневно"
    assert page.input_value("[name=Phone]") == OWN
    assert len(heard(page, wire, "swap")) == 1


_NETCAT = """<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Окна</title>{head}
<script>var nc_token = '0'; window.nc_page_block_ids = ['nc-block-5f2c'];</script></head><body>
<div class="tpl-header"><div id="nc-block-5f2c" class="tpl-block-list tpl-component-contacts">
<div class="tpl-block-list-objects"><div class="tpl-block-list-item">
<span class="tpl-field-phone" id="phone">{own}</span></div></div></div></div>{block}<div id="late"></div>
<script>setTimeout(async () => {{ late.innerHTML = await (await fetch("/part")).text(); }}, 300)</script>
</body></html>"""


@pytest.mark.parametrize("place", ["head", "block"])
def test_a_page_of_netcat(person: BrowserContext, visit: Open, wire: Wire, place: str) -> None:
    """The line in the layout's head, or in an information block of the page; a block that is loaded after the page
    (NetCat's partials are) is swapped as it comes.
    """
    text = _snippet(wire, Form.NETCAT)
    wire.pages["/part"] = (
        '<div class="tpl-block-list"><a class="tpl-field-phone" href="tel:84951234567">+7(495)1234567</a></div>'
    )
    wire.pages["/"] = _NETCAT.format(own=OWN, **{"head": "", "block": ""} | {place: text})
    page = visit(wire.site)
    shows(page, NEW)
    shows(page, "+7(499)7654321", "#late a")
    assert page.get_attribute("#late a", "href") == "tel:84997654321"
