"""Estimators as ONNX graphs, with the extra ``onnx``; it may import the estimators."""

from skfcn.onnx.convert import register, to_onnx
from skfcn.onnx.graph import ACTIVATION_CONVERTERS, Graph

__all__ = ["ACTIVATION_CONVERTERS", "Graph", "register", "to_onnx"]
