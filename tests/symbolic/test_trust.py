"""Only torch, torchvision, the user's own project and packages trusted by name are resolved; nothing else runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from symbolic.errors import Source as Text
from symbolic.errors import SpaceError, Span
from symbolic.trust import Trust, resolve

HOSTILE = [
    "os::system",
    "posix::system",
    "builtins::eval",
    "builtins::exec",
    "builtins::__import__",
    "builtins::getattr",
    "subprocess::Popen",
    "subprocess::run",
    "logging::os.system",
    "shutil::rmtree",
    "pickle::loads",
    "importlib::import_module",
    "ctypes::CDLL",
    "socket::socket",
    "sys::exit",
    "pathlib::Path.unlink",
    "functools::partial",
    "runpy::run_path",
    "webbrowser::open",
    "torch.serialization::os.system",
    "torch.serialization::pickle.loads",
    "torch.hub::os.remove",
    "torch::sys.exit",
    "torch.nn::Module.__init__.__globals__",
    "torch.nn::Module.__class__",
    "torch::__builtins__",
    "torch.utils.data::__loader__",
    "numpy::load",
    "attrs::frozen",
    "sklearn.datasets::load_digits",
    "symbolic.trust::importlib.import_module",
    "symbolic.registry::get",
    "antigravity::webbrowser.open",
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder with a module, and the working folder elsewhere."""
    (tmp_path / "app_under_test.py").write_text(
        "import os\nimport functools\nfrom os import system as harmless\nfrom torch import nn\n\n\n"
        "class Net:\n    class Inner:\n        pass\n\n\ndef make():\n    return 3\n\n\n"
        "half = functools.partial(make)\nbad = functools.partial(os.system)\nlayer = nn.Identity()\nWIDTH = 8\n"
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    yield tmp_path
    sys.modules.pop("app_under_test", None)


def trust_of(folder: Path) -> Trust:
    file = folder / "net.space"
    file.write_text("model = app_under_test::Net()\n")
    return Trust.of(Span(Text(str(file), file.read_text()), 1, 1, 0, 5))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(name: str, project: Path) -> None:
    with pytest.raises(SpaceError) as caught:
        resolve(name, trust_of(project))
    assert caught.value.code == "E603"


@pytest.mark.parametrize("name", ["bad", "harmless", "os.system", "functools", "nothing", "Net.nothing"])
def test_re_exports_and_values_of_the_own_project_are_refused(name: str, project: Path) -> None:
    with pytest.raises(SpaceError) as caught:
        resolve(f"app_under_test::{name}", trust_of(project))
    assert caught.value.code == "E603"


@pytest.mark.parametrize("name", ["Net", "Net.Inner", "make", "half", "nn.Linear", "layer", "WIDTH"])
def test_the_own_project_is_trusted(name: str, project: Path) -> None:
    before = list(sys.path)
    assert resolve(f"app_under_test::{name}", trust_of(project)) is not None
    assert sys.path == before


@pytest.mark.parametrize("name", ["torch.nn::Linear", "torch::relu", "torch.nn.functional::gelu", "torch.optim::SGD"])
def test_torch_is_trusted(name: str) -> None:
    assert callable(resolve(name, Trust()))


def test_an_untrusted_module_is_not_imported(project: Path) -> None:
    sys.modules.pop("this", None)
    with pytest.raises(SpaceError, match="this::s is not trusted"):
        resolve("this::s", trust_of(project))
    assert "this" not in sys.modules


def test_packages_can_be_trusted_by_name() -> None:
    assert resolve("sklearn.datasets::load_digits", Trust.of(None, ["sklearn"])) is not None


def test_a_file_of_the_own_project_cannot_stand_in_for_the_standard_library(project: Path) -> None:
    (project / "os.py").write_text("def system(command): ...\n")
    with pytest.raises(SpaceError, match="os::system is not trusted"):
        resolve("os::system", trust_of(project))


def test_the_message_says_where_it_comes_from_and_what_to_do() -> None:
    with pytest.raises(SpaceError) as caught:
        resolve("torch.serialization::os.system", Trust())
    assert str(caught.value) == (
        "E603 torch.serialization::os.system is not trusted: it comes from posix\n"
        "  spaces may call torch, torchvision and your own project; trust more with --trust posix"
    )
