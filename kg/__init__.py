"""The claim graph: knows nothing of Japanese, spaCy or Streamlit."""
