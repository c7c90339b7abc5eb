import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from models.weights_folding import dequantise, fold


def quantised_model(seed: int) -> bytes:
    """A Conv whose weight is block-quantised, as OpenCV Zoo's script leaves it, and a dangling input."""
    random = np.random.default_rng(seed)
    constants = {
        "w_quantized": random.integers(-128, 128, (4, 27), dtype=np.int8),
        "w_scales": random.uniform(0.01, 0.1, (4, 4)).astype(np.float32),
        "w_zero_point": random.integers(-5, 5, (4, 4), dtype=np.int8),
        "w_shape": np.array([4, 3, 3, 3], dtype=np.int64),
        "unused": np.zeros(3, dtype=np.float32),
    }
    nodes = [
        helper.make_node(
            "DequantizeLinear", ["w_quantized", "w_scales", "w_zero_point"], ["w_flat"], axis=1, block_size=8
        ),
        helper.make_node("Reshape", ["w_flat", "w_shape"], ["w"]),
        helper.make_node("Conv", ["input", "w"], ["features"], pads=[1, 1, 1, 1]),
        helper.make_node("Reshape", ["features", "out_shape"], ["out"]),
    ]
    constants["out_shape"] = np.array([1, -1, 4], dtype=np.int64)
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 32, 32]),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [4, 3, 3, 3]),
        ],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 1024, 4])],
        [numpy_helper.from_array(v, k) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=8)
    return bytes(model.SerializeToString())


def run(file: bytes, height: int, width: int) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": np.ones((1, 3, height, width), dtype=np.float32)})[0]


def test_onnxruntime_refuses_the_file_as_it_comes_and_takes_the_folded_one():
    with pytest.raises(Exception, match="Duplicate definition of name"):
        run(quantised_model(1), 32, 32)
    assert run(fold(quantised_model(1), dynamic_size=False), 32, 32).shape == (1, 1024, 4)


def test_a_folded_file_keeps_no_quantisation_and_no_input_but_the_picture():
    model = onnx.load_model_from_string(fold(quantised_model(2), dynamic_size=False))
    assert [n.op_type for n in model.graph.node] == ["Conv", "Reshape"]
    assert [i.name for i in model.graph.input] == ["input"]
    assert {i.name for i in model.graph.initializer} == {"w", "out_shape"}
    onnx.checker.check_model(model)


def test_a_dynamic_file_takes_pictures_of_several_sizes():
    folded = fold(quantised_model(3), dynamic_size=True)
    assert run(folded, 64, 96).shape == (1, 64 * 96, 4)
    assert run(folded, 32, 32).shape == (1, 32 * 32, 4)


def test_folding_twice_gives_the_same_bytes():
    assert fold(quantised_model(4), dynamic_size=True) == fold(quantised_model(4), dynamic_size=True)


def test_what_is_no_quantised_network_is_refused():
    with pytest.raises(ValueError, match="not an ONNX file"):
        fold(b"\xff\xff\xff", dynamic_size=False)
    with pytest.raises(ValueError, match="block-quantised"):
        fold(fold(quantised_model(5), dynamic_size=False), dynamic_size=False)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**31))
def test_each_block_has_its_own_scale_and_zero_point(block_size, columns, seed):
    random = np.random.default_rng(seed)
    blocks = -(-columns // block_size)
    quantised = random.integers(-128, 128, (3, columns), dtype=np.int8)
    scales = random.uniform(0.001, 1, (3, blocks)).astype(np.float32)
    zeros = random.integers(-128, 128, (3, blocks), dtype=np.int8)
    result = dequantise(quantised, scales, zeros, axis=1, block_size=block_size)
    row, column = int(random.integers(3)), int(random.integers(columns))
    block = column // block_size
    expected = np.float32(int(quantised[row, column]) - int(zeros[row, block])) * scales[row, block]
    assert result[row, column] == expected
