-- The smallest site: one post, one template.
return {}
