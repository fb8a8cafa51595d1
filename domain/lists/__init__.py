"""Reading published lists 权责清单: pure rules from cells to power items, with an account of every row.

`sheets` holds the cells, `headers` recognises the columns, `layout` finds tables and their rows, `assembly` joins
physical rows into items, the remaining modules split the texts of a cell; `reader` is the entry point.
"""
