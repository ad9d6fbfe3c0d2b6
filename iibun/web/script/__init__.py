"""The script that Streamlit runs, apart from ``iibun/web/pages``: beside a folder of that name it would list its files."""
