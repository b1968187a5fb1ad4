from pathlib import Path

import pytest

from robustseg.attacks.registry import ATTACKS
from robustseg.defenses.registry import DEFENSES
from robustseg.models.registry import NETWORKS
from robustseg.study import fingerprint as module

FILES = {
    "robustseg/__init__.py": "",
    "robustseg/attacks/__init__.py": "",
    "robustseg/attacks/fgsm.py": (
        '"""The attack."""\nfrom robustseg import gradient\n\n'
        'def attack(x):\n    """Attack."""\n    # a comment\n    return gradient.of(x) + 1\n'
    ),
    "robustseg/attacks/registry.py": 'ATTACKS = {"fgsm": "robustseg.attacks.fgsm:attack"}\n',
    "robustseg/gradient.py": (
        "def of(x):\n    from robustseg.late import HALF\n    return x * HALF\n"
    ),
    "robustseg/late.py": 'HALF = 0.5\n"""Documents HALF."""\n',
    "robustseg/apart.py": "VALUE = 1\n",
    "robustseg/html/pages.py": "VALUE = 1\n",
    "robustseg/html/palette.py": "BLUE = 1\n",
    "robustseg/html/templates/table.html": "<table></table>\n",
    "robustseg/html/templates/style.css": "table { color: black; }\n",
    "robustseg/one.py": "import robustseg.two\n",
    "robustseg/two.py": "import robustseg.one\n",
}
SCRIPTS = {
    "direct.py": "from robustseg.attacks.fgsm import attack\n",
    "lazy.py": "from robustseg.attacks.registry import ATTACKS\n",
    "named.py": "import os\n",
    "public.py": "from robustseg import Problem\n",
    "package.py": "import robustseg.attacks.fgsm as f\n",
    "circle.py": "import robustseg.one\n",
    "late.py": "from robustseg.late import HALF\nimport os, numpy\n",
    "nothing.py": "import os\n",
    "page.py": "from robustseg.html.pages import render\n",
    "picture.py": "from robustseg.html.palette import BLUE\n",
}


