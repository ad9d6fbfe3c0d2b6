"""``python -m iibun`` is ``iibun``."""

import sys

from iibun.cli.main import main

sys.exit(main())
