"""Plots of studies with matplotlib, which is imported when something is plotted: `study.plot(kind)`."""
