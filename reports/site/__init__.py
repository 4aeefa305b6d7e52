"""The partner site: static pages for payees, parents, sales and staff, made of the view of their statements."""
