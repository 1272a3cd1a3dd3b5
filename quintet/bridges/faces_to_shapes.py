"""Each model that looks for masks is a function that annotates frames. What a bridge offers costs nothing until it is
asked for: what looks at pictures is loaded by the process that looks."""

from collections.abc import Iterator

from quintet.services.annotation import interface as annotation

_PREFIX = "masks."


class FaceFunctions:
    """The models of masks, shipped and added, as functions called masks.<name>."""

    def functions(self) -> Iterator[annotation.Function]:
        """Those whose model.json can be read."""
        from quintet.services.masks import interface as masks

        for model in masks.known_models():
            yield annotation.Function(
                id=f"{_PREFIX}{model.name}",
                name=f"Face masks ({model.name}) 口罩检测",
                description="Finds faces and how each wears its mask. 检测人脸以及口罩佩戴情况。",
                framework="onnx",
                labels=tuple(dict.fromkeys(wearing for wearing in model.classes if wearing)),
                threshold=model.threshold,
            )

    def detect(
        self, function: annotation.Function, pixels: annotation.Pixels, threshold: float
    ) -> list[annotation.Finding]:
        """Faces, best first. Raises FunctionFailed for a model that is damaged or gone."""
        from quintet.services.masks import interface as masks

        try:
            faces = masks.faces_on(pixels, model=function.id.removeprefix(_PREFIX), threshold=threshold)
        except (masks.DamagedModel, masks.UnknownModel) as bad:
            raise annotation.FunctionFailed(str(bad)) from bad
        return [annotation.Finding(face.wearing, face.score, face.box) for face in faces]


def offer() -> None:
    """Let annotation know of them."""
    annotation.provide("masks", FaceFunctions())
