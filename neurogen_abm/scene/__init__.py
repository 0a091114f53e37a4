"""One picture core: where cells are drawn, in which colours, shapes and order; page, reports and exports read it.

docs/picture.md describes it for those who write a painter.
"""