ATTACK = "robustseg.attacks.fgsm:attack"
NAMED = {"direct.py": (), "named.py": (ATTACK,), "package.py": ()}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a package of the same name, in which files may be changed."""
    for name, text in FILES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(module, "SOURCE", tmp_path / "src")
    clear()
    yield tmp_path
    clear()


def clear():
    """Forget the files read, as a new process would."""
    for cached in (module._tree, module._code, module._imports):
        cached.cache_clear()


def prints(package, script, *targets, **settings):
    clear()
    return module.fingerprint(package / script, *targets, **settings)


def edit(package, name, old, new):
    path = package / "src" / "robustseg" / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("attacks/fgsm.py", '"""The attack."""', '"""Another docstring, of\nmany lines."""'),
        ("attacks/fgsm.py", '    """Attack."""\n', ""),
        ("attacks/fgsm.py", "# a comment", "# another"),
        ("attacks/fgsm.py", "\n\n", "\n\n\n\n"),
        ("attacks/fgsm.py", "of(x) + 1", "of( x )+1"),
        ("late.py", "Documents HALF", "Documents it otherwise"),
    ],
)
@pytest.mark.parametrize("script", ["direct.py", "named.py", "package.py"])
def test_words_and_blanks_change_nothing(package, script, name, old, new):
    before = prints(package, script, *NAMED[script])
    edit(package, name, old, new)
    assert prints(package, script, *NAMED[script]) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("attacks/fgsm.py", "+ 1", "- 1"),
        ("attacks/fgsm.py", "def attack(x)", "def attack(x, y=0)"),
        ("attacks/fgsm.py", "return", "x = 'a value, not a docstring'; return"),
        ("gradient.py", "x * HALF", "HALF"),  # an import away
        ("late.py", "0.5", "0.25"),  # by an import within a function
    ],
)
@pytest.mark.parametrize("script", ["direct.py", "named.py", "package.py"])
def test_statement_anywhere_on_the_way_changes_it(package, script, name, old, new):
    before = prints(package, script, *NAMED[script])
    edit(package, name, old, new)
    assert prints(package, script, *NAMED[script]) != before


def test_registry_changes_only_those_that_read_it(package):
    before = {script: prints(package, script) for script in SCRIPTS}
    edit(package, "attacks/registry.py", '{"fgsm"', '{"other"')
    changed = {script for script in SCRIPTS if prints(package, script) != before[script]}
    assert changed == {"lazy.py"}


def test_change_elsewhere_changes_nothing(package):
    before = {script: prints(package, script) for script in SCRIPTS}
    edit(package, "apart.py", "1", "2")
    assert {script: prints(package, script) for script in SCRIPTS} == before


def test_an_entry_of_a_registry_changes_nothing_of_what_is_named(package):
    before = prints(package, "named.py", ATTACK)
    edit(package, "attacks/registry.py", "}", ', "apart": "robustseg.apart:VALUE"}')
    edit(package, "apart.py", "1", "2")
    assert prints(package, "named.py", ATTACK) == before
    assert prints(package, "named.py") != before


def test_a_plug_in_counts_with_what_it_imports(package):
    plugin = package / "mine.py"
    plugin.write_text("from robustseg.gradient import of\n\n\ndef mine(x):\n    return of(x)\n")
    target = f"{plugin}:mine"
    before = prints(package, "nothing.py", target)
    edit(package, "late.py", "0.5", "0.25")
    second = prints(package, "nothing.py", target)
    plugin.write_text(plugin.read_text().replace("of(x)", "-of(x)"))
    assert len({before, second, prints(package, "nothing.py", target)}) == 3


def test_public_names_are_what_defines_them(package, monkeypatch):
    public = {"Problem": "robustseg.gradient:of", "audit": "robustseg.apart:VALUE"}
    monkeypatch.setattr(module.robustseg, "PUBLIC", public)
    before = prints(package, "public.py")
    edit(package, "apart.py", "1", "2")
    assert prints(package, "public.py") == before
    edit(package, "late.py", "0.5", "0.25")
    assert prints(package, "public.py") != before


IMPORTS = ("from {}.helper import VALUE\n", "from .helper import VALUE\n", "from . import helper\n")


@pytest.mark.parametrize("statement", IMPORTS)
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("regular", [True, False])
def test_a_listed_package_counts_as_ours(package, monkeypatch, statement, listed, regular):
    folder = package / f"ours_{IMPORTS.index(statement)}_{listed}_{regular}"
    folder.mkdir()
    if regular:
        (folder / "__init__.py").write_text("")
    (folder / "attack.py").write_text(statement.format(folder.name))
    (folder / "helper.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(package)
    target, plugins = f"{folder.name}.attack:attack", [folder.name] if listed else []
    before = prints(package, "nothing.py", target, plugins=plugins)
    (folder / "helper.py").write_text("VALUE = 2\n")
    assert (prints(package, "nothing.py", target, plugins=plugins) != before) == listed


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("table.html", "<table>", "<table class='x'>"), ("style.css", "black", "blue")],
)
def test_template_changes_those_that_reach_the_pages(package, name, old, new):
    before = {script: prints(package, script) for script in SCRIPTS}
    edit(package, f"html/templates/{name}", old, new)
    changed = {script for script in SCRIPTS if prints(package, script) != before[script]}
    assert changed == {"page.py"}


def test_new_template_changes_those_that_reach_the_pages(package):
    before = prints(package, "page.py")
    (package / "src/robustseg/html/templates/more.html").write_text("")
    assert prints(package, "page.py") != before


def test_a_listed_module_and_a_listed_file_count_where_they_are_imported(package, monkeypatch):
    folder = package / "dotted"
    folder.mkdir()
    (folder / "attack.py").write_text("VALUE = 1\n")
    (package / "sibling.py").write_text("import helper\n")
    (package / "helper.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(package)
    plugins = ["dotted.attack", str(package / "sibling.py"), str(package / "helper.py")]
    for target, path in (
        ("dotted.attack:attack", folder / "attack.py"),
        (f"{package / 'sibling.py'}:x", package / "helper.py"),
    ):
        before = prints(package, "nothing.py", target, plugins=plugins)
        path.write_text("VALUE = 2\n")
        assert prints(package, "nothing.py", target, plugins=plugins) != before


def test_the_package_by_its_attributes_is_all_that_is_public(package, monkeypatch):
    monkeypatch.setattr(module.robustseg, "PUBLIC", {"audit": "robustseg.apart:VALUE"})
    (package / "attributes.py").write_text("import robustseg\nrobustseg.audit\n")
    before = prints(package, "attributes.py")
    edit(package, "apart.py", "1", "2")
    assert prints(package, "attributes.py") != before


def test_circle_ends(package):
    before = prints(package, "circle.py")
    edit(package, "two.py", "import", "A = 1\nimport")
    assert prints(package, "circle.py") != before


def test_scripts_without_library_code_are_alike(package):
    assert prints(package, "nothing.py") != prints(package, "late.py")
    assert len(prints(package, "nothing.py")) == 16


SCRIPTS_FOLDER = Path(__file__).parents[2] / "workflow" / "scripts"


@pytest.mark.parametrize(
    ("script", "targets", "reached", "apart"),
    [
        ("train.py", [DEFENSES["noise"].build, NETWORKS["unet3d"].build],
         {"defenses.noise", "models.unet", "runtime.seeds"},
         {"defenses.adversarial", "attacks.fgsm", "evaluation.run", "tables.table1"}),
        ("evaluate.py", [ATTACKS["fgsm"].attack, NETWORKS["unet3d"].build],
         {"attacks.fgsm", "models.unet", "metrics.dice"},
         {"attacks.iterative", "training.loop", "tables.table1", "html.pages"}),
        ("phantom.py", [], {"data.phantoms.phantom", "data.phantoms.lesion"},
         {"models.unet", "attacks.fgsm", "html.pages"}),
        ("table1.py", [], {"tables.table1", "statistics.wilcoxon", "html.pages"},
         {"models.unet", "attacks.fgsm", "figures.figure1"}),
        ("figure1.py", [], {"figures.figure1", "html.palette"}, {"html.pages"}),
        ("index.py", [], {"html.pages"}, {"models.unet", "figures.style"}),
    ],
)  # fmt: skip
def test_what_the_real_scripts_reach(script, targets, reached, apart):
    found = module.code_files(SCRIPTS_FOLDER / script, *targets)
    names = {name.removeprefix("robustseg.") for name in found}
    assert reached <= names
    assert not apart & names
    assert all(module._file(f"robustseg.{name}").is_file() for name in apart)


@pytest.mark.parametrize("script", ["train.py", "evaluate.py", "examine.py", "transfer.py"])
def test_no_job_reaches_a_registry(script):
    assert not [name for name in module.code_files(SCRIPTS_FOLDER / script) if "registry" in name]
