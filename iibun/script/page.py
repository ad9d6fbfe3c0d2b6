"""The script that Streamlit runs for each browser session."""

from iibun import pages

pages.run()
