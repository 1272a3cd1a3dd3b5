"""What runs a network: onnxruntime, or OpenVINO where it is installed and asked for."""

import logging
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

CPU = ("CPUExecutionProvider",)
ONNXRUNTIME, OPENVINO = "onnxruntime", "openvino"
RUNTIMES = (ONNXRUNTIME, OPENVINO)

Array = NDArray[np.generic]


class Engine(Protocol):
    """A network that is ready to run; many threads may share one.

    shape   of its only input; None where any length will do
    kind    "uint8", "float32", or another that no layout knows
    """

    shape: tuple[int | None, ...]
    kind: str

    def run(self, tensor: Array) -> list[Array]:
        """All outputs, in the network's order."""
        ...


class OnnxEngine:
    """onnxruntime, with the providers that it has of those asked for, and the CPU after them."""

    def __init__(self, content: bytes, *, threads: int, providers: Sequence[str]) -> None:
        # Large, and of no use before the first picture.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Pictures come in every shape: an arena sized for the last one would only hold on to memory.
        options.enable_mem_pattern = False
        # Waiting threads sleep: a server's cores have other work than spinning for the next picture.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(content, options, providers=usable(providers))
        taken = self.session.get_inputs()[0]
        self.name = taken.name
        self.shape = tuple(length if isinstance(length, int) else None for length in taken.shape)
        self.kind = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}.get(taken.type, taken.type)

    def run(self, tensor: Array) -> list[Array]:
        """See Engine."""
        outputs: list[Array] = self.session.run(None, {self.name: tensor})
        return outputs


class OpenVinoEngine:
    """OpenVINO on the CPU."""

    def __init__(self, content: bytes, *, threads: int) -> None:
        # An extra: whoever does not ask for it neither has it nor pays for it.
        import openvino

        # A model of ours is its whole self, without files beside it.
        network = openvino.Core().read_model(content, b"")
        taken = network.inputs[0]
        self.shape = tuple(None if length.is_dynamic else length.get_length() for length in taken.partial_shape)
        self.kind = {"u8": "uint8", "f32": "float32"}.get(taken.element_type.get_type_name(), str(taken.element_type))
        self._compiled: Any = openvino.compile_model(
            network, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        )
        self._here = threading.local()

    def run(self, tensor: Array) -> list[Array]:
        """See Engine."""
        # A request is one thread's: two at once in the same would mix their pictures up.
        request = getattr(self._here, "request", None)
        if request is None:
            request = self._here.request = self._compiled.create_infer_request()
        return list(request.infer([tensor]).values())


def start(content: bytes, *, threads: int, providers: Sequence[str], runtime: str) -> Engine:
    """Load a network. Where OpenVINO is asked for and not installed, onnxruntime does its work."""
    if runtime == OPENVINO:
        if find_spec("openvino") is not None:
            return OpenVinoEngine(content, threads=threads)
        log.warning("%s", why_not_as_asked((), runtime))
    return OnnxEngine(content, threads=threads, providers=providers)


def usable(providers: Sequence[str]) -> list[str]:
    """Those asked for that the installed onnxruntime has, and the CPU last."""
    if fault := why_not_as_asked(providers, ONNXRUNTIME):
        log.warning("%s", fault)
    had = _available()
    return [name for name in dict.fromkeys([*providers, *CPU]) if name in had]


def _available() -> list[str]:
    import onnxruntime

    found: list[str] = onnxruntime.get_available_providers()
    return found


def why_not_as_asked(providers: Sequence[str], runtime: str) -> str:
    """What was asked for and is not here, and what is done instead; empty when all is."""
    if runtime == OPENVINO:
        if find_spec("openvino") is None:
            return "openvino is not installed (pip install 'quintet[openvino]'); onnxruntime is used instead"
        return ""
    had = _available()
    if missing := [name for name in providers if name not in had]:
        return f"the installed onnxruntime has no {', '.join(missing)}, only {', '.join(had)}; the CPU is used instead"
    return ""
