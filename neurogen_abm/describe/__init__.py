"""The model described from its own tables: in ODD form, as a methods section, its equations, and every number."""
