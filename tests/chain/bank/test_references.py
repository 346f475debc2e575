from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from chain.bank.references import (
    CreditorReference,
    ReferenceKind,
    creditor_reference,
    is_whole,
    kind_of,
    payout_end_to_end_id,
    printed,
    references_in,
)

references = st.builds(creditor_reference, st.sampled_from(ReferenceKind), st.text(max_size=9), st.text(max_size=9))


@given(references)
def test_reference_is_a_valid_iso_11649_creditor_reference(reference: CreditorReference) -> None:
    assert iso11649.is_valid(reference)
    assert is_whole(reference)
    assert len(reference) <= 25


@given(references, st.data())
def test_every_single_mistyped_character_is_detected(reference: CreditorReference, data: st.DataObject) -> None:
    position = data.draw(st.integers(2, len(reference) - 1).filter(lambda p: p != 4))
    wrong = data.draw(
        st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(lambda c: c != reference[position])
    )
    assert not is_whole(reference[:position] + wrong + reference[position + 1 :])


@given(references)
def test_a_mistyped_kind_letter_is_detected(reference: CreditorReference) -> None:
    for letter in set("DLP") - {reference[4]}:
        assert not is_whole(reference[:4] + letter + reference[5:])


@given(references, st.data())
def test_every_swap_of_neighbouring_digits_is_detected(reference: CreditorReference, data: st.DataObject) -> None:
    position = data.draw(st.integers(5, len(reference) - 2))
    left, right = reference[position], reference[position + 1]
    swapped = reference[:position] + right + left + reference[position + 2 :]
    assert is_whole(swapped) == (left == right)


@given(
    references,
    references,
    st.sampled_from(["", "还款", "payment for ", "RFQ 7; "]),
    st.sampled_from(["", "。", " jan"]),
)
def test_references_are_found_in_free_text_however_they_are_grouped(
    first: CreditorReference, second: CreditorReference, before: str, after: str
) -> None:
    for one, two in ((first, second), (printed(first), printed(second)), (first.lower(), printed(second).lower())):
        whole, mistyped = references_in(f"{before}{one} {two}{after}")
        assert whole == tuple(dict.fromkeys((first, second)))
        assert mistyped == ()


@given(references)
def test_a_reference_with_something_glued_on_is_mistyped_not_absent(reference: CreditorReference) -> None:
    assert references_in(reference + "7") == ((), (reference + "7",))
    assert references_in(reference[:-1]) == ((), (reference[:-1],))


@given(st.text())
def test_any_text_is_searched_without_failing(text: str) -> None:
    whole, mistyped = references_in(text)
    assert all(is_whole(reference) for reference in whole)
    assert not any(is_whole(reference) for reference in mistyped)


def test_kind_platform_number_and_attempt_all_change_the_reference() -> None:
    made = {
        creditor_reference(ReferenceKind.LOAN, "PF-A", "L01"),
        creditor_reference(ReferenceKind.DEPOSIT, "PF-A", "L01"),
        creditor_reference(ReferenceKind.LOAN, "PF-B", "L01"),
        creditor_reference(ReferenceKind.LOAN, "PF-A", "L02"),
        payout_end_to_end_id("PF-A", "L01", 1),
        payout_end_to_end_id("PF-A", "L01", 2),
    }
    assert len(made) == 6
    assert {kind_of(reference) for reference in made} == set(ReferenceKind)


@pytest.mark.parametrize(
    "text", ["", "RF", "RF18", "RF18539007547034", "rf14l6902909332574139", "GB82WEST12345698765432"]
)
def test_other_texts_are_no_whole_reference(text: str) -> None:
    assert not is_whole(text)
