"""How spaces, candidates and studies look: in a terminal, in a notebook, and as drawings."""
