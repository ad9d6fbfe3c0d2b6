"""A store as a site of static pages that any web server, or none, can serve: ``iibun publish FOLDER``.

``content.py`` takes from the store what may be published, ``site.py`` makes the pages and files of it, ``pictures.py`` draws
timeline and graph, ``turtle.py`` writes the graph, and ``writing.py`` puts the files into a folder. The same store, day and
options give the same bytes; only files that differ are written.
"""

from iibun.publish.content import Content, content
from iibun.publish.site import files
from iibun.publish.writing import Written, write

__all__ = ["Content", "Written", "content", "files", "write"]
