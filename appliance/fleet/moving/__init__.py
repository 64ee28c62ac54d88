"""Moving in: device files of other telephones, read for what a Deskphone has too.

One module a maker knows what its settings are called; `reading` flattens the files, `terms` puts
values into our words, `collecting` makes a table of units of it and tells what was left behind.
"""
