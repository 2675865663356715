"""Conventions: the month, rounding, phrases, escaping, and errors told in words."""

from datetime import date

import pandas as pd
import pytest

from gistbook import conventions, spelling
from gistbook.conventions import DataError, Finding


def test_twelve_months_are_a_year_of_the_julian_calendar():
    assert conventions.days(12) == 365.25


def test_months_undo_days():
    assert conventions.months(conventions.days(47.2)) == pytest.approx(47.2, rel=1e-15)


def test_days_of_a_list_are_those_of_each():
    assert conventions.days([12, 24]) == [365.25, 730.5]


def test_months_of_a_series_are_those_of_each():
    durations = pd.Series([365.25, 730.5])

    assert conventions.months(durations).tolist() == [12.0, 24.0]


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (0.125, 2, "0.13"),
        (0.135, 2, "0.14"),
        (2.5, 0, "3"),
        (3.5, 0, "4"),
        (-2.5, 0, "-3"),
        (14.25, 1, "14.3"),
        (1.005, 2, "1.01"),
        (0.5, 0, "1"),
    ],
)
def test_a_tie_is_rounded_away_from_zero_as_it_is_written(value, digits, printed):
    assert conventions.rounded(value, digits) == printed


def test_a_rounded_number_keeps_the_zeros_of_its_precision():
    assert conventions.rounded(47, 1) == "47.0"


def test_a_large_number_is_printed_without_an_exponent():
    assert conventions.rounded(1e7, 0) == "10000000"


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), -float("inf")])
def test_what_is_no_finite_number_is_unknown(unknown):
    assert not conventions.is_known(unknown)


def test_zero_is_known():
    assert conventions.is_known(0.0)


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (1.0, "p = 1.00"),
        (0.134, "p = 0.13"),
        (0.1, "p = 0.10"),
        (0.0312, "p = 0.031"),
        (0.001, "p = 0.001"),
        (0.00099, "p < 0.001"),
        (0.0, "p < 0.001"),
    ],
)
def test_a_p_value_has_two_digits_three_when_small_and_is_never_zero(p, printed):
    assert conventions.p_value(p) == printed


@pytest.mark.parametrize("dangerous", ["<", ">", '"', "'"])
def test_no_character_that_html_acts_on_survives_escaping(dangerous):
    assert dangerous not in conventions.escaped(f"a{dangerous}b")


def test_an_ampersand_is_escaped_once():
    assert conventions.escaped("a & b") == "a &amp; b"


def test_whatever_is_escaped_becomes_text():
    assert conventions.escaped(3) == "3"


def test_a_misspelt_word_gets_the_nearest_choice():
    assert spelling.nearest("orgin", ["interval", "origin"]) == "Did you mean origin?"


def test_a_word_like_no_choice_gets_all_of_them_in_order():
    assert spelling.nearest("zzz", ["origin", "interval"]) == "There is: interval, origin."


def test_a_finding_names_table_column_rows_rule_and_remedy():
    finding = Finding("patients", "age", (2, 5), "Is below 0", "Correct it.")

    assert str(finding) == "patients, column age, rows 2, 5: Is below 0. Correct it."


def test_a_finding_of_one_row_says_row():
    assert str(Finding("patients", "age", (2,), "R", "Do.")) == "patients, column age, row 2: R. Do."


def test_a_finding_of_a_whole_table_names_no_column_and_no_row():
    assert str(Finding("patients", "", (), "It is empty", "Fill it.")) == "patients: It is empty. Fill it."


def test_a_finding_of_many_rows_names_ten_and_counts_the_others():
    finding = Finding("patients", "age", tuple(range(1, 13)), "R", "Do.")

    assert "rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more:" in str(finding)


def test_an_error_of_data_tells_every_finding_on_a_line_of_its_own():
    error = DataError("Two things.", [Finding("a", "", (), "R", "Do."), Finding("b", "", (), "R", "Do.")])

    assert str(error).splitlines() == ["Two things.", "  a: R. Do.", "  b: R. Do."]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (conventions.DataError, 1),
        (conventions.UsageError, 2),
        (conventions.ChapterError, 3),
        (conventions.PatientDataError, 3),
    ],
)
def test_each_kind_of_failure_has_its_exit_status(error, status):
    assert error("told").exit_status == status


@pytest.mark.parametrize("told", [conventions.DATA_NOTES, conventions.BANNERS, conventions.THIS_COHORT])
def test_every_access_has_its_words(told):
    assert tuple(told) == conventions.ACCESS


def test_what_is_said_of_synthetic_data_needs_no_title():
    assert "{" not in conventions.BANNERS["synthetic"] + conventions.DATA_NOTES["synthetic"]


def test_every_phrase_for_an_unknown_has_a_meaning_of_its_own():
    assert len(set(conventions.PHRASES.values())) == len(conventions.PHRASES)


def test_months_of_a_difference_of_dates_count_its_days():
    assert conventions.months((date(2011, 1, 1) - date(2010, 1, 1)).days) == 365 / 30.4375


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("KIT exon 11", "KIT exon 11"),
        ("<b> & 'x' – é 長 🫀", "<b> & 'x' – é 長 🫀"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("a\0b\x1b[31m\x7f", "a⟨U+0000⟩b⟨U+001B⟩[31m⟨U+007F⟩"),
        ("a\u202eb\u2066\u2069\u200f", "a⟨U+202E⟩b⟨U+2066⟩⟨U+2069⟩⟨U+200F⟩"),
        ("half \ud800", "half ⟨U+D800⟩"),
        ("\u05e9\u05dc 3", "\u2068\u05e9\u05dc 3\u2069"),
        ("\u0645\u200c\u0646 \u202e", "\u2068\u0645\u200c\u0646 ⟨U+202E⟩\u2069"),
    ],
)
def test_text_of_the_data_steers_nothing_around_it(text, seen):
    assert conventions.shown(text) == seen


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("Prgoression", ["progression", "regression"], "progression"),
        ("os_tim", ["os_time", "time"], "os_time"),
        ("time", ["site", "item", "emit"], ""),
        ("futime", ["ptime", "mspike"], "ptime"),
        ("death", ["creatinine", "heat"], ""),
        ("x", ["y"], ""),
    ],
)
def test_a_slip_is_few_letters_away_and_not_made_of_the_same_letters(word, choices, meant):
    assert spelling.slip_of(word, choices) == meant
