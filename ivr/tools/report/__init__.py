"""A replay or a simulation as one HTML file with plots, for people without a network.

Made from the JSON figures alone. Jinja2 and pygal are imported here and nowhere else: commands
import `page` when a page is asked for.
"""
