-- Typographic quotes, dashes and ellipses, but not in code: cmark makes them while it parses.
return { smart = true }
