"""The second reader: a language model that reads an article too, on a server that the user named.

It is asked for the exact words of names, relations and claims (``prompt.py``). Its answer is not trusted: what cannot be found
again in the text is left out, and so is everything else than words of the text and codes of ours (``answer.py``). Dates and
figures are read by our own rules. ``agreement.py`` joins what both readers found. ``client.py`` alone speaks to the server, and
``reading.py`` puts these together.
"""
