"""The scenario: its form, its checks, and what it means with the catalogue of a species."""
