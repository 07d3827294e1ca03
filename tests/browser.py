"""Looks at pages with headless Chromium, by WebDriver: browser.py PAGE...

Each must say nothing to the console and ask for nothing, in light and in dark, be readable without its
script, do what it says by mouse and by keyboard, fit a narrow window, have enough contrast, and print.
Prints a line for each page that is as it should be, and what is wrong with the others.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

WIDE, NARROW = 1300, 390
# Text of usual size, by WCAG 2.1 AA; and what is not text but has to be told apart.
CONTRAST = 4.5

# Each text's colour against what is behind it; in a graph that is the box.
CONTRASTS = """
const parse = colour => {
	const parts = (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
	return {rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1};
};
const luminance = rgb => {
	const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
};
const behind = element => {
	for (let at = element; at; at = at.parentElement) {
		const style = getComputedStyle(at);
		if (at.matches(".box"))
			return parse(getComputedStyle(at.querySelector("rect")).fill).rgb;
		if (parse(style.backgroundColor).alpha === 1)
			return parse(style.backgroundColor).rgb;
	}
	return parse(getComputedStyle(document.documentElement).colorScheme === "dark" ? "rgb(0,0,0)" : "rgb(255,255,255)").rgb;
};
const found = {};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
	const element = walker.currentNode.parentElement;
	if (!walker.currentNode.data.trim() || element.closest("title, script, style, [hidden], .skip"))
		continue;
	if (element.matches(":disabled"))
		continue;
	const style = getComputedStyle(element);
	const colour = parse(element instanceof SVGElement ? style.fill : style.color).rgb;
	const value = ratio(colour, behind(element));
	const key = `${element.tagName}.${element.getAttribute("class") || ""} in ${element.parentElement.getAttribute("class") || element.parentElement.tagName}`;
	if (!(key in found) || value < found[key])
		found[key] = value;
}
return found;
"""


class Browser:
    """A session with Chromium: a window, whose every message and request is kept."""

    def __init__(self, scratch):
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver") or "/usr/bin/chromedriver", "--port=0"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.base = None
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.rsplit("port", 1)[1].strip(" .\n")
                break
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--disable-quic", f"--user-data-dir={scratch}"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": flags},
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.base += "/session/" + self.ask(
            "POST", "/session", capabilities={"alwaysMatch": wanted})["sessionId"]

    def ask(self, method, path, **body):
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", script=script, args=list(arguments))

    def devtools(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def open(self, url):
        self.ask("POST", "/url", url=url)

    def log(self, kind):
        return self.ask("POST", "/se/log", type=kind)

    def keys(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def click(self, selector):
        """By the mouse, in the middle of what is seen of it. WebDriver's own click misses what is in
        an svg in an svg."""
        x, y = self.run("""
            const element = document.querySelector(arguments[0]);
            element.scrollIntoView({block: "center"});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];""", selector)
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y)},
                   {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.ask("POST", "/actions", actions=[{"type": "pointer", "id": "mouse", "actions": actions}])

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(20)


TAB, ENTER, ESCAPE, LEFT, UP, RIGHT, DOWN = (
    "\ue004", "\ue007", "\ue00c", "\ue012", "\ue013", "\ue014", "\ue015")
FOCUSED = """return document.activeElement.matches(".box")
	? document.activeElement.querySelector("title").textContent : document.activeElement.tagName;"""


def check_quiet(browser, url):
    """Nothing on the console, and no request but for the page itself. Chromium's own pages ask for
    much."""
    for entry in browser.log("browser"):
        yield f"the console says {entry['message']}"
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked = message["params"]["request"]["url"]
            own = message["params"]["documentURL"].startswith("chrome:")
            if asked.split("#")[0] != url and not own:
                yield f"asks for {asked}"


def check_contrast(browser, scheme):
    browser.devtools("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
    found = browser.run(CONTRASTS)
    if len(found) < 10:
        yield f"{scheme}: only {len(found)} kinds of text were seen"
    for what, ratio in found.items():
        if ratio < CONTRAST:
            yield f"{scheme}: contrast of {what} is {ratio:.2f}"


def check_width(browser, width):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                     deviceScaleFactor=1, mobile=False)
    wide = browser.run("return document.documentElement.scrollWidth;")
    if wide > width:
        yield f"is {wide} pixels wide in a window of {width}"


def check_print(browser):
    printed = base64.b64decode(browser.devtools("Page.printToPDF", printBackground=True)["data"])
    if not printed.startswith(b"%PDF") or len(printed) < 10000:
        yield f"prints {len(printed)} bytes of {printed[:4]!r}"


def check_without_script(browser, url):
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(url)
    tools = browser.run("""return [...document.querySelectorAll(".tools")]
        .filter(element => element.getClientRects().length > 0).length;""")
    boxes = browser.run("""return [...document.querySelectorAll(".box")]
        .filter(element => element.getBoundingClientRect().width > 0).length;""")
    everything = browser.run("return document.querySelectorAll('.box').length;")
    browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
    if tools:
        yield "without its script it has tools that do nothing"
    if boxes != everything:
        yield f"without its script {boxes} of {everything} boxes are seen"


def check_graph(browser):
    """By keyboard from box to box, into one, and out of it; by mouse; by searching."""
    if browser.run("return document.querySelectorAll('.graph').length;") == 0:
        return
    graph = "const graph = document.querySelector('.graph');"
    count = browser.run(graph + "return graph.querySelectorAll('.box').length;")
    browser.run(graph + "graph.closest('figure').querySelector('input').focus();")
    browser.keys(TAB)
    first = browser.run(FOCUSED)
    if not first.startswith("all: "):
        yield f"Tab leads from the search to {first}"
    browser.keys(DOWN)
    below = browser.run(FOCUSED)
    if below == first:
        yield "Down stays where it is"
    browser.keys(ENTER)
    whole = browser.run("""return document.activeElement.getAttribute("width");""")
    said = browser.run(graph + "return graph.closest('figure').querySelector('output').value;")
    if whole != "100%" or said != below:
        yield f"Enter makes {below} {whole} wide, and says {said}"
    browser.keys(UP)
    if browser.run(FOCUSED) != first:
        yield "Up does not lead to the caller"
    browser.keys(DOWN, ESCAPE)
    gone = browser.run(graph + "return graph.querySelectorAll('.gone').length;")
    if gone:
        yield f"{gone} boxes are missing after Escape"
    if not browser.run(graph + "return graph.closest('figure').querySelector('.reset').disabled;"):
        yield "the whole graph can be asked for while it is there"
    name = below.rsplit(": ", 1)[0]
    browser.run(graph + """const input = graph.closest('figure').querySelector('input');
        input.value = arguments[0].toUpperCase();
        input.dispatchEvent(new Event('input'));""", name)
    found = browser.run(graph + "return graph.querySelectorAll('.found').length;")
    said = browser.run(graph + "return graph.closest('figure').querySelector('output').value;")
    if not 1 <= found <= count or not said.startswith(f"{found} box") or "%" not in said:
        yield f"searching for {name} finds {found}, and says {said}"
    browser.click(".graph .box:nth-of-type(2) rect")
    if browser.run(graph + """return graph.querySelectorAll('.box')[1].getAttribute('width');""") != "100%":
        yield "a click does not zoom"
    browser.click(".reset")
    if browser.run(graph + "return graph.querySelectorAll('.gone, .found').length;"):
        yield "the whole graph does not come back"


def check_copy(browser):
    """The customer message is copied as it is, without a line break more."""
    browser.devtools("Browser.grantPermissions",
                     permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.click("section[id$=customer-message] .copy button")
    message = browser.run("return document.querySelector('section[id$=customer-message] pre').textContent;")
    copied = browser.ask("POST", "/execute/async", args=[], script="""
        const done = arguments[0];
        navigator.clipboard.readText().then(done, error => done(String(error)));""")
    if not message.startswith("Hello") or copied != message:
        yield f"copies {copied[:80]!r} of {message[:80]!r}"


def check(browser, path):
    url = pathlib.Path(os.path.abspath(path)).as_uri()
    browser.log("performance")
    browser.open(url)
    loud = list(check_quiet(browser, url))
    if loud:
        # Its script may not even have run.
        yield from loud
        return
    for width in (WIDE, NARROW):
        yield from check_width(browser, width)
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    for scheme in ("dark", "light"):
        yield from check_contrast(browser, scheme)
    yield from check_graph(browser)
    yield from check_copy(browser)
    yield from check_print(browser)
    yield from check_without_script(browser, url)
    yield from check_quiet(browser, url)


def main():
    status = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        browser = Browser(scratch)
        try:
            for path in sys.argv[1:]:
                problems = list(check(browser, path))
                for problem in problems:
                    print(f"{path}: {problem}"[:500])
                status |= bool(problems)
                if not problems:
                    print(f"{path}: as it should be")
        finally:
            browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
