"""``python -m iibun`` is ``iibun``."""

import sys

from iibun.cli import main

sys.exit(main())
