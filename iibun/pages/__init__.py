"""The pages, one module with one function ``show()`` each; :mod:`iibun.navigation` shows them."""
