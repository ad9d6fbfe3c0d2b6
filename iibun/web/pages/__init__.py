"""The pages, one module with one function ``show()`` each; :mod:`iibun.web.navigation` shows them."""
