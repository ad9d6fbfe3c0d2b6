INSERT DATA { ?s ?p 1 }
