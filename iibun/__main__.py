"""``python -m iibun`` does the same as the command ``iibun``."""

import sys

from iibun.cli.main import main

sys.exit(main())
