"""Imports: definitions of other files under a name, each import a set of its own, and nothing outside the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import load, parse, read

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write files into a folder and return the one called net.space."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / (name.replace("__", "/") + ".space")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "net.space"

    return write


CELLS = "shared act = relu | gelu\nblock unit(w: int) = linear(w) >> act\n"


def test_definitions_are_named_by_the_import(folder: Folder) -> None:
    file = folder(net='import "cells.space" as lib\nmodel = lib.unit(8 | 16) >> lib.unit(4)\n', cells=CELLS)
    space = load(str(file))
    assert space.lower().path == ("lib/act", "model/unit/w") and space.size().value == 4


def test_the_stem_is_the_default_name(folder: Folder) -> None:
    file = folder(net='import "cells.space"\nmodel = cells.unit(8)\n', cells=CELLS)
    assert load(str(file)).lower().path == ("cells/act",)


def test_two_imports_are_two_sets_of_definitions(folder: Folder) -> None:
    text = 'import "cells.space" as a\nimport "cells.space" as b\nmodel = a.unit(8) >> b.unit(8) >> b.act\n'
    assert load(str(folder(net=text, cells=CELLS))).lower().path == ("a/act", "b/act")


def test_the_canonical_text_stands_alone(folder: Folder) -> None:
    text = 'import "sub/cells.space" as lib\nmodel = lib.outer >> lib.inner.act\nforbid lib.inner.act is relu\n'
    file = folder(net=text, sub__cells='import "inner.space"\nblock outer = inner.unit(4)\n', sub__inner=CELLS)
    space = load(str(file))
    again = parse(space.text(), folder=None)
    assert again == space and again.hash == space.hash and again.size() == space.size()
    assert [d.name for d in space.defs] == ["lib.inner.act", "lib.inner.unit", "lib.outer"]


def test_what_is_not_used_is_left_out_without_a_warning(folder: Folder) -> None:
    file = folder(net='import "cells.space"\nmodel = cells.act\n', cells=CELLS + "block other = 1 | 2\n")
    reading = read(file.read_text(), "net.space", folder=file.parent)
    assert [d.name for d in reading.space.defs] == ["cells.act"] and reading.warnings == ()


def refused(file: Path) -> SpaceError:
    with pytest.raises(SpaceError) as e:
        load(str(file))
    return e.value


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/etc/passwd", "'/etc/passwd' is an absolute path"),
        ("../out.space", "'../out.space' is outside the folder of the file that was loaded"),
        ("sub/../../out.space", "'sub/../../out.space' is outside the folder of the file that was loaded"),
        ("sub", "there is no file 'sub'"),
        ("celsl.space", "there is no file 'celsl.space'"),
    ],
)
def test_only_files_below_the_folder(path: str, message: str, folder: Folder) -> None:
    error = refused(folder(net=f'import "{path}" as lib\nx = lib.a\n', cells=CELLS, sub__inner=CELLS))
    assert (error.code, error.message) == ("E207", message)
    assert error.span is not None and error.span.line == 1


def test_a_link_leads_out_no_more_than_dots(folder: Folder, tmp_path: Path) -> None:
    file = folder(net__net='import "link.space" as lib\nx = lib.act\n', out=CELLS)
    inner = file.parent / "net" / "net.space"
    (inner.parent / "link.space").symlink_to(tmp_path / "out.space")
    assert "outside the folder" in refused(inner).message


def test_circles(folder: Folder) -> None:
    error = refused(folder(net='import "a.space"\nx = a.f\n', a='import "b.space"\nblock f = b.g\n', b='import "a.space"\n'))
    assert error.code == "E207" and error.message == "'a.space' imports itself: a.space -> b.space -> a.space"
    assert error.span is not None and error.span.source.name.endswith("b.space")


def test_only_definitions_can_be_imported(folder: Folder) -> None:
    error = refused(folder(net='import "a.space"\nx = a.f\n', a="block f = 1 | 2\nmaximize accuracy\n"))
    assert (error.code, error.message) == ("E207", "'a.space' has more than definitions, in line 2")


def test_errors_stand_in_the_file_that_is_wrong(folder: Folder) -> None:
    file = folder(net='import "a.space"\nx = a.f\n', a="# a comment\nblock f = rleu\n")
    assert str(refused(file)).startswith(f"{file.parent}/a.space:2:11: E201 unknown name 'rleu'\n  block f = rleu\n")
    file = folder(a="block f = \n")
    assert str(refused(file)).startswith(f"{file.parent}/a.space:1:10: E101 ")


def test_at_most_a_hundred_files(folder: Folder) -> None:
    doubling = {f"f{i}": f'import "f{i + 1}.space" as a\nimport "f{i + 1}.space" as b\n' for i in range(60)}
    error = refused(folder(net='import "f0.space"\nx = 1 | 2\n', **doubling, f60=""))
    assert (error.code, error.message) == ("E405", "more than 100 files are imported")


@pytest.mark.parametrize(
    ("net", "cells", "message"),
    [
        ('import "cells.space" as lib\nrelu = 1 | 2\nx = lib.f', "block f = relu", "'relu' is built in here"),
        ('import "cells.space" as lib\nclasses = 1 | 2\nx = lib.f', "block f = linear(classes)", "'classes' is built in here"),
        ('import "cells.space" as lib\nx = lib.f(3)', "block g = 1 | 2\nblock f(lib: int) = g", "a local name hides 'lib'"),
        ('import "cells.space" as x\nx = 1 | 2', "block g = 1 | 2", "'x' is defined already"),
        ('import "cells.space" as x\nblock x.y = 1 | 2\nz = x.y', "block g = 1 | 2", "'x.y' is defined already"),
    ],
)
def test_a_name_means_the_same_in_the_canonical_text(net: str, cells: str, message: str, folder: Folder) -> None:
    error = refused(folder(net=net, cells=cells))
    assert error.code == "E202" and error.message.startswith(message)


def test_an_imported_file_does_not_see_the_entries_of_the_other(folder: Folder) -> None:
    assert refused(folder(net='import "a.space"\nwidth = 1 | 2\nx = a.f\n', a="block f = linear(width)\n")).code == "E201"
