"""Fails when a page was broken by what came from the flare, or needs anything else: page.py PAGE...

Knows every element and attribute that a page may have. That the style and the script are the ones that
the page's own policy names is checked too.
"""
import base64
import hashlib
import html.parser
import re
import sys

VOID = {"meta", "input", "br", "hr"}
GLOBAL = {"class", "id", "hidden"}
ALLOWED = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "name", "content", "http-equiv"},
    "title": set(), "style": set(), "script": set(), "body": set(), "nav": {"aria-label"},
    "ol": set(), "ul": set(), "li": set(), "a": {"href"}, "main": set(), "header": set(),
    "article": set(), "section": set(), "footer": set(), "h1": set(), "h2": set(), "h3": set(),
    "p": set(), "b": set(), "em": set(), "strong": set(), "code": set(), "pre": set(),
    "span": set(), "div": set(), "dl": set(), "dt": set(), "dd": set(), "label": set(),
    "input": {"type", "spellcheck", "autocomplete"}, "button": {"type", "disabled"},
    "output": set(), "figure": set(), "figcaption": set(), "table": set(), "thead": set(),
    "tbody": set(), "tr": set(), "th": {"align"}, "td": {"align"},
    "svg": {"x", "y", "width", "height", "role", "aria-label", "aria-hidden"},
    "rect": {"x", "y", "width", "height"}, "line": {"x1", "x2", "y1", "y2"},
    "text": {"x", "y", "text-anchor"},
}
CHAPTERS = ["Agent Context", "Memory Stats", "Heap Diff Analysis", "CPU Profile", "Block Profile",
            "Mutex Profile", "Trace-Agent Profiles", "Trace Files", "Goroutine Dump",
            "Running Checks", "Verdict", "Recommendations", "Customer Message",
            "Escalation Summary", "Data Quality"]
POLICY = (r"default-src 'none'; style-src 'sha256-([\w+/=]+)'; script-src 'sha256-([\w+/=]+)'; "
          r"base-uri 'none'; form-action 'none'")


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.problems = []
        self.open = []
        self.texts = {"style": [], "script": [], "h2": [], "title": []}
        self.ids = []
        self.targets = []
        self.policy = None
        self.feed(text)
        self.close()

    def wrong(self, what):
        self.problems.append(f"line {self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, attributes):
        if tag not in ALLOWED:
            self.wrong(f"element {tag}")
        for name, value in attributes:
            if name not in GLOBAL | ALLOWED.get(tag, set()):
                self.wrong(f"attribute {name} of {tag}")
            if name == "href":
                self.targets.append(value)
            if name == "id":
                self.ids.append(value)
            if (name, value) == ("http-equiv", "Content-Security-Policy"):
                self.policy = dict(attributes)["content"]
        if tag in self.texts:
            self.texts[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong(f"</{tag}> closes another element")

    def handle_data(self, data):
        if self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]][-1] += data

    def handle_comment(self, data):
        # cmark-gfm's word for HTML in the Markdown: nobody may have come so far.
        self.wrong(f"comment {data}")

    def handle_decl(self, declaration):
        if declaration != "DOCTYPE html":
            self.wrong(f"declaration {declaration}")

    def unknown_decl(self, data):
        self.wrong(f"declaration {data}")

    def handle_pi(self, data):
        self.wrong(f"instruction {data}")

    def check(self):
        yield from self.problems
        if self.open:
            yield f"{self.open} not closed"
        policy = re.fullmatch(POLICY, self.policy or "")
        if not policy:
            yield f"policy {self.policy}"
            return
        for name, digest in (("style", policy[1]), ("script", policy[2])):
            digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                       for text in self.texts[name]]
            if digests != [digest]:
                yield f"{name} is not the one that the policy names"
        chapters = [title for title in self.texts["h2"] if not title.startswith("Profiles of ")]
        if chapters != CHAPTERS:
            yield f"chapters {chapters}"
        if len(set(self.ids)) != len(self.ids):
            yield "an id is there twice"
        for target in self.targets:
            if target[:1] != "#" or target[1:] not in self.ids:
                yield f"link to {target}"


def main():
    status = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            data = file.read()
        problems = list(Page(data.decode("utf-8")).check())
        odd = re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae\xa8\xa9]", data)
        if odd:
            problems.append(f"control character {odd.group()!r}")
        for problem in problems[:20]:
            print(f"{path}: {problem}"[:500])
        status |= bool(problems)
    return status


if __name__ == "__main__":
    sys.exit(main())
