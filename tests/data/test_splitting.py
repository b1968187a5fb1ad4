import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from robustseg.data.split.split import (
    Split,
    size_problems,
    split_cases,
    subject_of,
    write_split,
)
from robustseg.runtime.errors import InputError

COHORT = [f"BRATS_{number:03d}" for number in range(283)]


@pytest.mark.parametrize(
    ("case", "subject"),
    [
        ("BraTS-GLI-00005-001", "BraTS-GLI-00005"),
        ("BraTS-GLI-00005-000", "BraTS-GLI-00005"),
        ("BraTS2021_00005", "BraTS-GLI-00005"),
        ("BraTS-MEN-00005-000", "BraTS-MEN-00005"),
        ("Brats18_TCIA02_607_1", "BraTS-2017-2019-TCIA02_607"),
        ("BraTS19_TCIA02_607_1", "BraTS-2017-2019-TCIA02_607"),
        ("Brats17_2013_21_1", "BraTS-2017-2019-2013_21"),
        ("BraTS19_CBICA_AAB_1", "BraTS-2017-2019-CBICA_AAB"),
        ("BraTS20_Training_001", "BraTS20_Training_001"),
        ("BRATS_001", "BRATS_001"),
        ("phantom-001", "phantom-001"),
    ],
)
def test_subject_of_a_case_name(case, subject):
    assert subject_of(case) == subject


def test_a_fifth_of_the_papers_cohort_is_57():
    split = split_cases(COHORT, test_fraction=0.2, seed=1)
    assert (len(split.train), len(split.test)) == (226, 57)


@given(
    subjects=st.integers(2, 12),
    scans=st.integers(1, 3),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
)
def test_sides_are_whole_disjoint_and_share_no_subject(subjects, scans, fraction, seed):
    cases = [f"BraTS-GLI-{s:05d}-{k:03d}" for s in range(subjects) for k in range(scans)]
    split = split_cases(cases, test_fraction=fraction, seed=seed)
    assert sorted(split.train + split.test) == cases
    assert split.train
    assert split.test
    assert not {subject_of(c) for c in split.train} & {subject_of(c) for c in split.test}


def test_split_depends_on_the_seed_and_not_on_the_order():
    split = split_cases(COHORT, test_fraction=0.2, seed=1)
    assert split_cases(COHORT[::-1], test_fraction=0.2, seed=1) == split
    assert split_cases(COHORT, test_fraction=0.2, seed=2) != split


def test_one_case_more_does_not_reshuffle_the_others():
    before = set(split_cases(COHORT, test_fraction=0.2, seed=1).test)
    after = set(split_cases([*COHORT, "new"], test_fraction=0.2, seed=1).test) - {"new"}
    assert len(before ^ after) <= 1


def test_groups_keep_cases_together():
    groups = {case: str(number % 5) for number, case in enumerate(COHORT)}
    split = split_cases(COHORT, test_fraction=0.2, seed=1, groups=groups)
    assert len({groups[case] for case in split.test}) == 1
    assert len(split.test) in (56, 57)


def test_listed_test_cases():
    split = split_cases(["c", "b", "a"], test_fraction=0.2, seed=1, test=["b"])
    assert split == Split(train=("a", "c"), test=("b",))


@pytest.mark.parametrize(
    ("cases", "options", "words"),
    [
        (["a"], {}, "cannot be split"),
        (["BraTS-GLI-00001-000", "BraTS-GLI-00001-001"], {}, "cannot be split"),
        (["a", "a", "b"], {}, "twice"),
        (["a", "b"], {"test_fraction": 0.0}, "between 0 and 1"),
        (["a", "b"], {"test_fraction": 1.0}, "between 0 and 1"),
        (["a", "b"], {"test": ["x"]}, "no case is named x"),
        (["a", "b"], {"test": []}, "none or all"),
        (["a", "b"], {"test": ["a", "b"]}, "none or all"),
        (
            ["BraTS-GLI-00001-000", "BraTS-GLI-00001-001", "b"],
            {"test": ["BraTS-GLI-00001-000"]},
            "BraTS-GLI-00001-001 share a subject",
        ),
    ],
)
def test_what_cannot_be_split(cases, options, words):
    with pytest.raises(InputError, match=words):
        split_cases(cases, **{"test_fraction": 0.5, "seed": 1, **options})


