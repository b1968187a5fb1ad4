import json

import pytest
import torch
from safetensors.torch import save_file

from robustseg.models.networks import build_network
from robustseg.models.weights import load_model, save_weights
from robustseg.runtime.errors import InputError

ARCHITECTURE = {"name": "robustseg.models.unet:UNet3D", "filters": 2, "levels": 2, "dropout": 0.3}


@pytest.fixture
def saved(tmp_path):
    model = build_network(ARCHITECTURE)
    path = tmp_path / "weights.safetensors"
    save_weights(path, model, ARCHITECTURE)
    return path, model


@pytest.mark.parametrize("scale", [1, 20])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last_3d])
def test_round_trip_bit_for_bit(tmp_path, scale, memory):
    architecture = {**ARCHITECTURE, "logit_scale": scale}
    model = build_network(architecture).to(memory_format=memory).train()
    save_weights(tmp_path / "w.safetensors", model, architecture)
    torch.manual_seed(123)  # the weights are the file's, whatever is drawn while building
    loaded = load_model(tmp_path / "w.safetensors")
    state, again = model.state_dict(), loaded.state_dict()
    assert list(state) == list(again)
    assert all(torch.equal(state[name], again[name]) for name in state)
    image = torch.randn(2, 4, 8, 8, 8)
    assert torch.equal(loaded(image), loaded(image))
    torch.testing.assert_close(loaded(image), model.eval()(image), rtol=1e-4, atol=1e-4 * scale)


def test_loaded_model_is_frozen_and_in_evaluation_mode(saved):
    loaded = load_model(saved[0])
    assert not any(module.training for module in loaded.modules())
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_equal_models_are_equal_files(saved, tmp_path):
    save_weights(tmp_path / "again.safetensors", saved[1], dict(reversed(ARCHITECTURE.items())))
    assert (tmp_path / "again.safetensors").read_bytes() == saved[0].read_bytes()


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def pickle(path):
    torch.save({"weight": torch.zeros(3)}, path)


def without_architecture(path):
    save_file({"weight": torch.zeros(3)}, path)


def rewrite(architecture):
    def damage(path):
        state = build_network(ARCHITECTURE).state_dict()
        save_file(state, path, metadata={"architecture": architecture})

    return damage


def change_state(change):
    def damage(path):
        state = build_network(ARCHITECTURE).state_dict()
        change(state)
        save_file(state, path, metadata={"architecture": json.dumps(ARCHITECTURE)})

    return damage


DAMAGE = {
    "missing": remove,
    "empty": empty,
    "truncated": truncate,
    "pickle": pickle,
    "no architecture": without_architecture,
    "other size": rewrite(json.dumps({**ARCHITECTURE, "filters": 3})),
    "other depth": rewrite(json.dumps({**ARCHITECTURE, "levels": 3})),
    "a tensor less": change_state(lambda state: state.popitem()),
    "a tensor more": change_state(lambda state: state.update(extra=torch.zeros(1))),
    "unknown network": rewrite(json.dumps({"name": "someone's"})),
    "unknown argument": rewrite(json.dumps({**ARCHITECTURE, "width": 3})),
    "no name": rewrite("{}"),
    "not JSON": rewrite("unet3d"),
    "not a mapping": rewrite("[1]"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_file_that_is_not_the_model_is_one_line_never_random_weights(saved, damage):
    path, _ = saved
    damage(path)
    with pytest.raises(InputError) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_code_that_was_not_asked_for_is_not_run(saved):
    path, _ = saved
    target = f"{path.parent / 'net.py'}:Net"
    (path.parent / "net.py").write_text(
        f"import pathlib\npathlib.Path({str(path.parent / 'ran')!r}).touch()\n"
        "from robustseg.models.unet import UNet3D as Net\n"
    )
    rewrite(json.dumps({**ARCHITECTURE, "name": target}))(path)
    with pytest.raises(InputError, match="was asked for"):
        load_model(path)
    assert not (path.parent / "ran").exists()
    assert not load_model(path, network=target).training
    assert (path.parent / "ran").exists()


def test_a_file_cannot_name_a_function_of_ours_that_runs_others(saved):
    path, _ = saved
    command = {"name": "os:mkdir", "path": str(path.parent / "ran")}
    architecture = {"name": "robustseg.models.networks:build_network", "architecture": command}
    rewrite(json.dumps(architecture))(path)
    with pytest.raises(InputError, match="was asked for"):
        load_model(path)
    assert not (path.parent / "ran").exists()


def test_failed_write_keeps_the_old_file(saved):
    path, model = saved
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_weights(path, model, {"name": object()})
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
