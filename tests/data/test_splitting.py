import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustseg.data.splitting import Split, split_cases, subject_of, write_split
from robustseg.errors import InputError

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
    write_split(tmp_path / "split.csv", Split(train=("a", "c"), test=("b",)))
    assert (tmp_path / "split.csv").read_text() == "case,split\na,train\nb,test\nc,train\n"
