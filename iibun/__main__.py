"""``python -m iibun`` does the same as the command ``iibun``."""

import sys

from iibun.cli import main

sys.exit(main())
