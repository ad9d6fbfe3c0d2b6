"""The commands of ``iibun``, one module for each subject. Each has ``add_parsers`` and a function for each command.

Heavy modules are imported inside the functions, so that ``--help`` and completion stay fast.
"""
