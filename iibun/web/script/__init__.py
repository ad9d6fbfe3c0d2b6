"""The script that Streamlit runs. Not beside ``iibun/web/pages``: Streamlit takes a folder ``pages`` for its own pages."""
