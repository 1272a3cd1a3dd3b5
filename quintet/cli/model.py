"""quintet model: the models that look for masks."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from quintet.cli import prepare
from quintet.cli.failures import CommandFailed
from quintet.services.masks.vision.adding import ModelExists, add_model
from quintet.services.masks.vision.chosen import AT_FIRST, choose_model
from quintet.services.masks.vision.detector import load_detector, try_out
from quintet.services.masks.vision.evaluating import BadAnnotations, evaluate, read_coco
from quintet.services.masks.vision.registry import DamagedModel, Model, UnknownModel, find_model, model_folders

Run = Callable[[argparse.Namespace, Path], None]

_FIGURES = ("any_face", "mean", "with_mask", "without_mask", "mask_worn_incorrect")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its four verbs."""
    parser = commands.add_parser("model", help="list, add, choose, measure the models that look for masks")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    _verb(verbs, "list", "every model, what it is used for, how well it does", _list)
    add = _verb(verbs, "add", "take in an ONNX network, once it has looked at a grey picture", _add)
    add.add_argument("file", type=Path, metavar="FILE.onnx")
    add.add_argument("--meta", type=Path, required=True, metavar="model.json", help="what its input and classes are")
    add.add_argument("--name", default="", help="default: the file's name without its ending")
    add.add_argument("--replace", action="store_true", help="it may take the place of an added model of that name")
    use = _verb(verbs, "use", "look with this one from now on; a running server does so at its next request", _use)
    use.add_argument("name")
    use.add_argument("--for", dest="use", choices=AT_FIRST, default="pictures", help="video: cameras, too")
    measure = _verb(verbs, "evaluate", "average precision at IoU .5 on labelled pictures", _evaluate)
    measure.add_argument("coco", type=Path, metavar="COCO.json")
    measure.add_argument("--images", type=Path, metavar="DIR", help="default: images beside the file, or its folder")
    measure.add_argument("--model", default="", metavar="NAME", help="default: the one that looks at pictures")
    measure.add_argument("--json", action="store_true", help="one object instead of lines")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help: str, run: Run
) -> argparse.ArgumentParser:
    return prepare.add_verb(verbs, name, help, lambda said: _with_models(run, said))


def _with_models(run: Run, said: argparse.Namespace) -> int:
    prepare.data_folder()
    prepare.start_django()
    from quintet.services.masks.interface import models_folder

    try:
        run(said, models_folder())
    except (BadAnnotations, DamagedModel, ModelExists, UnknownModel) as refused:
        raise CommandFailed(str(refused)) from refused
    except OSError as refused:
        raise CommandFailed(f"{refused.filename}: {refused.strerror}") from refused
    return 0


def _list(said: argparse.Namespace, models: Path) -> None:
    in_use = _in_use()
    for folder in model_folders(models):
        uses = ", ".join(use for use, name in in_use.items() if name == folder.name)
        origin = "added" if folder.parent == models else "shipped"
        print("\t".join([folder.name, origin, f"in use: {uses}" if uses else "", *_described(folder)]))
    known = {folder.name for folder in model_folders(models)}
    for use, name in in_use.items():
        if name not in known:
            print(f"{name}\tby setting or gone\tin use: {use}")


def _in_use() -> dict[str, str]:
    from quintet.services.masks.interface import model_for

    return {use: model_for(use) for use in AT_FIRST}


def _described(folder: Path) -> list[str]:
    try:
        model = find_model(folder)
        model.read()
    except (DamagedModel, UnknownModel) as bad:
        return [f"damaged: {bad}"]
    return [f"{model.side} px", model.layout, f"threshold {model.threshold:g}", _figures_of(model)]


def _figures_of(model: Model) -> str:
    """Those of pictures that nothing was chosen by, where a model tells them apart."""
    told = model.figures.get("int8", model.figures)
    told = told.get("report", told) if isinstance(told, dict) else {}
    return "  ".join(f"{name} {told[name]:.3f}" for name in _FIGURES if isinstance(told.get(name), int | float))


def _add(said: argparse.Namespace, models: Path) -> None:
    model = add_model(models, said.file, said.meta, said.name, replace=said.replace)
    print(f"{model.name} is here; `quintet model use {model.name}` lets it look at pictures.")


def _use(said: argparse.Namespace, models: Path) -> None:
    from quintet.services.masks.interface import model_for

    model = find_model(said.name, models)
    if model.folder.name != said.name:
        raise CommandFailed(f"{said.name} is a folder; `quintet model add` makes it a model with a name")
    try_out(model)
    choose_model(models, said.use, model.name)
    if model_for(said.use) != model.name:
        setting = {"pictures": "QUINTET_MASKS_MODEL", "video": "QUINTET_MASKS_VIDEO_MODEL"}[said.use]
        print(f"quintet: {setting} goes before this and names {model_for(said.use)}", file=sys.stderr)
    print(f"{model.name} looks at {said.use}.")


def _evaluate(said: argparse.Namespace, models: Path) -> None:
    known = read_coco(said.coco)
    beside = said.coco.parent / "images"
    folder = said.images or (beside if beside.is_dir() else said.coco.parent)
    detector = load_detector(said.model or _in_use()["pictures"], extra=models)
    shows = sys.stderr.isatty()

    def tell(count: int) -> None:
        if shows:
            print(f"\r{count} of {len(known)} pictures", end="\n" if count == len(known) else "", file=sys.stderr)

    figures = evaluate(detector, known, folder, tell)
    told = {"model": detector.model.name, "pictures": len(known), "faces": sum(map(len, known.values())), **figures}
    if said.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:20} {value:.3f}" if isinstance(value, float) else f"{name:20} {value}")
