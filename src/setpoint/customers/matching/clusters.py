"""From pairs to people: connected records, with a guard against chains.

Records A-B-C-D that only resemble their neighbour are not one person. Pairs are taken from the surest on; two groups
become one only where at least half of all pairs between them are links themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

LEAST_SHARE = 0.5


def clusters(links: Iterable[tuple[int, int, float]], *, least_share: float = LEAST_SHARE) -> list[list[int]]:
    """Groups of two or more records, each sorted, from links (first, second, probability)."""
    ordered = sorted(links, key=lambda link: (-link[2], link[0], link[1]))
    group_of: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    between: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for first, second, _probability in ordered:
        for record in (first, second):
            members.setdefault(group_of.setdefault(record, record), {record})
        between[first][second] += 1
        between[second][first] += 1
    for first, second, _probability in ordered:
        one, other = group_of[first], group_of[second]
        if one != other and between[one][other] >= least_share * len(members[one]) * len(members[other]):
            gone, into = sorted((one, other), key=lambda group: len(members[group]))
            _unite(into, gone, group_of, members, between)
    return sorted(sorted(group) for group in members.values() if len(group) > 1)


def _unite(
    into: int,
    gone: int,
    group_of: dict[int, int],
    members: dict[int, set[int]],
    between: dict[int, defaultdict[int, int]],
) -> None:
    """One group becomes part of the other; links to third groups are counted together."""
    for record in members[gone]:
        group_of[record] = into
    members[into] |= members.pop(gone)
    for third, count in between.pop(gone).items():
        between[third].pop(gone, None)
        if third != into:
            between[into][third] += count
            between[third][into] += count
