"""Readers of data sets in files, in the forms of scikit-learn's own dataset loaders."""

from skfcn.datasets.mnist import load_mnist_idx, load_mnist_mat

__all__ = ["load_mnist_idx", "load_mnist_mat"]