def test_table(tmp_path):
    split = Split(train=("a", "c"), test=("BraTS2021_00007", "b"))
    write_split(
        tmp_path / "split.csv",
        split,
        groups={"a": "patient 1"},
        strata={"b": "HGG"},
        skipped=["c"],
    )
    assert (tmp_path / "split.csv").read_text() == (
        "case,subject,stratum,split\n"
        "BraTS2021_00007,BraTS-GLI-00007,,test\n"
        "a,patient 1,,train\n"
        "b,b,HGG,test\n"
        "c,c,,skipped\n"
    )


GRADES = {case: "HGG" if number < 210 else "LGG" for number, case in enumerate(COHORT)}


def test_strata_give_their_shares():
    split = split_cases(COHORT, test_fraction=0.2, seed=1, strata=GRADES)
    assert len(split.test) == 57
    assert sum(GRADES[case] == "HGG" for case in split.test) in (42, 43)


@given(
    sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(lambda s: sum(s) > 1),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
)
def test_stratified_numbers_are_the_shares_rounded(sizes, fraction, seed):
    strata = {f"{s}-{k}": str(s) for s, size in enumerate(sizes) for k in range(size)}
    plain = split_cases(sorted(strata), test_fraction=fraction, seed=seed)
    split = split_cases(sorted(strata), test_fraction=fraction, seed=seed, strata=strata)
    assert len(split.test) == len(plain.test)
    for stratum, size in enumerate(sizes):
        tested = sum(strata[case] == str(stratum) for case in split.test)
        assert abs(tested - size * len(split.test) / len(strata)) < 1


def test_scans_of_one_patient_in_two_strata_stay_together():
    cases = [f"BraTS-GLI-{s:05d}-{k:03d}" for s in range(6) for k in range(2)]
    strata = {case: "HGG" if case.endswith("1") else "LGG" for case in cases}
    split = split_cases(cases, test_fraction=0.5, seed=3, strata=strata)
    assert not {subject_of(c) for c in split.train} & {subject_of(c) for c in split.test}
    assert len(split.test) == 6


@given(
    subjects=st.integers(2, 13),
    scans=st.integers(1, 2),
    folds=st.integers(2, 5),
    seed=st.integers(0, 2**32),
)
def test_folds_test_every_subject_once(subjects, scans, folds, seed):
    folds = min(folds, subjects)
    cases = [f"BraTS-GLI-{s:05d}-{k:03d}" for s in range(subjects) for k in range(scans)]
    strata = {case: str(int(case[10:15]) % 2) for case in cases}
    tested = []
    for fold in range(folds):
        split = split_cases(
            cases, test_fraction=0.2, seed=seed, strata=strata, folds=folds, fold=fold
        )
        assert sorted(split.train + split.test) == cases
        assert len(split.test) // scans in (subjects // folds, -(-subjects // folds))
        for stratum in "01":
            size = sum(strata[case] == stratum for case in cases) / scans
            part = sum(strata[case] == stratum for case in split.test) / scans
            assert abs(part - size / folds) < 1
        tested += split.test
    assert sorted(tested) == cases


def test_folds_of_a_sheet():
    folds = {"a": 0, "b": 1, "c": 2, "d": 2}
    split = split_cases(list("abcd"), test_fraction=0.2, seed=1, folds=folds, fold=2)
    assert split == Split(train=("a", "b"), test=("c", "d"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"folds": 4}, "3 subjects cannot be dealt to 4"),
        ({"folds": 1}, "cannot be dealt"),
        ({"folds": 3, "fold": 3}, "fold: 3 has no case"),
        ({"folds": {"a": 0, "b": 1}}, "c have none"),
        ({"folds": {"a": 0, "b": 0, "c": 0}}, "all of them"),
        (
            {"folds": {"a": 0, "b": 1, "c": 2}, "groups": {"a": "x", "b": "x"}},
            "of x are in several",
        ),
    ],
)
def test_impossible_folds(options, words):
    with pytest.raises(InputError, match=words):
        split_cases(list("abc"), **{"test_fraction": 0.5, "seed": 1, **options})


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [("ab", "cdefgh", []), ("ab", "cdefg", ["test cases: 5"]), ("", "abcdef", ["training cases"])],
)
def test_too_few_cases_for_the_statistics(train, test, said):
    problems = size_problems(Split(tuple(train), tuple(test)), min_test_cases=6)
    assert len(problems) == len(said)
    assert all(p.startswith(s) for p, s in zip(problems, said, strict=True))


def test_six_is_the_least_number_of_pairs_that_can_reach_the_five_percent():
    assert wilcoxon([1, 2, 3, 4, 5], method="exact").pvalue > 0.05
    assert wilcoxon([1, 2, 3, 4, 5, 6], method="exact").pvalue < 0.05
