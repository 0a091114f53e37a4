"""Rival models: published models of the lineage without cells, space or signals, counted by the same assays as ours.

Each is a mean field: compartments and rates. `models` reads their numbers, `lineages` turns them into compartments,
`course` lets a gyrus live through the arm of a study, `counting` looks at it through the stains of the catalogue.
"""
