"""The life of an article in a store: written, corrected, recognised as a copy, linked, read again, deleted."""
