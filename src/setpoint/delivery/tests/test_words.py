"""Every sentence of this package exists in Chinese, and the compiled catalogue is the one in the source."""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parent.parent
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES"
TAG = re.compile(r'{% translate "([^"]+)" %}|{% blocktranslate %}(.+?){% endblocktranslate %}')


def sentences() -> set[str]:
    found = {str(one[2]) for one in extract_from_dir(PACKAGE, [("*.py", "python"), ("channels/*.py", "python")])}
    for page in (PACKAGE / "templates").rglob("*.html"):
        found |= {one or re.sub(r"{{ (\w+) }}", r"%(\1)s", many) for one, many in TAG.findall(page.read_text())}
    return found


def test_every_sentence_is_translated():
    with (CATALOGUE / "django.po").open("rb") as file:
        translated = {message.id for message in read_po(file) if message.id and message.string}
    assert sentences() - translated == set()


def test_the_compiled_catalogue_is_up_to_date():
    with (CATALOGUE / "django.po").open("rb") as file:
        fresh = io.BytesIO()
        write_mo(fresh, read_po(file))
    fresh.seek(0)
    with (CATALOGUE / "django.mo").open("rb") as file:
        kept, made = gettext.GNUTranslations(file)._catalog, gettext.GNUTranslations(fresh)._catalog
    assert {one: text for one, text in kept.items() if one} == {one: text for one, text in made.items() if one}
