"""What components are made of: typed view models, cells of tables, and the geometry of time lines.

Their templates are `templates/web/components/<name>.html`, their tags `templatetags/fleetward.py`.
"""
