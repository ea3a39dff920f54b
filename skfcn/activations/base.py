"""What every activation is."""

from typing import ClassVar

from skfcn._sklearn import Component
from skfcn.engine import FloatArray


class Activation(Component):
    """An element-wise function and its derivative.

    Attributes
    ----------
    in_place : bool
        Whether `forward` may be given one buffer as both `z` and `out`. Leave it False if
        `backward` reads `z`, or if `forward` reads `z` after it began to write `out`.
    init_factor : float
        Scikit-learn's rule draws the first weights from U(-b, b) with
        ``b = sqrt(init_factor / (n_in + n_out))``.
    dropped_value : float
        Value that dropout sets an activation to. If it is not zero, dropout becomes alpha dropout.
    """

    in_place: bool = False
    init_factor: ClassVar[float] = 6.0
    dropped_value: ClassVar[float] = 0.0

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        """Write f(z) into `out`. `z` may be used as scratch if `backward` does not read it.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_units)
            Pre-activations.
        out : ndarray of shape (n_samples, n_units)
            Takes the activations.
        """
        raise NotImplementedError

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        """Multiply `delta` by f'(z). Both `z` and `out` may be used as scratch.

        Parameters
        ----------
        z, out : ndarray of shape (n_samples, n_units)
            What `forward` was given and wrote.
        delta : ndarray of shape (n_samples, n_units)
            Gradient with respect to f(z); becomes the gradient with respect to z.
        """
        raise NotImplementedError
