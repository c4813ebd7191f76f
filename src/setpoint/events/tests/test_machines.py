"""The classifier of machines' opens and clicks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.events.machines import Hit, hit_of, is_machine, reason

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
CLICK = Hit(delivery="7", at=1000.0, clicked=True, link="a", user_agent=BROWSER, sent_at=900.0)
OPEN = replace(CLICK, clicked=False, link="")


def test_a_person_clicking_two_links_is_a_person() -> None:
    assert reason(CLICK, [CLICK, replace(CLICK, at=1001.0, link="b"), OPEN]) is None


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        (replace(CLICK, method="HEAD"), "head"),
        (replace(CLICK, purpose="prefetch"), "prefetch"),
        (replace(OPEN, purpose="prefetch;prerender"), "prefetch"),
        (replace(CLICK, user_agent=""), "no_user_agent"),
        (replace(OPEN, user_agent="Mozilla/5.0"), "privacy_proxy"),
        (
            replace(
                OPEN,
                user_agent="Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            ),
            "image_proxy",
        ),
        (replace(CLICK, user_agent="Mozilla/5.0 (compatible; MSIE 8.0; Windows NT 6.1)"), "scanner"),
        (replace(CLICK, user_agent="python-requests/2.32"), "scanner"),
        (replace(CLICK, user_agent="curl/8.5"), "scanner"),
        (replace(CLICK, user_agent="Mozilla/5.0 HeadlessChrome/120"), "scanner"),
        (replace(CLICK, user_agent="Mimecast-URL-Check"), "scanner"),
        (replace(CLICK, user_agent="Googlebot/2.1"), "scanner"),
        (replace(CLICK, sent_at=999.5), "too_fast"),
        (replace(CLICK, honeypot=True), "honeypot"),
    ],
)
def test_signs_of_a_machine(hit: Hit, expected: str) -> None:
    assert reason(hit, [hit]) == expected
    assert is_machine(hit, [])


def test_an_unknown_user_agent_alone_proves_nothing() -> None:
    assert not is_machine(replace(CLICK, user_agent=None), [])
    assert not is_machine(replace(CLICK, user_agent="Mozilla/5.0 (Linux; Android 12; CUBOT X50)"), [])


def test_three_links_within_two_seconds_are_a_burst_and_the_open_between_them_too() -> None:
    burst = [replace(CLICK, at=1000.0 + offset, link=link) for offset, link in ((0, "a"), (0.9, "b"), (1.9, "c"))]
    opened = replace(OPEN, at=1001.0)
    assert [reason(hit, burst) for hit in [*burst, opened]] == ["burst"] * 4
    assert reason(replace(CLICK, at=1010.0), burst) is None


def test_the_same_link_three_times_is_no_burst() -> None:
    hits = [replace(CLICK, at=1000.0 + offset) for offset in (0.0, 0.5, 1.0)]
    assert not any(is_machine(hit, hits) for hit in hits)


def test_three_links_over_three_seconds_are_no_burst() -> None:
    hits = [replace(CLICK, at=1000.0 + 1.5 * place, link=str(place)) for place in range(3)]
    assert not any(is_machine(hit, hits) for hit in hits)


def test_a_honeypot_marks_all_hits_within_five_minutes() -> None:
    trap = replace(CLICK, honeypot=True)
    assert reason(replace(OPEN, at=1299.0), [trap]) == "honeypot"
    assert reason(replace(OPEN, at=1301.0), [trap]) is None


@given(
    st.dictionaries(
        st.sampled_from(["delivery", "sent_at", "link", "ua", "method", "purpose", "honeypot"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    )
)
def test_any_properties_make_a_hit(properties: dict[str, object]) -> None:
    assert isinstance(is_machine(hit_of("Email Opened", 1.0, properties), []), bool)
