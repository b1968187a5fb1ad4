"""Ways in which the files of a cohort can be wrong, each with the cause that must be named.

A way is a function of the cohort's folder (cases a, b and c in the BraTS layout, whole) and of
the makers of tiny files; it damages the cohort and returns the path that the line must begin with.
"""

import os
import shutil

ALL = ("t1", "t1ce", "t2", "flair", "seg")


def of(folder, case="b", part="t2"):
    return folder / case / f"{case}_{part}.nii.gz"


def remove(part):
    def damage(folder, tiny):
        of(folder, part=part).unlink()
        return folder / "b"

    return damage


def twice(folder, tiny):
    shutil.copy(of(folder), folder / "b" / "b_t2.nii")
    return folder / "b"


def twice_by_case(folder, tiny):
    shutil.copy(of(folder), folder / "b" / "b_T2.nii.gz")
    return folder / "b"


def twice_by_year(folder, tiny):
    shutil.copy(of(folder), folder / "b" / "b_t2w.nii.gz")
    return folder / "b"


def strange_suffix(folder, tiny):
    of(folder).rename(folder / "b" / "b_T2SPACE.nii.gz")
    return folder / "b"


def no_known_suffix(folder, tiny):
    """Another program's names, without the case's."""
    for part in ALL:
        of(folder, part=part).rename(folder / "b" / f"{part.upper()}.nii.gz")
    return folder / "b"


def no_suffix(folder, tiny):
    of(folder).rename(folder / "b" / "b_t2")
    return folder / "b"


def as_folder(folder, tiny):
    of(folder).unlink()
    of(folder).mkdir()
    (of(folder) / "b_t2.nii").write_bytes(b"x")
    return of(folder)


def link_to_itself(folder, tiny):
    of(folder).unlink()
    os.symlink(of(folder), of(folder))
    return of(folder)


def link_to_nowhere(folder, tiny):
    of(folder).unlink()
    os.symlink(folder / "elsewhere.nii.gz", of(folder))
    return of(folder)


def brace_in_a_folder(folder, tiny):
    place = folder / "b {x}"
    place.mkdir()
    (folder / "b").rename(place / "b")
    return place / "b" / "b_t1.nii.gz"


def renamed(name):
    """Call case b something else."""

    def damage(folder, tiny):
        place = folder / "renamed"
        (folder / "b").rename(place)
        for part in ALL:
            (place / f"b_{part}.nii.gz").rename(place / f"{name}_{part}.nii.gz")
        return place

    return damage


def same_name(folder, tiny):
    shutil.copytree(folder / "b", folder / "z" / "b")
    return folder / "b"


def empty_folder(folder, tiny):
    (folder / "d").mkdir()
    return folder / "d"


STRUCTURE = {
    "no t1 file": (remove("t1"), "no t1 file"),
    "no t1gd file": (remove("t1ce"), "no t1gd file"),
    "no t2 file": (remove("t2"), "no t2 file"),
    "no flair file": (remove("flair"), "no flair file"),
    "no labels": (remove("seg"), "no file of labels"),
    "two files for one sequence": (twice, "are both a t2 file"),
    "two files that differ in case": (twice_by_case, "are both a t2 file"),
    "names of two years": (twice_by_year, "are both a t2 file"),
    "unknown suffix": (strange_suffix, "rename b_T2SPACE.nii.gz"),
    "no known suffix at all": (no_known_suffix, "no known suffix"),
    "no suffix": (no_suffix, "no t2 file"),
    "folder in a file's place": (as_folder, "is a folder"),
    "link to itself": (link_to_itself, "link to nowhere"),
    "link to nowhere": (link_to_nowhere, "link to nowhere"),
    "space in a name": (renamed("b 1"), "rename the case"),
    "non-ASCII name": (renamed("fälle"), "rename the case"),
    "shell in a name": (renamed("b;touch pwned;"), "rename the case"),
    "substitution in a name": (renamed("$(touch pwned)"), "rename the case"),
    "wildcard in a name": (renamed("b{case}"), "rename the case"),
    "wildcard in a folder's name": (brace_in_a_folder, "wildcard"),
    "quote in a name": (renamed("b'\""), "rename the case"),
    "newline in a name": (renamed("b\nc"), "rename the case"),
    "dash first": (renamed("-rf"), "rename the case"),
    "endless name": (renamed("b" * 150), "150 characters"),
    "name that differs in case": (renamed("A"), "upper and lower case only"),
    "name of another case": (same_name, "is also in"),
    "empty folder": (empty_folder, "empty folder"),
}
