"""The partner site: who sees what, its folders, and the pages and files in them."""
