"""Figures of a run and one HTML page that holds them all."""

from neurogen_abm.report.pages.run import write_report

__all__ = ["write_report"]
