"""The commands of `iibun`, one file for each noun; every heavy import is inside a function."""
