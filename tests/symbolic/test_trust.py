"""Only torch, torchvision, the user's own project and packages trusted by name are resolved; nothing else runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from symbolic import parse, search
from symbolic.check import check_trust
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
    "torch.hub::load",
    "torch.hub::download_url_to_file",
    "torch.hub::load_state_dict_from_url",
    "torch.utils.collect_env::run",
    "torch.utils.cpp_extension::load_inline",
    "torch.utils.model_zoo::load_url",
    "torch.utils.data::DataLoader",
    "torch.utils.checkpoint::checkpoint",
    "torch::load",
    "torch::save",
    "torch::compile",
    "torch::from_file",
    "torch::set_default_device",
    "torch::Tensor.numpy",
    "torch::hub.load",
    "torch::utils.collect_env.run",
    "torch::multiprocessing.spawn",
    "torch::classes.load_library",
    "torch::ops.load_library",
    "torch::jit.load",
    "torch.serialization::load",
    "torch.jit::load",
    "torch.jit::CompilationUnit",
    "torch.jit::script",
    "torch.jit::ScriptModule",
    "torch.multiprocessing::spawn",
    "torch.multiprocessing::Process",
    "torch.distributed::init_process_group",
    "torch.distributed.run::main",
    "torch.package::PackageImporter",
    "torch.onnx::export",
    "torch.fx::symbolic_trace",
    "torch._dynamo::optimize",
    "torch._C::_jit_init",
    "torch.nn::functional.torch.hub.load",
    "torch.nn.functional::importlib.import_module",
    "torch.nn.functional::handle_torch_function",
    "torch.nn.functional::boolean_dispatch",
    "torch.nn::Module.load_state_dict",
    "torch.nn.modules.module::register_module_forward_hook",
    "torch.nn.parallel::torch.load",
    "torch.nn.utils::stateless.torch.load",
    "torch.optim::Optimizer.register_optimizer_step_pre_hook",
    "torch.optim.swa_utils::torch.load",
    "torchvision.datasets.utils::download_url",
    "torchvision.datasets::MNIST",
    "torchvision.io::write_file",
    "torchvision.models::get_model_weights",
    "torchvision.models._api::load_state_dict_from_url",
    "torchvision.models._utils::torch.hub.load",
    "torchvision.models.resnet::Weights",
    "torchvision.ops.misc::warnings.warn",
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

TENSORS = [
    "torch.nn::Linear",
    "torch.nn::functional.gelu",
    "torch.nn.modules.conv::Conv2d",
    "torch::relu",
    "torch::tanh",
    "torch.nn.functional::gelu",
    "torch.nn.functional::relu",
    "torch.nn.functional::logsigmoid",
    "torch.nn.functional::max_pool2d",
    "torch.nn.init::kaiming_normal_",
    "torch.optim::SGD",
    "torch::optim.AdamW",
    "torchvision.models::resnet18",
    "torchvision.models.resnet::BasicBlock",
    "torchvision.ops::StochasticDepth",
    "torchvision.ops::stochastic_depth",
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


@pytest.mark.parametrize("name", TENSORS)
def test_layers_functions_of_tensors_and_models_are_trusted(name: str) -> None:
    pytest.importorskip(name.partition(":")[0].partition(".")[0])
    assert callable(resolve(name, Trust()))


def test_all_of_torch_can_be_trusted_by_name() -> None:
    with pytest.raises(SpaceError, match="E603"):
        resolve("torch.hub::load", Trust.of(None, ["numpy"]))
    assert callable(resolve("torch.hub::load", Trust.of(None, ["torch"])))


def test_what_is_not_reached_is_not_imported() -> None:
    sys.modules.pop("torch.utils.collect_env", None)
    with pytest.raises(SpaceError, match=r"torch\.utils\.collect_env::run is not trusted"):
        resolve("torch.utils.collect_env::run", Trust())
    assert "torch.utils.collect_env" not in sys.modules


@pytest.mark.parametrize("trusted", [(), ("torch",)])
def test_a_space_is_built_with_the_packages_it_trusts(trusted: tuple[str, ...]) -> None:
    space = attrs.evolve(parse('space s\nmodel = torch.utils.collect_env::run("true")\n'), trusted=trusted)
    if trusted:
        assert space.default().build() == (0, "", "")
    else:
        with pytest.raises(SpaceError, match="E603"):
            space.default().build()


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
        resolve("torch.nn.functional::importlib.import_module", Trust())
    assert str(caught.value) == (
        "E603 torch.nn.functional::importlib.import_module is not trusted: it comes from importlib\n"
        "  spaces may call layers, functions of tensors and models of torch and torchvision, and your own project; "
        "to trust all of it: --trust importlib, or trust=['importlib'] in Python"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_an_object_that_is_not_trusted_is_told_before_anything_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    space = parse(f"space s\nx {{ k = none | {name} }}\n")
    with pytest.raises(SpaceError, match="E603"):
        check_trust(space)


def test_a_module_that_is_not_imported_is_told_by_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space = parse("space s\nx = 1 | not_imported_yet.deep::f(2)\n")
    with pytest.raises(SpaceError, match=r"E603 not_imported_yet\.deep::f is not trusted"):
        check_trust(space)
    check_trust(attrs.evolve(space, trusted=("not_imported_yet",)))
    (tmp_path / "not_imported_yet").mkdir()
    (tmp_path / "not_imported_yet" / "__init__.py").write_text("raise RuntimeError\n")
    check_trust(space)
    assert "not_imported_yet" not in sys.modules


def test_a_search_is_refused_before_trial_1(tmp_path: Path) -> None:
    calls = list[object]()
    space = parse("space s\nx = 1 | 2 | json::dumps(2)\n")
    with pytest.raises(SpaceError, match="E603 json::dumps is not trusted"):
        search(space, evaluate=calls.append, store=tmp_path / "s.db", listeners=[])
    assert not calls and not (tmp_path / "s.db").exists()
