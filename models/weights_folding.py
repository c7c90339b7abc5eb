"""Turns block-quantised ONNX files into plain float32 ones, once, at install.

OpenCV Zoo's block quantisation leaves a constant DequantizeLinear (and Reshape) before every layer and,
in SFace, graph inputs that nothing feeds: onnxruntime refuses such files. Folding computes those
constants; the same bytes in give the same bytes out.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_Constants = dict[str, npt.NDArray[Any]]


def fold(file: bytes, *, dynamic_size: bool) -> bytes:
    """Return the ONNX file with its constant dequantisation done.

    `dynamic_size` lets the picture's height and width (multiples of 32) vary between calls.
    Raises ValueError for a file that is no block-quantised ONNX graph.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # publishes no types

    try:
        model = onnx.load_model_from_string(file)
    except DecodeError as error:
        raise ValueError("not an ONNX file") from error
    _fold_constants(model.graph)
    _drop_dangling(model.graph)
    if dynamic_size:
        _free_size(model.graph)
    folded: bytes = model.SerializeToString(deterministic=True)
    return folded


def _fold_constants(graph: Any) -> None:
    from onnx import numpy_helper

    constants: _Constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    computed: _Constants = {}
    kept = []
    for node in graph.node:
        value = _constant_value(node, constants)
        if value is None:
            kept.append(node)
        else:
            constants[node.output[0]] = computed[node.output[0]] = value
    if not computed:
        raise ValueError("nothing in this ONNX file is block-quantised")
    del graph.node[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in computed.items())


def _constant_value(node: Any, constants: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any] | None:
    if node.op_type not in {"DequantizeLinear", "Reshape"} or not set(node.input) <= set(constants):
        return None
    inputs = [constants[name] for name in node.input]
    if node.op_type == "Reshape":
        return np.ascontiguousarray(inputs[0].reshape(inputs[1]))
    attributes = {a.name: a.i for a in node.attribute}
    return dequantise(*inputs, axis=attributes.get("axis", 1), block_size=attributes.get("block_size", 0))


def dequantise(
    quantised: npt.NDArray[Any],
    scales: npt.NDArray[Any],
    zero_points: npt.NDArray[Any],
    *,
    axis: int,
    block_size: int,
) -> npt.NDArray[np.float32]:
    """Return (quantised - zero point) * scale, block by block along `axis` (ONNX DequantizeLinear 21)."""
    if block_size < 1:
        raise ValueError("only blocked DequantizeLinear is known here")
    along = range(quantised.shape[axis])
    blocks = np.fromiter((i // block_size for i in along), dtype=np.intp)
    scale = np.take(scales, blocks, axis=axis)
    zero = np.take(zero_points, blocks, axis=axis)
    steps = quantised.astype(np.int32) - zero.astype(np.int32)
    return np.ascontiguousarray(steps.astype(np.float32) * scale.astype(np.float32))


def _drop_dangling(graph: Any) -> None:
    used = {name for node in graph.node for name in node.input}
    constants = [i for i in graph.initializer if i.name in used]
    names = {i.name for i in constants}
    made = {name for node in graph.node for name in node.output}
    inputs = [i for i in graph.input if i.name in used - names - made]
    for field, rows in ((graph.initializer, constants), (graph.input, inputs)):
        del field[:]
        field.extend(rows)


def _free_size(graph: Any) -> None:
    del graph.value_info[:]
    for tensor in graph.input:
        dims = tensor.type.tensor_type.shape.dim
        dims[2].dim_param, dims[3].dim_param = "height", "width"
    for tensor in graph.output:
        tensor.type.tensor_type.shape.dim[1].dim_param = f"anchors_{tensor.name}"
