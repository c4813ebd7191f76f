from setpoint.bench import segments
from setpoint.bench.segments_trees import TREES, edits
from setpoint.segments.tree import parse_tree


def _told(value: float) -> dict[str, dict[str, float]]:
    one = {"value": value, "peer_value": 1.0, "size": 5, "value_cpu": value, "peer_value_cpu": 1.0}
    return {name: one | {"value": value + number} for number, name in enumerate(TREES)}


def test_rows_and_fields_are_those_that_others_read_by_name():
    rows = {row.name: row.to_dict() for row in segments._ratios(_told(1.0), _told(0.5), _told(8.0), quick=False)}
    assert [name for name in rows if name.startswith("s")] == [f"s{number:02}" for number in range(1, 11)]
    assert (rows["median"]["ratio"], rows["median"]["met"]) == (5.5, False)
    assert (rows["worst"]["ratio"], rows["worst"]["limit"]) == (10.0, 1.3)
    assert (rows["s01"]["tenth"], rows["s01"]["tenth_ratio"]) == (0.5, 0.5)
    assert (rows["s01"]["tenfold"], rows["s01"]["tenfold_ratio"]) == (8.0, 8.0)
    assert (rows["growth"]["peer_value"], rows["growth.tenfold"]["peer_value"]) == (1.0, 1.0)
    preview = segments._preview_row([100.0] * 95 + [400.0] * 5, quick=False).to_dict()
    assert (preview["name"], preview["p50_ms"], preview["met"]) == ("preview", 100.0, preview["p95_ms"] <= 300.0)
    assert segments._live_row({"per_s": 9000.0, "stored_ms": 2.0}).to_dict()["per_s"] == 9000.0


def test_every_edit_is_another_tree_that_can_be_read():
    for tree in TREES.values():
        made = [str(parse_tree(each)) for each in edits(tree, 6)]
        assert len(set(made)) == 6
