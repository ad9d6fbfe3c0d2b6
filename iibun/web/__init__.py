"""The page and the endpoint: server, pages, components, and the tables that they show."""
