"""What the demo's offers and variants are called."""

from __future__ import annotations

from setpoint.site.demo.company import in_words


def test_keys_of_a_world_are_shown_as_people_name_things() -> None:
    assert in_words("old_friends") == "Old friends"
    assert in_words("15_percent") == "15 percent"
