"""What each contender does with a `Fit`: the same data, epochs, batches and arithmetic.

Each function loads the data and returns a job, the callable that is timed. A job returns
facts by which two contenders can be compared, or nothing.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.data import load

Facts = dict[str, Any]
Job = Callable[[], Facts | None]


@dataclass(frozen=True)
class Fit:
    """One training, as `MLPClassifier` and `FCNClassifier` would be told of it.

    Parameters
    ----------
    data : str
        As `benchmarks.data.load` names it.
    dtype : str
        What X is converted to before the clock starts.
    scale : float
        What X is divided by.
    parameters : mapping
        Parameters of the estimator; the other contenders understand `hidden_layer_sizes`,
        `batch_size`, `max_iter`, `solver`, `learning_rate_init` and `alpha`.
    """

    data: str
    dtype: str = "float64"
    scale: float = 1.0
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> tuple[Any, Any]:
        """Return X and y."""
        X, y = load(self.data)
        X = X.astype(self.dtype, copy=False)
        return (X if self.scale == 1.0 else X / np.asarray(self.scale, X.dtype)), y

    def get(self, name: str) -> Any:
        """Return a parameter, or scikit-learn's default for it."""
        from sklearn.neural_network import MLPClassifier

        return self.parameters.get(name, MLPClassifier().get_params()[name])


def skfcn(fit: Fit) -> Job:
    """FCNClassifier."""
    from skfcn import FCNClassifier

    return _estimator(FCNClassifier, fit)


def scikit_learn(fit: Fit) -> Job:
    """Scikit-learn's MLPClassifier."""
    from sklearn.neural_network import MLPClassifier

    return _estimator(MLPClassifier, fit)


def _estimator(kind: type, fit: Fit) -> Job:
    X, y = fit.load()

    def job() -> Facts:
        estimator = kind(random_state=0, **fit.parameters)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged: some cases end early on purpose
            estimator.fit(X, y)
        weights = np.concatenate([W.ravel() for W in estimator.coefs_])
        return {"epochs": int(estimator.n_iter_), "weights": float(np.linalg.norm(weights))}

    return job


