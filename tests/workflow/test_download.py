"""The target `download`, and the study that goes on from its folder."""

import pytest
import yaml

from ..data.download.loopback import Answer, msd_files, sha256, tar_of
from ..data.download.synapse import fake_synapse

ARCHIVE = tar_of(msd_files())
TERMS = {"license": "CC0 of this test", "citation": "Nobody 2020"}


def configure(checkout, **download):
    data = {"source": "folder", "folder": "data/cohort", "test_fraction": 0.4, "download": download}
    (checkout.folder / "overlay.yaml").write_text(yaml.safe_dump({"data": data}))


def run(checkout, *arguments):
    files = ("tests/micro.yaml", "overlay.yaml")
    done = checkout.snakemake(*arguments, "--configfile", *files, cores=1)
    # Snakemake shows its own traceback when it is asked to be verbose.
    assert "--verbose" in arguments or "Traceback" not in done.stdout + done.stderr
    return done


def from_url(server, archive=ARCHIVE, checksum=None):
    url = server.serve("/Task01_BrainTumour.tar", archive)
    files = [{"url": url, "sha256": checksum or sha256(archive)}]
    return {"source": "urls", "files": files, **TERMS}


def test_download_then_study(checkout, server):
    configure(checkout, **from_url(server))

    before = run(checkout, "--dry-run")
    assert before.returncode != 0
    (line,) = [line for line in before.stderr.splitlines() if line.startswith("data/cohort: ")]
    assert line.endswith("snakemake --cores 1 download")
    assert not (checkout.folder / "results").exists()

    plan = run(checkout, "download", "--dry-run")
    assert plan.returncode == 0, plan.stderr
    assert server.asked == []

    done = run(checkout, "download")
    assert done.returncode == 0, done.stderr
    assert done.stderr.index("CC0 of this test") < done.stderr.index("is complete")
    assert "Nobody 2020" in done.stderr
    assert (checkout.folder / "data/cohort/dataset.json").is_file()
    assert sorted(path.name for path in (checkout.folder / "data").iterdir()) == ["cohort"]

    after = run(checkout, "--dry-run", "--quiet", "rules")
    assert after.returncode == 0, after.stderr
    assert "import_case" in after.stdout + after.stderr

    again = run(checkout, "download")
    assert again.returncode == 0, again.stderr
    assert "nothing to do" in again.stderr
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("archive", "checksum", "answer", "said"),
    [
        (ARCHIVE, "0" * 64, Answer(), "checksum"),
        (ARCHIVE, None, Answer(status=404), "HTTP 404"),
        (tar_of({"a.nii.gz": b"", "../evil.nii.gz": b""}), None, Answer(), "leads out"),
    ],
    ids=["checksum", "404", "hostile"],
)
def test_a_failure_is_one_line(checkout, server, archive, checksum, answer, said):
    configure(checkout, **from_url(server, archive, checksum))
    server.answers.append(answer)
    done = run(checkout, "download")
    assert done.returncode != 0
    assert sum(said in line for line in done.stderr.splitlines()) == 1, done.stderr
    assert not (checkout.folder / "data/cohort").exists()
    assert not list(checkout.folder.rglob("evil*"))


def test_no_source_is_said(checkout):
    configure(checkout, source=None)
    done = run(checkout, "download")
    assert done.returncode != 0
    assert "data.download.source: is null" in done.stderr


def test_the_token_is_nowhere(checkout, tmp_path, monkeypatch):
    archive = ("BraTS.tar", tar_of({"a/a_t1.nii.gz": b"1"}))
    environment = fake_synapse(tmp_path / "synapse", {"syn1": archive})
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    token = environment["SYNAPSE_AUTH_TOKEN"]

    configure(checkout, source="synapse", year=2021, entities=["syn1", "syn2"])
    failed = run(checkout, "download", "--verbose", "--show-failed-logs")
    assert failed.returncode != 0
    assert "syn2: Synapse does not give the file" in failed.stderr

    configure(checkout, source="synapse", year=2021, entities=["syn1"])
    done = run(checkout, "download", "--printshellcmds")
    assert done.returncode == 0, done.stderr
    assert (checkout.folder / "data/cohort/a/a_t1.nii.gz").is_file()

    for output in (failed.stdout, failed.stderr, done.stdout, done.stderr):
        assert token not in output
    written = [path for path in checkout.folder.rglob("*") if path.is_file()]
    assert any(".snakemake/log" in str(path) for path in written)
    assert any(path.name == "download.log" for path in written)
    for path in written:
        assert token.encode() not in path.read_bytes(), path
    commands = (tmp_path / "synapse/held/commands").read_text()
    assert "snakemake" in commands
    assert token not in commands
