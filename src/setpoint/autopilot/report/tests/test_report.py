"""The report in its five forms, from a fixed campaign."""

import csv
import io
import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser

import pypdf
import pytest

from setpoint.autopilot.report.page import to_html
from setpoint.autopilot.report.paper import to_pdf
from setpoint.autopilot.report.rows import to_csv
from setpoint.autopilot.report.tests.example import DATA, DRAFT, EXAMPLES, STARTING, UNPROVEN
from setpoint.autopilot.report.tests.golden import FOLDER, golden_files
from setpoint.autopilot.report.text import to_text
from setpoint.autopilot.report.types import GoalPart, LedgerPart, LimitLine, RatioPart, Said, SpendPart
from setpoint.kernel.errors import Invalid

PAGE = to_html(DATA)


class Reader(HTMLParser):
    """Collects tags, addresses and the words of each language's article."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.words, self.titles = [], [], {"en": "", "zh": ""}, 0
        self.article = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.addresses += [given[name] for name in ("href", "src", "action", "srcset") if given.get(name)]
        self.titles += bool(given.get("title"))
        if tag == "article":
            self.article = given["class"]

    def handle_data(self, data):
        if self.article:
            self.words[self.article] += data


@pytest.mark.parametrize(("name", "make"), list(golden_files()), ids=lambda each: each if isinstance(each, str) else "")
def test_golden_files(name, make):
    assert make() == (FOLDER / name).read_bytes().decode()


def test_the_page_needs_nothing_else():
    reader = Reader(PAGE)
    assert reader.addresses == []
    assert not {"script", "link", "iframe", "img"} & set(reader.tags)
    assert not re.search(r"https?:|url\(|@import|\son\w+=", PAGE)


def test_the_page_speaks_both_languages_and_opens_in_the_chosen_one():
    words = Reader(PAGE).words
    assert "Proven: the campaign caused at least 306 extra orders." in words["en"]
    assert "已证明：至少 306 笔订单由本次活动带来。" in words["zh"]
    assert re.search(r'id="show-en"[^>]* checked', PAGE)
    assert re.search(r'id="show-zh"[^>]* checked', to_html(DRAFT, "zh"))


def test_names_are_text_never_markup():
    assert "<sleepers>" not in PAGE
    assert "&lt;sleepers&gt;" in PAGE
    evil = replace(DRAFT, campaign='"><script>x</script>', company="<b>", reason=Said("", text="<i>"))
    assert "script" not in Reader(to_html(evil)).tags
    assert "&lt;b&gt;" in to_html(evil)
    assert "<i>" not in to_html(evil)


def test_every_number_on_a_tile_is_explained():
    assert PAGE.count('class="tile ') == 16
    assert len(re.findall(r'class="tile \w+" title="[^"]{5,}"', PAGE)) == 16


def test_pictures_follow_light_and_dark():
    assert PAGE.count("<svg") == 12
    assert 'fill="#1660c4"' not in PAGE
    assert "var(--accent)" in PAGE
    assert "prefers-color-scheme: dark" in PAGE


def test_what_is_not_proven_is_grey_and_said():
    page = to_html(UNPROVEN)
    assert 'class="verdict unproven"' in page
    assert "tile good" not in page
    assert "Not proven: the best estimate is 41 extra orders, but it may still be chance." in page
    assert "尚未证明" in page
    assert "var(--accent)" not in re.search(r"<figure>.*?</figure>", page, re.DOTALL).group()


def test_too_little_data_says_how_much_is_missing():
    text = to_text(STARTING)
    assert "41 more orders among those held back are needed and 120 more customers held back" in text
    assert "对照组还需要 41 笔订单，还需要留出 120 位客户，才能下结论。" in to_text(STARTING, "zh")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Proven at least", "306", "Corner Shop", "Against the usual way", "¥3,085"]),
        ("zh", ["已证明至少", "尚未证明", "对照组", "已停止", "预算"]),
    ],
)
def test_the_document_opens_and_speaks(language, expected):
    data = {"en": DATA, "zh": UNPROVEN}[language]
    reader = pypdf.PdfReader(io.BytesIO(to_pdf(data, language)))
    assert 2 <= len(reader.pages) <= 4
    words = "".join(page.extract_text() for page in reader.pages).replace("\n", " ")
    assert [each for each in expected if each not in words] == []
    assert reader.metadata.title == DATA.campaign


def test_a_draft_is_a_short_document():
    assert len(pypdf.PdfReader(io.BytesIO(to_pdf(DRAFT, "en"))).pages) == 1


def test_rows_hold_exact_numbers():
    rows = list(csv.reader(io.StringIO(to_csv(DATA))))
    found = {(section, item, name): value for section, item, name, value in rows[1:]}
    assert found["goal", "", "proven_at_least"] == "306.5"
    assert found["rounds", "2", "shadow_prices.money"] == "0.034"
    assert found["funnel", "", "suppressed.no_consent"] == "188"
    assert found["report", "", "campaign"] == DATA.campaign


def test_no_cell_runs_as_a_formula():
    rows = csv.reader(io.StringIO(to_csv(replace(DRAFT, campaign="=cmd|' /C calc'!A0", company="-1+2"))))
    values = {row[2]: row[3] for row in rows}
    assert values["campaign"].startswith("'=")
    assert values["company"].startswith("'-")


def test_the_text_fits_a_terminal_and_lines_up():
    for language in ("en", "zh"):
        assert len(to_text(DATA, language).splitlines()) < 60
    assert len(to_text(STARTING).splitlines()) < 30


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("metric", ["conversions", "conversion_rate", "revenue", "reactivated"])
@pytest.mark.parametrize("verdict", ["proven", "not proven", "harm proven", "not enough data"])
@pytest.mark.parametrize("incremental", [True, False])
def test_every_metric_and_verdict_is_told(language, metric, verdict, incremental):
    goal = GoalPart(
        metric, 0.02, incremental, estimate=0.013, proven_at_least=0.004, interval=(0.004, 0.022), verdict=verdict
    )
    told = to_text(replace(DATA, goal=goal, reason=None), language)
    assert "{" not in told
    assert "None" not in told


@pytest.mark.parametrize(
    "status", ["running", "paused", "goal", "limit", "futile", "deadline", "harm", "frozen", "cancelled"]
)
def test_every_status_has_words_in_both_languages(status):
    told = {language: to_text(replace(DRAFT, status=status), language).splitlines()[1] for language in ("en", "zh")}
    assert not told["zh"].startswith(status)
    assert told["en"] != told["zh"]


def test_alarms_are_plain():
    alarmed = replace(DATA, ratio=RatioPart(0.2, 0.31, 1e-9, True), ledger=LedgerPart({"handed": 5}, 5, 7))
    text = to_text(alarmed)
    assert "do not trust the increment" in text
    assert "5 of 7 messages are accounted for" in text


def test_a_limit_near_its_end_is_amber_and_never_overflows():
    over = SpendPart(money=10, reserved=5, limit=12, lines=(LimitLine("campaign", "money", 12, 5, 10),))
    page = to_html(replace(DRAFT, spend=over))
    widths = [float(width) for width in re.findall(r"<i class=\"(?:committed|put)\" style=\"width:([\d.]+)%", page)]
    assert sum(widths[:2]) <= 100.1
    assert 'class="limit attention"' in page
    assert "used up" in page


def test_unknown_languages_are_refused():
    for form in (to_html, to_pdf, to_text):
        with pytest.raises(Invalid):
            form(DRAFT, "fr")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_data_survives_json(name):
    assert json.loads(json.dumps(asdict(EXAMPLES[name]), default=str))["campaign"] == EXAMPLES[name].campaign
