"""Classes: rows share one exactly when no filter can tell them apart."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.compiled.classes import attribute_key, classes_matched, classify

ROWS = st.lists(st.tuples(st.sampled_from(["x", "y", None]), st.integers(0, 3)), min_size=1, max_size=20)


@given(rows=ROWS, wanted=st.lists(st.sampled_from("xy"), max_size=3), least=st.integers(0, 4))
def test_rows_share_a_class_exactly_when_every_filter_answers_alike(
    rows: list[tuple[str | None, int]], wanted: list[str], least: int
) -> None:
    frame = pl.DataFrame(rows, schema={"brand": pl.String, "size": pl.Int64}, orient="row")
    filters = {"brand": pl.col("brand").is_in(wanted), "size": pl.col("size") >= least}
    classified = classify(frame, filters)
    answers = [(brand in wanted, size >= least) for brand, size in rows]
    classes = classified["class"].to_list()
    for this, answer in zip(classes, answers, strict=True):
        assert [other == this for other in classes] == [other == answer for other in answers]
    matched = classes_matched(classified, filters, class_column="product_class")
    for name, place in (("brand", 0), ("size", 1)):
        let_through = set(matched.filter(filter=name)["product_class"])
        assert let_through == {this for this, answer in zip(classes, answers, strict=True) if answer[place]}


def test_a_class_tells_apart_what_converts_differently() -> None:
    frame = pl.DataFrame({"product_id": ["A", "B", "C"], "conversions": ["case=12", None, None]})
    assert classify(frame, {}, also_by=["conversions"])["class"].to_list() == [1, 2, 2]


def test_without_filters_all_is_one_class_and_without_rows_there_is_none() -> None:
    frame = pl.DataFrame({"product_id": ["A", "B"]})
    assert classify(frame, {})["class"].to_list() == [1, 1]
    assert classify(frame.clear(), {"all": pl.lit(value=True)}).is_empty()


def test_an_attribute_key_tells_its_columns_apart() -> None:
    frame = pl.DataFrame({"type": ["sale", "sale", None], "channel": ["web", None, "web"]})
    keys = frame.select(key=attribute_key(["type", "channel"]))["key"]
    assert keys.n_unique() == 3
    assert frame.select(key=attribute_key([]))["key"].to_list() == [""]
