"""Scikit-learn's callback protocol, or as much of it as its older versions need.

Since 1.9 scikit-learn has callbacks: objects with `setup`, `on_fit_task_begin`,
`on_fit_task_end` and `teardown`, given to an estimator by `set_callbacks`. We use its own
mixin where it exists. On older versions the stand-in below keeps `set_callbacks` working for
the callbacks of this package; scikit-learn's own need scikit-learn 1.9.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
    from sklearn.callback import with_callbacks as with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in for ``sklearn.callback.CallbackSupportMixin``."""

        def set_callbacks(self, *callbacks: Any) -> Any:
            """Set callbacks for the estimator.

            Parameters
            ----------
            *callbacks : callback instances
                From `skfcn.callbacks`. None at all removes those that were set.

            Returns
            -------
            self : estimator instance
                The estimator itself.
            """
            for callback in callbacks:
                if isinstance(callback, type) or not hasattr(callback, "setup"):
                    raise TypeError(
                        "callbacks must be instances following the FitCallback protocol."
                    )
            self._skl_callbacks = list(callbacks)
            return self

        def __sklearn_clone__(self) -> Any:
            """Clone the estimator; its clone has the same callbacks, as from 1.9 on."""
            clone = super().__sklearn_clone__()  # type: ignore[misc]
            if hasattr(self, "_skl_callbacks"):
                clone._skl_callbacks = self._skl_callbacks
            return clone

        def _init_callback_context(self, **task: Any) -> None:
            for callback in getattr(self, "_skl_callbacks", []):
                callback.setup(estimator=self, context=None)

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Run `method`, then the callbacks' `teardown` in any case."""

        @wraps(method)
        def managed(estimator: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(estimator, *args, **kwargs)
            finally:
                for callback in getattr(estimator, "_skl_callbacks", []):
                    callback.teardown(estimator=estimator, context=None)

        return managed
