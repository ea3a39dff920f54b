"""The command ``python -m skfcn``."""

import sys

from skfcn._cli import main

if __name__ == "__main__":
    sys.exit(main())
