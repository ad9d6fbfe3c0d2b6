"""The script that Streamlit runs for each browser session."""

from iibun.web import navigation

# Streamlit runs it as __main__. multiprocessing imports it in worker processes under another name, without the pages.
if __name__ == "__main__":
    navigation.run()
