import subprocess
import sys
from pathlib import Path

import pytest

import robustseg

SOURCE = Path(robustseg.__file__).parents[1]


def run(log, body):
    """Run ``body`` as a job in a process of its own, as Snakemake does."""
    script = (
        f"import logging\nfrom robustseg.runtime.errors import InputError, InputErrors\n"
        f"from robustseg.runtime.job import job\nwith job({str(log)!r}) as logger:\n    {body}\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_work_is_logged(tmp_path):
    log = tmp_path / "logs" / "a.log"
    done = run(log, "logging.getLogger('robustseg.defenses').info('epoch 1')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert log.read_text().endswith("epoch 1\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("InputError('a.nii.gz: is empty; copy it again')", "a.nii.gz: is empty; copy it again\n"),
        ("InputErrors(['one', 'two'])", "one\ntwo\n"),
    ],
)
def test_users_mistake_is_its_text_and_no_traceback(tmp_path, error, said):
    done = run(tmp_path / "a.log", f"raise {error}")
    assert done.returncode == 1
    assert done.stderr == said
    assert "Traceback" not in (tmp_path / "a.log").read_text()
    assert said.splitlines()[0] in (tmp_path / "a.log").read_text()


def test_warning_of_the_library_is_said_and_logged(tmp_path):
    body = "logging.getLogger('robustseg.defenses').warning('model.pt is damaged')"
    done = run(tmp_path / "a.log", body)
    assert (done.returncode, done.stderr) == (0, "model.pt is damaged\n")
    assert "model.pt is damaged" in (tmp_path / "a.log").read_text()


def test_defect_is_a_traceback_here_and_in_the_log(tmp_path):
    done = run(tmp_path / "a.log", "1 / 0")
    assert done.returncode == 1
    for text in (done.stderr, (tmp_path / "a.log").read_text()):
        assert "Traceback" in text
        assert "ZeroDivisionError" in text


def test_log_is_of_the_last_run(tmp_path):
    for text in ("first", "second"):
        run(tmp_path / "a.log", f"logger.info('{text}')")
    assert "first" not in (tmp_path / "a.log").read_text()


def test_status_after_the_block_counts(tmp_path):
    assert run(tmp_path / "a.log", "pass\nraise SystemExit(4)").returncode == 4