def pytorch(fit: Fit) -> Job:
    """A bare PyTorch loop, with the fused optimizer."""
    import torch

    X, y = fit.load()
    labels = np.unique(y, return_inverse=True)[1]
    inputs, targets = torch.from_numpy(X), torch.from_numpy(labels)
    batch_size, n_epochs = fit.get("batch_size"), fit.get("max_iter")

    def job() -> None:
        torch.manual_seed(0)
        model = _module(fit, X.shape[1], labels.max() + 1)
        optimizer = _torch_optimizer(fit, model)
        loss_function = torch.nn.CrossEntropyLoss()
        for _ in range(n_epochs):
            total = 0.0
            for rows in torch.randperm(len(inputs)).split(batch_size):
                loss = loss_function(model(inputs[rows]), targets[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(rows)

    return job


def skorch(fit: Fit) -> Job:
    """Skorch's NeuralNetClassifier, silent, without a validation split."""
    import torch
    from skorch import NeuralNetClassifier

    X, y = fit.load()
    labels = np.unique(y, return_inverse=True)[1]
    options = dict(_torch_options(fit))
    kind = options.pop("kind")

    def job() -> None:
        NeuralNetClassifier(
            _module(fit, X.shape[1], labels.max() + 1),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=kind,
            batch_size=fit.get("batch_size"),
            max_epochs=fit.get("max_iter"),
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
            **{f"optimizer__{name}": value for name, value in options.items()},
        ).fit(X, labels)

    return job


def _module(fit: Fit, n_inputs: int, n_outputs: int) -> Any:
    import torch

    widths = [n_inputs, *_hidden(fit), n_outputs]
    dtype = getattr(torch, fit.dtype)
    layers: list[Any] = []
    for n_in, n_out in pairwise(widths):
        layers += [torch.nn.Linear(n_in, n_out, dtype=dtype), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _torch_options(fit: Fit) -> Facts:
    import torch

    common = {
        "lr": fit.get("learning_rate_init"),
        "weight_decay": fit.get("alpha") / fit.get("batch_size"),
        "fused": True,
    }
    if fit.get("solver") == "adam":
        return {"kind": torch.optim.Adam, **common}
    return {"kind": torch.optim.SGD, "momentum": 0.9, "nesterov": True, **common}


def _torch_optimizer(fit: Fit, model: Any) -> Any:
    options = _torch_options(fit)
    return options.pop("kind")(model.parameters(), **options)


def numpy_products(fit: Fit) -> Job:
    """The matrix products of the fit and nothing else, through NumPy's BLAS."""

    def forward(a: Any, b: Any, out: Any) -> None:
        np.matmul(a, b, out=out)

    def transposed_a(a: Any, b: Any, out: Any) -> None:
        np.matmul(a.T, b, out=out)

    def transposed_b(a: Any, b: Any, out: Any) -> None:
        np.matmul(a, b.T, out=out)

    return _products(fit, forward, transposed_a, transposed_b)


def scipy_products(fit: Fit) -> Job:
    """The same through SciPy's BLAS."""
    from scipy.linalg import blas

    gemm = blas.dgemm if fit.dtype == "float64" else blas.sgemm

    def forward(a: Any, b: Any, out: Any) -> None:
        gemm(1.0, b.T, a.T, c=out.T, overwrite_c=1)

    def transposed_a(a: Any, b: Any, out: Any) -> None:
        gemm(1.0, b.T, a.T, trans_b=1, c=out.T, overwrite_c=1)

    def transposed_b(a: Any, b: Any, out: Any) -> None:
        gemm(1.0, b.T, a.T, trans_a=1, c=out.T, overwrite_c=1)

    return _products(fit, forward, transposed_a, transposed_b)


def _products(fit: Fit, forward: Any, transposed_a: Any, transposed_b: Any) -> Job:
    """Return all products of a fit on random numbers, batch for batch."""
    X, y = fit.load()
    widths = [X.shape[1], *_hidden(fit), len(np.unique(y))]
    n_samples, batch_size = X.shape[0], fit.get("batch_size")
    batch_sizes = [min(batch_size, n_samples - start) for start in range(0, n_samples, batch_size)]
    rng = np.random.default_rng(0)

    def noise(*shape: int) -> Any:
        return (rng.random(shape) - 0.5).astype(fit.dtype)

    # Nothing that a product writes is read by another: the numbers stay of one size.
    A = [noise(batch_size, n) for n in widths]
    delta = [noise(batch_size, n) for n in widths]
    W = [noise(n_in, n_out) for n_in, n_out in pairwise(widths)]
    gradient = [np.empty_like(w) for w in W]
    out = [np.empty_like(a) for a in A]

    def job() -> None:
        for _ in range(fit.get("max_iter")):
            for m in batch_sizes:
                for layer, weights in enumerate(W):
                    forward(A[layer][:m], weights, out[layer + 1][:m])
                for layer in reversed(range(len(W))):
                    transposed_a(A[layer][:m], delta[layer + 1][:m], gradient[layer])
                    if layer > 0:
                        transposed_b(delta[layer + 1][:m], W[layer], out[layer][:m])

    return job


def _hidden(fit: Fit) -> list[int]:
    return [int(n) for n in np.atleast_1d(fit.get("hidden_layer_sizes"))]


CONTENDERS: dict[str, Callable[[Fit], Job]] = {
    "skfcn": skfcn,
    "scikit-learn": scikit_learn,
    "PyTorch": pytorch,
    "skorch": skorch,
    "products (NumPy)": numpy_products,
    "products (SciPy)": scipy_products,
}
FLOORS = ("products (NumPy)", "products (SciPy)")
