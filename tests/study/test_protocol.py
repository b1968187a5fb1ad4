"""The protocol: a configuration that reads back, and a page of it."""

import yaml

from robustseg.study.protocol import PACKAGES, write_protocol


def test_protocol_reads_back_and_its_page_names_the_versions(tmp_path):
    config = {"study": "<mine>", "attacks": {"fgsm": {"epsilons": [0, 0.05]}}}
    files = tmp_path / "protocol.yaml", tmp_path / "protocol.html"
    write_protocol(*map(str, files), config=config, split=[3, 2])
    assert yaml.safe_load(files[0].read_text()) == config
    page = files[1].read_text()
    assert "study: &lt;mine&gt;" in page
    assert "<dd>3 for training, 2 for testing</dd>" in page
    assert all(f"<dt>{package}</dt>" in page for package in PACKAGES)
