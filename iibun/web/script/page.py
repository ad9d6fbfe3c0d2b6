"""The script that Streamlit runs for each browser session."""

from iibun.web import navigation

# Streamlit calls it __main__; the worker process, which multiprocessing starts with the same file, does not.
if __name__ == "__main__":
    navigation.run()
